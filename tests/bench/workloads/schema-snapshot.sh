title='a snapshot of the schema, 10,000 tables'
sides='pg_dump moonbird'
target=0.34
as_pg_dump=(pg_dump --schema-only -f schema.sql)
as_moonbird=(moonbird snapshot)

make() {
    fresh
    schema_of 10000
    commands
}

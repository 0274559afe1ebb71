title='two snapshots of 10,000 tables, and their difference'
sides='pg_dump snapshots moonbird'
as_pg_dump=(pg_dump --schema-only -f schema.sql)
as_snapshots=(moonbird snapshots)
as_moonbird=(moonbird difference)

make() {
    fresh
    schema_of 10000
    commands
}

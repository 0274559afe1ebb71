title='generate, the example project'
sides='pg_dump moonbird'
as_pg_dump=(pg_dump --schema-only -f schema.sql)
as_moonbird=(moonbird generate --check)

make() {
    cp -r "$top/migrations" "$top/migrations-manual" "$top/scripts" .
    fresh
    moonbird -q up
    moonbird -q generate --check # fills the cache
}

title='up, 100 migrations of a table and an index, 10 ms each way'
sides='message psql moonbird'
peers='dbmate sql_migrate alembic sqitch'
target=1.3
delay=10
as_psql=(psql -Xq -v ON_ERROR_STOP=1 -1 -f all.sql)
as_moonbird=(moonbird -q up)

make() {
    migrations 100 "$table_and_index"
    as_message=(psql -Xq -c "$(cat all.sql)")
}
before() { fresh; }

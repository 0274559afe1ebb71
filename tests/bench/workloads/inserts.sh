title='up, 10,000 migrations of one INSERT'
sides='psql moonbird'
peers='dbmate sql_migrate alembic'
target=2
as_psql=(psql -Xq -v ON_ERROR_STOP=1 -1 -f all.sql)
as_moonbird=(moonbird -q up --force-empty-history)

make() {
    migrations 10000 "INSERT INTO log VALUES (%N%, 'migration %N%');"
    fresh
    psql -Xq -c 'CREATE TABLE log (id bigint PRIMARY KEY, what text)'
    keep with_log
}
before() { fresh with_log; }

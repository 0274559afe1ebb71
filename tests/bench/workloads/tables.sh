title='up, 1,000 migrations of a table and an index'
sides='psql moonbird'
peers='dbmate sql_migrate alembic sqitch'
target=1.05
as_psql=(psql -Xq -v ON_ERROR_STOP=1 -1 -f all.sql)
as_moonbird=(moonbird -q up)

make() { migrations 1000 "$table_and_index"; }
before() { fresh; }

title='up, one migration, in an empty database'
sides='psql moonbird'
peers='dbmate sql_migrate alembic sqitch'
as_psql=(psql -Xq -v ON_ERROR_STOP=1 -1 -f all.sql)
as_moonbird=(moonbird -q up)

make() { migrations 1 "$table_and_index"; }
before() { fresh; }

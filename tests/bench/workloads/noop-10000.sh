nothing_pending 10000
target=1.5
peers='dbmate sql_migrate alembic'

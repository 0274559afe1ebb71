title='run, a pg_dump file of 200 MB with COPY'
sides='psql moonbird'
as_psql=(psql -Xq -v ON_ERROR_STOP=1 -1 -f dump.sql)
as_moonbird=(moonbird -q run dump.sql)

make() {
    fresh
    psql -Xq -c "CREATE TABLE events AS
        SELECT n AS id, md5(n::text) AS name, repeat('x', 40) AS body, now() AS made, n / 7.0 AS amount
          FROM generate_series(1, 1600000) n"
    pg_dump --no-owner bench >dump.sql
}
before() { fresh; }

# lib.sh -- a server of our own, and what the workloads make their files and databases with.

start_server() {
    . "$top/tests/support/env.sh"
    WORK=$(mktemp -d /tmp/moonbird-bench-XXXXXX)
    trap stop_server EXIT
    mkdir "$WORK/server" "$WORK/far" "$WORK/bin"
    ln -s "$top/$build/moonbird" "$WORK/bin/moonbird"
    PATH=$WORK/bin:$PATH
    moonbird -C "$WORK/server" -q dev start || exit 1
    PGHOST=$(psql -XAt -d "$(moonbird -C "$WORK/server" dev url)" \
        -c "SELECT split_part(current_setting('unix_socket_directories'), ',', 1)")
    PGPORT=$(psql -XAt -d "$(moonbird -C "$WORK/server" dev url)" -c "SHOW port")
    PGUSER=$(psql -XAt -d "$(moonbird -C "$WORK/server" dev url)" -c "SELECT current_user")
    PGDATABASE=bench
    export PGHOST PGPORT PGUSER PGDATABASE
    # The server's background work must not count in the time of one side.
    psql -Xq -d postgres <<'SQL' || exit 1
ALTER SYSTEM SET autovacuum = off;
ALTER SYSTEM SET max_wal_size = '8GB';
ALTER SYSTEM SET checkpoint_timeout = '1h';
SELECT pg_reload_conf() \g /dev/null
SQL
}

stop_server() {
    moonbird -C "$WORK/server" -q -y dev reset
    rm -rf "$WORK"
}

# fresh [TEMPLATE]: the database, new.
fresh() {
    psql -Xq -d postgres -c "SET client_min_messages = warning" \
        -c "DROP DATABASE IF EXISTS bench WITH (FORCE)" \
        -c "CREATE DATABASE bench TEMPLATE ${1:-template1}" -c CHECKPOINT
}

# keep NAME: the database as it is, as a template.
keep() {
    psql -Xq -d postgres -c "SET client_min_messages = warning" \
        -c "DROP DATABASE IF EXISTS $1" -c "ALTER DATABASE bench RENAME TO $1"
}

# url FOLDER: of the database, by the socket there.
url() {
    echo "postgresql://$PGUSER@/bench?host=$1&port=$PGPORT&sslmode=disable"
}

# each N TEXT: TEXT for the numbers 1 to N, %N% being the number.
each() {
    seq -f %05.0f "$1" | awk -v text="$2" '{ out = text; gsub(/%N%/, $1, out); print out }'
}

# migrations N TEXT: migrations/NNNNN_m.sql, and all of them as all.sql.
migrations() {
    mkdir -p migrations
    each "$1" "$2" >all.sql
    each "$1" "$2" | awk -v per="$(printf '%s\n' "$2" | wc -l)" '{
        n = int((NR - 1) / per) + 1
        file = sprintf("migrations/%05d_m.sql", n)
        print >file
        if (NR % per == 0) close(file)
    }'
    lay_peers
}

table_and_index='CREATE TABLE t%N% (id bigint PRIMARY KEY, name text NOT NULL, made timestamptz DEFAULT now());
CREATE INDEX t%N%_name ON t%N% (name);'

# nothing_pending N: the workload `up` on a database where N are applied.
nothing_pending() {
    number=$1
    title="up, nothing pending, $(sed -E 's/([0-9])([0-9]{3})$/\1,\2/' <<<"$number") applied"
    sides='psql moonbird'
    peers='dbmate sql_migrate alembic sqitch'
    as_psql=(psql -X -c 'SELECT 1')
    as_moonbird=(moonbird up)
    make() {
        migrations "$number" "SELECT %N%, 'as long as a file that adds one column and its index';"
        fresh
        apply_all
    }
}

# apply_all: by each of the sides that applies migrations.  The migrations must bear being repeated.
apply_all() {
    local side
    for side in $sides; do
        local -n command=as_$side
        [ "$side" = psql ] || DATABASE_URL=$(url "$PGHOST") "${command[@]}" || return 1
    done
}

# people N: a table of N rows and five columns.
people() {
    fresh
    psql -Xq -c "CREATE TABLE people AS
        SELECT n AS id, 'name ' || n AS name, 'someone' || n || '@example.org' AS email,
               n % 90 AS age, timestamptz '2024-01-01 00:00Z' + n * interval '1 s' AS made
          FROM generate_series(1, $1) n"
}

# wide_rows N: a table of N rows of 1 KB, and wide.lua, which reads them.
wide_rows() {
    fresh
    psql -Xq -c 'CREATE TABLE wide (n int, text text)' \
        -c 'ALTER TABLE wide ALTER text SET STORAGE plain' \
        -c "INSERT INTO wide SELECT n, repeat(md5(n::text), 32) FROM generate_series(1, $1) n"
    cat >wide.lua <<'LUA'
return function(db)
  local letters = 0
  for row in db:rows "SELECT * FROM wide" do letters = letters + #row.text end
  assert(letters > 0)
end
LUA
}

# inserts_from_lua N: exec.lua and batch.lua, and the template with_log for them.
inserts_from_lua() {
    fresh
    psql -Xq -c 'CREATE TABLE log (id bigint PRIMARY KEY, what text)'
    keep with_log
    cat >exec.lua <<LUA
return function(db)
  for n = 1, $1 do db:exec("INSERT INTO log VALUES (\$1, \$2)", n, "what") end
end
LUA
    cat >batch.lua <<LUA
return function(db)
  db:batch(function(b)
    for n = 1, $1 do b:exec("INSERT INTO log VALUES (\$1, \$2)", n, "what") end
  end)
end
LUA
}

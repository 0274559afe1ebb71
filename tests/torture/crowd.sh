# crowd.sh -- several runners at once, on direct connections and through PgBouncer.

direct_url=

# As the server's own user: PgBouncer, too, refuses to run as root.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    else
        "$@"
    fi
}

start_pooler() { # start_pooler MODE POOL [SETTING]: afterwards $DATABASE_URL leads through it
    local dir=$WORK/pooler

    mkdir -p "$dir"
    cat >"$dir/ini" <<END
[databases]
* = host=${SERVER_SOCKET%%&*} user=postgres
[pgbouncer]
unix_socket_dir = $dir
listen_addr =
listen_port = 6543
auth_type = any
pool_mode = $1
default_pool_size = $2
max_client_conn = 200
logfile = $dir/log
pidfile = $dir/pid
$3
END
    chmod 777 "$dir"
    as_server "$pgbouncer" -q -d "$dir/ini" >"$dir/said" 2>&1
    direct_url=$DATABASE_URL
    DATABASE_URL="postgresql://postgres@/torture_0?host=$dir&port=6543"
    for _ in {1..100}; do
        [ ! -S "$dir/.s.PGSQL.6543" ] || return 0
        sleep 0.05
    done
    cat "$dir/said" "$dir/log"
    return 1
}

stop_pooler() {
    local pid

    pid=$(cat "$WORK/pooler/pid" 2>/dev/null) || return 0
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    DATABASE_URL=$direct_url
    direct_url=
}

# Eight begin together; each ends well, and each migration was applied by one of them.
eight_at_once() { # eight_at_once WHERE
    local i pids=() wrong=''

    fresh
    for i in {1..8}; do
        moonbird ${command[up]} >"$DIR/out.$i" 2>"$DIR/err.$i" &
        pids+=($!)
    done
    for i in {1..8}; do
        wait "${pids[i - 1]}" || wrong+="runner $i ended with status $?"$'\n'
    done
    cat "$DIR"/out.? >"$DIR/out"
    cat "$DIR"/err.? >"$DIR/err"
    wrong+=$(grep ^applied "$DIR/out" | awk '{ print $2 }' | sort | uniq -d | sed 's/$/ was applied twice/')
    wrong+=$(check auto)
    verdict "$wrong" "eight runners at once, $1"
}

rounds() { # rounds WHERE TIMES
    local i

    for ((i = 0; i < $2; i++)); do
        eight_at_once "$1"
    done
}

direct() {
    psql -XAtq -d "${direct_url:-$DATABASE_URL}" -c "$1"
}

# Prints the session that holds the run lock, as the server sees it.
holder() {
    direct "SELECT a.state || ' ' || coalesce(a.backend_xid::text, 'no xid') || ' '
              || coalesce(a.backend_xmin::text, 'no snapshot')
           FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = 'advisory' AND l.granted
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
}

wait_stopped() {
    for _ in {1..200}; do
        [ "$(ps -o stat= -p "$1" | cut -c 1)" != T ] || return 0
        sleep 0.05
    done
}

# A runner that stands still keeps its lock; one that is killed loses it with its connections.
lock_goes_with_its_owner() { # lock_goes_with_its_owner WHERE EXPECTED-HOLDER
    local pid held status wrong=''

    fresh
    TORTURE_FAULT="stop PQsendQuery 60" "$build/tests/torture/moonbird" -C "$WORK/plan" ${command[up]} \
        >"$DIR/out" 2>"$DIR/err" &
    pid=$!
    wait_stopped $pid
    held=$(holder)
    [[ $held == $2 ]] || wrong+="the lock is held by: $held"$'\n'
    moonbird --no-wait ${command[up]} >"$DIR/out" 2>"$DIR/err"
    status=$?
    [ $status -eq 5 ] || wrong+="another runner ended with status $status"$'\n'
    { kill -KILL $pid && wait $pid; } 2>/dev/null
    moonbird --wait 20 ${command[up]} >"$DIR/out" 2>"$DIR/err" || wrong+="after the kill: status $?"$'\n'
    wrong+=$(check auto)
    verdict "$wrong" "a runner that stands still, $1"
}

# Prints what other clients of the pooler would find in its sessions.
leftovers() {
    local i

    for i in {1..6}; do
        psql -XAtq -d "$DATABASE_URL" -c "
            SELECT name || ' = ' || setting FROM pg_settings
             WHERE source = 'session' AND setting <> reset_val
               AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone')
            UNION ALL SELECT 'the prepared statement ' || name FROM pg_prepared_statements
            UNION ALL SELECT 'the role ' || current_user WHERE current_user <> session_user
            UNION ALL SELECT 'the lock ' || objid FROM pg_locks
                       WHERE locktype = 'advisory' AND pid = pg_backend_pid()
            UNION ALL SELECT '' FROM pg_sleep(0.2)" &
    done | grep . | sort -u
}

# An INVALID index is dropped on the way: that, too, leaves nothing in the pool.
leaves_nothing() { # leaves_nothing WHERE
    local wrong

    fresh
    moonbird -q ${command[up]} 0006_segments_off >"$DIR/out" 2>"$DIR/err"
    direct "INSERT INTO app.users SELECT id + 1000, email FROM app.users LIMIT 1"
    direct "CREATE UNIQUE INDEX CONCURRENTLY users_email ON app.users (email)" 2>"$DIR/report"
    direct "DELETE FROM app.users WHERE id > 1000"
    moonbird ${command[up]} >"$DIR/out" 2>"$DIR/err"
    wrong=$(grep -q "dropped INVALID index" "$DIR/err" || echo "there was no INVALID index"
        check auto
        leftovers)
    verdict "$wrong" "what is left in the pool, $1"
}

torture_runners() {
    rounds "on direct connections" $((LONG_TIMES * 20 + 1))
    lock_goes_with_its_owner "on a direct connection" "*"
}

torture_pooler() {
    local mode pgbouncer

    pgbouncer=$(command -v pgbouncer) || {
        complain "there is no pgbouncer"
        return
    }
    for mode in transaction session; do
        start_pooler $mode 20 || { complain "pgbouncer does not start"; return; }
        rounds "through PgBouncer in $mode mode" $((LONG_TIMES * 20 + 1))
        lock_goes_with_its_owner "through PgBouncer in $mode mode" \
            "idle in transaction no xid no snapshot"
        leaves_nothing "through PgBouncer in $mode mode"
        stop_pooler
    done
    start_pooler transaction 3
    rounds "through PgBouncer with three connections" $((LONG_TIMES * 5 + 1))
    stop_pooler
    # Half of the runners get a connection each, and wait for a second one.
    start_pooler session 4
    rounds "through PgBouncer in session mode with four connections" $((LONG_TIMES * 3))
    stop_pooler
}

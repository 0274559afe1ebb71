# server.sh -- what befalls a server: restarts, a full disk, a failover, impatience.

sql() {
    psql -XAtq -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -c "$1"
}

# From outside: it may be the very thing that is set.
set_database() {
    psql -Xq -d "$SERVER_URL" -c "ALTER DATABASE torture_0 $1"
}

# run_in FOLDER STATUS WHAT: `up` there must end so.
run_in() {
    local status

    timeout 60 "$build/moonbird" -C "$here/$1" up --force-empty-history >"$DIR/out" 2>"$DIR/err"
    status=$?
    [ $status -eq "$2" ] || echo "$3: it ended with status $status"
}

# expect SQL ANSWER WHAT
expect() {
    local answer

    answer=$(sql "$1")
    [ "$answer" = "$2" ] || echo "$3: $answer, not $2"
}

stop_by() { # fast: sessions are ended; immediate: as if it had crashed
    local server=$WORK/server pid

    if [ "$1" = fast ]; then
        "$build/moonbird" -C "$server" -q dev stop
    else
        pid=$("$build/moonbird" -C "$server" dev status --json | grep -o '"pid":[0-9]*' | tr -dc 0-9)
        kill -QUIT "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    fi
}

# Stopped and started again while the plan is run.
restart() { # restart HOW MICROSECONDS
    local pid status wrong

    prepare up
    TORTURE_TRACE=$DIR/trace timeout 60 "$build/tests/torture/moonbird" -C "$WORK/plan" \
        ${command[up]} >"$DIR/out" 2>"$DIR/err" &
    pid=$!
    sleep "0.$(printf %06d $((RANDOM * 32768 % $2)))"
    stop_by "$1"
    "$build/moonbird" -C "$WORK/server" -q dev start
    wait $pid
    status=$?
    wrong=$(judge up $status server-restarted)
    verdict "$wrong" "a server restarted ($1), status $status"
}

# The session is lost, and the next one may only read: so is a standby that took over.
failover() { # failover FUNCTION N
    local pid status wrong

    prepare up
    TORTURE_FAULT="stop $*" TORTURE_TRACE=$DIR/trace \
        "$build/tests/torture/moonbird" -C "$WORK/plan" ${command[up]} >"$DIR/out" 2>"$DIR/err" &
    pid=$!
    wait_stopped $pid
    set_database "SET default_transaction_read_only = on"
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'moonbird' AND datname = 'torture_0'" >"$DIR/report"
    kill -CONT $pid
    wait $pid
    status=$?
    set_database "RESET default_transaction_read_only"
    wrong=$(judge up $status failed-over)
    [ $status -eq 1 ] || wrong+="it ended with status $status"
    verdict "$wrong" "a failover at $*, status $status"
}

impatience() { # prints what is wrong
    set_database "SET idle_in_transaction_session_timeout = '200ms'"
    run_in idle 1 "a session that was idle for too long"
    expect "SELECT count(*) FROM app.effect" 0 "what it did"
    expect "SELECT count(*) FROM moonbird.migrations" 0 "rows of the ledger"
    set_database "RESET idle_in_transaction_session_timeout"
    run_in idle 0 "with time enough"
    expect "SELECT count(*) FROM app.effect" 2 "what it did"
}

fill_up() { # fill_up KILOBYTES
    sql "TRUNCATE app.ballast"
    sql "INSERT INTO app.ballast SELECT repeat(md5(i::text), 30) FROM generate_series(1, $1) i"
}

full_disk() { # prints what is wrong
    sql "CREATE TABLE app.ballast (t text) TABLESPACE tiny"
    fill_up 26000
    run_in disk 1 "rows that do not fit"
    expect "SELECT count(*) FROM app.effect" 0 "what it did"
    expect "SELECT count(*) FROM moonbird.migrations" 0 "rows of the ledger"
    fill_up 18000
    run_in disk 1 "an index that does not fit"
    expect "SELECT string_agg(n::text, ' ') FROM app.effect WHERE step = 'index'" 1 "what it did"
    expect "SELECT state || ' ' || statements_done FROM moonbird.migrations WHERE name = '0002_index'" \
        "failed 1" "the ledger"
    expect "SELECT count(*) FROM pg_index WHERE NOT indisvalid" 0 "INVALID indexes"
    sql "DROP TABLE app.ballast"
    run_in disk 0 "with room"
    expect "SELECT string_agg(n::text, ' ' ORDER BY n) FROM app.effect WHERE step = 'index'" "1 3" \
        "what it did"
    expect "SELECT count(*) FROM pg_index WHERE indexrelid = 'app.big_t'::regclass AND indisvalid" 1 \
        "the index"
}

# A tablespace of 32 MB.
mount_disk() {
    mkdir "$WORK/disk"
    mount -t tmpfs -o size=32m moonbird-torture "$WORK/disk" 2>/dev/null || return 1
    chown "$(stat -c %U "${SERVER_SOCKET%%&*}")" "$WORK/disk"
    sql "CREATE TABLESPACE tiny LOCATION '$WORK/disk'"
}

torture_server() {
    local i time

    time=$(duration)
    for ((i = 0; i <= LONG_TIMES * 20; i++)); do
        restart fast "$time"
        restart immediate "$time"
        failover PQsendQuery $((RANDOM % 100 + 20))
    done
    fresh
    verdict "$(impatience)" "idle_in_transaction_session_timeout"
    if mount_disk; then
        fresh
        verdict "$(full_disk 2>&1)" "a full disk"
    else
        echo "skipped: a full disk, since nothing can be mounted here"
    fi
}

# lock.sh -- the run lock is lost while a migration works, and a second runner arrives.

# two_runners STEP N UNLOCKS: prints what is wrong
two_runners() {
    local second status i

    run_to_gate "$@" || { echo "it did not come to the statement" && return; }
    until_true answers "NOT EXISTS ($held)" || echo "the lock was not lost"
    moonbird --no-wait ${command[up]} >"$DIR/second.out" 2>"$DIR/second.err" &
    second=$!
    until_true waiting 2 $second || echo "the second runner neither waits nor ends"
    open_gate
    for i in $first $second; do
        wait $i
        status=$?
        case $status in 0 | 1 | 5) ;; *) echo "a runner ended with status $status" ;; esac
    done
    cat "$DIR/first.err" "$DIR/second.err" >"$DIR/err"
    DATABASE_URL=${direct_url:-$DATABASE_URL} goes_on "$DIR/first.out" "$DIR/second.out"
}

held="SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"

lose_the_lock() { # lose_the_lock ENDING UNLOCKS TIMES
    local step n

    choose_gates "$3"
    while read -r step n; do
        verdict "$(two_runners "$step" "$n" "$2" </dev/null)" "$1 in statement $n of $step, two runners"
        remember "$step" "$1"
    done <"$WORK/gates"
}

# The statement itself releases every lock of its session.
torture_unlock() {
    lose_the_lock locks-released true $((LONG_TIMES * 28 + 2))
}

# PgBouncer closes the connection that holds the lock: it is idle in a transaction.
torture_keeper() {
    local pgbouncer

    pgbouncer=$(command -v pgbouncer) || {
        complain "there is no pgbouncer"
        return
    }
    start_pooler transaction 20 "idle_transaction_timeout = 1" || {
        complain "pgbouncer does not start"
        return
    }
    lose_the_lock keeper-closed false $((LONG_TIMES * 19 + 1))
    stop_pooler
}

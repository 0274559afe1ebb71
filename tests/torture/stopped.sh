# stopped.sh -- a runner stands still, its session is ended, and another runner does its work.

no_session() {
    answers "count(*) = 0 FROM pg_stat_activity
              WHERE application_name = 'moonbird' AND datname = current_database()"
}

stands_still() {
    ended "$1" || [ "$(ps -o stat= -p "$1" | cut -c 1)" = T ]
}

# overtaken FUNCTION N: prints what is wrong
overtaken() {
    local pid status

    TORTURE_FAULT="stop $*" TORTURE_TRACE=$DIR/trace "$build/tests/torture/moonbird" -C "$WORK/plan" \
        ${command[up]} >"$DIR/first.out" 2>"$DIR/first.err" &
    pid=$!
    until_true stands_still $pid
    direct "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'moonbird' AND datname = current_database()" >"$DIR/report"
    until_true no_session
    moonbird ${command[up]} >"$DIR/second.out" 2>"$DIR/second.err"
    status=$?
    # It refuses what a living process has begun, unless that is one transaction.
    case $status in 0 | 5) ;; *) echo "the other runner ended with status $status" ;; esac
    cp "$DIR/second.out" "$DIR/out"
    check ''
    moment overtaken "$@" >>"$DIR/moments"
    kill -CONT $pid
    wait $pid
    status=$?
    case $status in 0 | 1 | 5) ;; *) echo "it ended with status $status" ;; esac
    cp "$DIR/first.out" "$DIR/out"
    check ''
    cat "$DIR/first.err" "$DIR/second.err" >"$DIR/err"
    goes_on "$DIR/first.out" "$DIR/second.out"
}

torture_stopped() {
    local function n

    prepare up
    run_with_fault none up
    MOST=$((LONG_TIMES * 38 + 2)) choose <"$DIR/trace" >"$WORK/calls.stopped"
    while read -r function n _; do
        prepare up
        verdict "$(overtaken "$function" "$n" </dev/null)" "overtaken while it stands at $function $n"
    done <"$WORK/calls.stopped"
}

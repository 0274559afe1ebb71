# other.sh -- the address leads to another server after the connection was lost.

# Prints the traces of the plan and its history on a server.
contents() { # contents NAME
    on "$(address "$1")" direct "SELECT count(*), string_agg(step || n, ' ' ORDER BY step, n) FROM app.effect"
    on "$(address "$1")" direct "SELECT count(*) FROM moonbird.events"
    on "$(address "$1")" direct "SELECT string_agg(m::text, ' ' ORDER BY name) FROM moonbird.migrations m"
}

# The server stops, and is the first one of two.
next_host() { # next_host WHEN STEP N
    case $1 in
    before) DATABASE_URL=$(address here other) ;;
    lost) stop_cluster here immediate ;;
    after) start_cluster here ;;
    esac
}

# The service file says something else by now.
write_service() {
    printf '[plan]\n%s\n' "$(address "$1" | tr ' ' '\n')" >"$WORK/services"
}

new_service() { # new_service WHEN
    case $1 in
    before)
        write_service here
        DATABASE_URL="service=plan"
        ;;
    lost)
        write_service other
        on "$(address here)" direct "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'moonbird' AND datname = current_database()" >"$WORK/said"
        ;;
    esac
}

# led_astray HOW STEP N: prints what is wrong
led_astray() {
    local DATABASE_URL PGSERVICEFILE=$WORK/services before status

    export DATABASE_URL PGSERVICEFILE
    before=$(contents other)
    $1 before
    on "$DATABASE_URL" run_to_gate "$2" "$3" false || echo "it did not come to the statement"
    $1 lost
    wait $first
    status=$?
    [ $status -eq 1 ] || echo "it ended with status $status"
    cp "$DIR/first.err" "$DIR/err"
    [ "$(contents other)" = "$before" ] || echo "something ran on the other server"
    ! grep -q "According to the history" "$DIR/err" || echo "the other server was asked"
    $1 after
    DATABASE_URL=$(address here)
    open_gate
    goes_on "$DIR/first.out"
}

torture_other() {
    local step n how

    make_cluster here
    make_cluster other
    on "$(address here)" choose_gates $((LONG_TIMES * 9 + 1))
    on "$(address other)" fresh
    on "$(address other)" moonbird -q ${command[up]} 0006_segments_off >"$DIR/out" 2>"$DIR/err"
    for how in next_host new_service; do
        while read -r step n; do
            verdict "$(led_astray $how "$step" "$n" </dev/null)" \
                "another server ($how) in statement $n of $step"
            remember "$step" another-server
        done <"$WORK/gates"
    done
    drop_cluster other
    drop_cluster here
}

# gate.sh -- a run that waits inside a chosen statement of the plan (gate.sql).

# until_true COMMAND...: waits for it, for as long as a run may take.
until_true() {
    local end=$((SECONDS + 60))

    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}

answers() { # answers QUERY: it gives true
    [ "$(direct "SELECT $1")" = t ]
}

ended() {
    ! kill -0 "$1" 2>/dev/null
}

# The sessions of runs that wait for the gate or for a lock of another session.
waiting() { # waiting NUMBER [PID]: so many do, or the process has ended
    { [ -n "$2" ] && ended "$2"; } ||
        answers "count(*) >= $1 FROM pg_stat_activity WHERE datname = current_database()
                   AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')"
}

# Statements of the plan where a gate can be, by chance, "STEP N" a line, in $WORK/gates.
choose_gates() { # choose_gates HOW-MANY
    [ -s "$WORK/places" ] || {
        fresh
        moonbird -q ${command[up]} >"$DIR/out" 2>"$DIR/err" || flunk "the plan as it is"
        direct "SELECT DISTINCT step || ' ' || n FROM app.effect" >"$WORK/places"
    }
    shuf -n "$1" "$WORK/places" >"$WORK/gates"
}

# run_to_gate STEP N UNLOCKS: leaves the run's process in $first, its words in $DIR/first.*
run_to_gate() {
    fresh
    direct "$(cat "$here/gate.sql")" && direct "INSERT INTO app.gate VALUES ('$1', $2, $3)"
    moonbird ${command[up]} >"$DIR/first.out" 2>"$DIR/first.err" &
    first=$!
    until_true waiting 1 $first && ! ended $first
}

open_gate() {
    direct "SET synchronous_commit = local; SELECT nextval('app.opened')" >"$DIR/report"
}

remember() { # remember STEP ENDING: for the table
    local kind=${1#*_}

    echo "gate ${kind%%_*} open $2" >>"$DIR/moments"
}

# goes_on FILE...: is the ledger true, is what these runs claim done, and by one of them; does `up`
# finish?
goes_on() {
    cat "$@" | grep ^applied >"$DIR/out"
    awk '{ print $2 }' "$DIR/out" | sort | uniq -d | sed 's/$/ was applied by two runs/'
    check ''
    moonbird ${command[up]} >"$DIR/out" 2>"$DIR/err" || echo "the next run ended with status $?"
    check auto
}

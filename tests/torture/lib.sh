# lib.sh -- a server of our own, workers with a database each, and counting.
#
# A worker has $DIR for its files and $DATABASE_URL for its database.

. "$top/tests/support/env.sh"
passed=0
failed=0

start_server() {
    WORK=$(mktemp -d /tmp/moonbird-torture-XXXXXX)
    trap stop_server EXIT
    export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=exitcode=99
    chmod 755 "$WORK" # the server and the pooler are other users'
    mkdir "$WORK/server"
    cp -r "$here/plan" "$WORK/plan"
    "$build/moonbird" -C "$WORK/server" -q dev start || exit 1
    SERVER_URL=$("$build/moonbird" -C "$WORK/server" dev url)
    SERVER_SOCKET=${SERVER_URL#*host=}
    # PostgreSQL 13 has no DETACH PARTITION ... CONCURRENTLY.
    [ "$(psql -XAtq -d "$SERVER_URL" -c "SELECT current_setting('server_version_num')::int >= 140000")" = t ] ||
        sed -i 's/^\(ALTER TABLE .* DETACH PARTITION .*\) CONCURRENTLY;/\1;/' "$WORK"/plan/migrations/*.sql
    # Nothing here ends the machine: only processes.
    psql -Xq -d "$SERVER_URL" <<'END' || exit 1
ALTER SYSTEM SET fsync = off;
SELECT pg_reload_conf() \g /dev/null
CREATE ROLE torture_clerk;
END
    become 0
}

stop_server() {
    local pid

    stop_pooler
    for pid in "$WORK"/*/postmaster.pid; do # left by a part that was ended
        [ ! -e "$pid" ] || kill -QUIT "$(head -n 1 "$pid")"
    done
    ! mountpoint -q "$WORK/disk" || umount -l "$WORK/disk"
    "$build/moonbird" -C "$WORK/server" -q -y dev reset
    rm -rf "$WORK"
}

# become NUMBER: that worker.
become() {
    DIR=$WORK/$1
    DATABASE_URL=${SERVER_URL/\/postgres\?//torture_$1?}
    export DATABASE_URL
    [ -d "$DIR" ] || {
        mkdir "$DIR"
        : >"$DIR/moments"
        psql -Xq -d "$SERVER_URL" -c "CREATE DATABASE torture_$1"
    }
}

# share COMMAND...: run by workers at once, each told its number and how many there are: one more than
# there are processors, since some wait.
share() {
    local i p f workers=$(($(nproc) + 1))

    for ((i = 1; i <= workers; i++)); do
        (
            trap - EXIT
            passed=0 failed=0
            become $i
            "$@" $i $workers
            echo $passed $failed >"$DIR/count"
        ) &
    done
    wait
    for ((i = 1; i <= workers; i++)); do
        read -r p f <"$WORK/$i/count"
        passed=$((passed + p)) failed=$((failed + f))
    done
}

fresh() {
    psql -Xq -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -f "$here/reset.sql"
}

# check WHOLE: sets $where and prints the lies.
check() {
    local seen

    seen=$(psql -XAtq -v ON_ERROR_STOP=1 -v whole="$1" -v said="$(cat "$DIR/out")" \
        -d "$DATABASE_URL" -f "$here/check.sql" 2>&1) || seen+=$'\npsql: '$seen
    where=${seen%%$'\n'*}
    lies=${seen#"$where"}
    [ -z "$lies" ] || { echo "${lies#$'\n'}" && return 1; }
}

# The program as it is, on the plan.
moonbird() {
    timeout 60 "$build/moonbird" -C "$WORK/plan" "$@"
}

pass() {
    passed=$((passed + 1))
}

complain() {
    failed=$((failed + 1))
    echo "FAIL  $*"
}

# flunk WHAT...: and what the run printed; at once, so that two workers do not mix.
flunk() {
    {
        complain "$@"
        sed 's/^/    | /' "$DIR/out"
        sed 's/^/    ! /' "$DIR/err"
    } >"$DIR/report"
    cat "$DIR/report"
}

# verdict WRONG WHAT...: passed where nothing is wrong.
verdict() {
    if [ -z "$1" ]; then
        pass
    else
        flunk "${@:2}"$'\n'"$1"
    fi
}

report() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ] && [ $passed -gt 0 ]
    exit
}

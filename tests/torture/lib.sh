# lib.sh -- a server of our own, a fresh database for each trial, and counting.

passed=0
failed=0

start_server() {
    WORK=$(mktemp -d /tmp/moonbird-torture-XXXXXX)
    trap stop_server EXIT
    unset "${!PG@}" "${!DATABASE_@}" MOONBIRD_LUA
    for dir in /usr/lib/postgresql/*/bin; do PATH=$dir:$PATH; done
    export PATH LC_ALL=C.UTF-8 ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=exitcode=99
    mkdir "$WORK/server"
    cp -r "$here/plan" "$WORK/plan"
    "$build/moonbird" -C "$WORK/server" -q dev start || exit 1
    SERVER_URL=$("$build/moonbird" -C "$WORK/server" dev url)
    DATABASE_URL=${SERVER_URL/\/postgres\?//torture?}
    export DATABASE_URL
    # Nothing here ends the machine: only processes.
    psql -Xq -d "$SERVER_URL" <<'END' || exit 1
ALTER SYSTEM SET fsync = off;
SELECT pg_reload_conf() \g /dev/null
CREATE ROLE torture_clerk;
CREATE DATABASE torture;
END
}

stop_server() {
    "$build/moonbird" -C "$WORK/server" -q -y dev reset
    rm -rf "$WORK"
}

fresh() {
    psql -Xq -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -f "$here/reset.sql"
}

# check WHOLE: sets $where and prints the lies.
check() {
    local seen

    seen=$(psql -XAtq -v ON_ERROR_STOP=1 -v whole="$1" -v said="$(cat "$WORK/out")" \
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

# flunk WHAT...: and what the run printed.
flunk() {
    failed=$((failed + 1))
    echo "FAIL  $*"
    sed 's/^/    | /' "$WORK/out"
    sed 's/^/    ! /' "$WORK/err"
}

report() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ] && [ $passed -gt 0 ]
    exit
}

# shellcheck shell=bash
# studio.sh -- a project, its databases and its studio, for the tests of this folder, which source it. Needs $top.
#
# $WORK/project is the example project, with the environments test, guarded (protected) and nowhere (no server).

. "$top/tests/support/env.sh"
with_server "$0" "$@"
WORK=$(mktemp -d /tmp/moonbird-studio-XXXXXX)
MOONBIRD=$top/$BUILD/moonbird
STUDIO=

finish() {
    [ -z "$STUDIO" ] || kill "$STUDIO" 2>/dev/null
    # chromium's processes can write to their folder a moment longer than it runs itself
    rm -rf "$WORK" 2>/dev/null || { sleep 1; rm -rf "$WORK"; }
}
trap finish EXIT

url() { printf '%s' "${SERVER_URL/\/postgres\?//$1?}"; }
sql() { psql -XAtq -v ON_ERROR_STOP=1 -d "$(url studio)" -c "$1"; }

make_project() {
    psql -Xq -d "$SERVER_URL" -c 'CREATE DATABASE studio' -c 'CREATE DATABASE guarded'
    mkdir -p "$WORK/project/scripts/studio"
    cp -r "$top/migrations" "$top/migrations-manual" "$WORK/project"
    cp -r "$top/scripts/studio" "$top/scripts/lib" "$top/scripts/checks" "$top/scripts/commands" "$WORK/project/scripts"
    cat >"$WORK/project/moonbird.lua" <<END
return { environments = {
  test = { url = "$(url studio)" },
  guarded = { url = "$(url guarded)", protected = true },
  nowhere = { url = "postgres://someone:se-cret-word@127.0.0.1:9/nothing" },
} }
END
}

start_studio() { # start_studio WORD...: of a command line; ADDRESS and PORT are its own
    local _
    : >"$WORK/out"
    (cd "$WORK/project" && exec "$MOONBIRD" "$@") >"$WORK/out" 2>"$WORK/err" </dev/null &
    STUDIO=$!
    for _ in $(seq 1200); do
        grep -q '#' "$WORK/out" && break
        sleep 0.05
    done
    ADDRESS=$(sed -n 's,.*\(http://.*\),\1,p' "$WORK/out")
    PORT=$(sed -n 's,.*127\.0\.0\.1:\([0-9]*\)/.*,\1,p' "$WORK/out")
    [ -n "$PORT" ] || { cat "$WORK/out" "$WORK/err"; exit 1; }
}

stop_studio() { # stop_studio SIGNAL: its exit status is in STATUS
    kill "-$1" "$STUDIO"
    wait "$STUDIO" 2>/dev/null
    STATUS=$?
    STUDIO=
}

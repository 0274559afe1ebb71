# shellcheck shell=bash disable=SC2034
# client.sh -- a shell as the browser of a studio: requests, and checks of their answers.  For the tests of this
# folder, which source it after studio.sh.

passed=0 failed=0

# ---- a browser ----

start() { # start WORD...: a studio, and a browser that is let in
    start_studio "$@"
    COOKIE=
    post /enter "\"${ADDRESS#*#}\""
    COOKIE=$(printf '%s' "$ANSWER" | sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p')
}

request() { # request METHOD PATH BODY HEADER...: sets STATUS and ANSWER
    local method=$1 path=$2 body=$3
    shift 3
    exec 9<>"/dev/tcp/127.0.0.1/$PORT"
    printf '%s\r\n' "$method $path HTTP/1.1" "Host: 127.0.0.1:$PORT" "Cookie: $COOKIE" "Sec-Fetch-Site: same-origin" \
        "Connection: close" "Content-Length: $(printf '%s' "$body" | wc -c)" "$@" '' >&9
    printf '%s' "$body" >&9
    ANSWER=$(tr -d '\r\0' <&9)
    exec 9>&-
    STATUS=$(printf '%s' "$ANSWER" | sed -n '1s/HTTP\/1\.1 \([0-9]*\).*/\1/p')
}

get() { request GET "$1" ''; }
post() { request POST "$1" "$2" "Origin: http://127.0.0.1:$PORT" "Content-Type: application/json"; }

# ---- checks ----

fail() {
    failed=$((failed + 1))
    echo "FAIL  $1"
    printf '%s\n' "$ANSWER" | tail -c 1500
}
is() { # is WHAT STATUS [TEXT...]: the last answer has the status, and contains each text
    local what=$1 text
    [ "$STATUS" = "$2" ] || { fail "$what: status $STATUS, not $2" && return; }
    shift 2
    for text; do
        case $ANSWER in
        *"$text"*) ;;
        *) fail "$what: \"$text\" is missing" && return ;;
        esac
    done
    passed=$((passed + 1))
}
lacks() { # lacks WHAT TEXT...: the last answer contains none of the texts
    local what=$1 text
    shift
    for text; do
        case $ANSWER in
        *"$text"*) fail "$what: it contains \"$text\"" && return ;;
        esac
    done
    passed=$((passed + 1))
}
same() { # same WHAT GOT EXPECTED
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL  $1: \"$2\", not \"$3\""
    fi
}
until_is() { # until_is EXPECTED COMMAND...: runs it until it prints that, for a minute or $WITHIN seconds
    local expected=$1 _
    shift
    for _ in $(seq $((${WITHIN-60} * 10))); do
        [ "$("$@")" = "$expected" ] && return
        sleep 0.1
    done
    same "$*" "$("$@")" "$expected"
}

# A lock that a migration, or whatever else calls pg_advisory_xact_lock(7), waits for.
hold_lock() {
    psql -Xq -d "$(url studio)" -c 'SELECT pg_advisory_lock(7)' -c 'SELECT pg_sleep(600)' >"$WORK/holder" 2>&1 &
    HOLDER=$!
    until_is 1 sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND granted"
}
until_waiting() { until_is 1 sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted"; }
release_lock() {
    sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND granted" >"$WORK/terminated"
    wait $HOLDER 2>/dev/null
}

# run_of JSON: starts a run, and waits for its end; its exit status is in $ENDED, its messages are in $ANSWER
run_of() {
    local _
    post /do/command "$1"
    RUN=$(printf '%s' "$ANSWER" | sed -n 's/.*{"run":\([0-9]*\)}.*/\1/p')
    [ -n "$RUN" ] || { fail "the run did not begin" && return; }
    for _ in $(seq 600); do
        get "/run?run=$RUN&format=json"
        ENDED=$(printf '%s' "$ANSWER" | sed -n 's/.*"chosen":{[^}]*"state":"\([a-z]*\)".*/\1/p')
        [ "$ENDED" = running ] || return
        sleep 0.1
    done
}

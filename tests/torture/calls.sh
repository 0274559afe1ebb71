# calls.sh -- a fault at each libpq call of a run.

# These only read memory or free it: nothing can happen there that cannot happen before or after.
quiet=(
    PQbackendPID PQclear PQclientEncoding PQcmdStatus PQcmdTuples PQconndefaults PQconnectionNeedsPassword
    PQconninfoFree PQdb PQerrorMessage PQfname PQfreeCancel PQfreemem PQftype PQgetisnull PQgetlength
    PQgetvalue PQhost PQhostaddr PQisBusy PQnfields PQnparams PQntuples PQparameterStatus PQparamtype PQpingParams PQpipelineStatus PQpass PQport PQresultErrorField
    PQresultMemorySize PQresultStatus PQserverVersion PQsetNoticeReceiver PQsocket PQstatus
    PQtransactionStatus PQuser
)

calls_in() {
    nm "$@" | grep -o 'PQ[A-Za-z]*' | sort -u
}

check_calls_are_known() {
    local unknown

    unknown=$(calls_in "$build"/src/pg/*.o "$build"/src/pg/*/*.o | grep -v -x -F -e "$(printf '%s\n' "${quiet[@]}")" \
        -e "$(calls_in "$build/tests/torture/faults.o")")
    if [ -z "$unknown" ]; then pass; else complain "faults.c does not know" $unknown; fi
}

declare -A command=(
    [up]='up --force-empty-history'
    [manual]='manual apply 001_sql_fill 002_lua_count 003_segments_indexes'
)
declare -A whole=([up]=auto [manual]=all)

# The state in which a stage begins.
prepare() {
    : >"$DIR/out"
    : >"$DIR/err"
    : >"$DIR/trace"
    fresh && { [ "$1" = up ] || moonbird -q ${command[up]} >"$DIR/out" 2>"$DIR/err"; }
}

run_with_fault() { # run_with_fault "ACTION FUNCTION N" STAGE
    { TORTURE_FAULT=$1 TORTURE_TRACE=$DIR/trace timeout 30 "$build/tests/torture/moonbird" \
        -C "$WORK/plan" ${command[$2]} >"$DIR/out" 2>"$DIR/err"; } 2>/dev/null # "Killed"
}

# Describes the moment by the trace and the history: "CALL KIND open|idle ENDING".  In the trace the
# line of the fault counts, or the last line if the fault came from outside.
moment() { # moment ENDING [FUNCTION N]
    local call open step current state no_ledger kind

    read -r call _ open step < <(grep -m 1 "^$2 $3 " "$DIR/trace" || tail -n 1 "$DIR/trace")
    read -r current state no_ledger <<<"$where"
    case $step in '?' | - | '') step=$current ;; esac
    case $state in running | failed) open=open ;; esac
    [ -z "$no_ledger" ] || open=idle
    case $open:$step in
    idle:*) kind=between ;;
    *:manual/*) kind=manual ;;
    *) kind=${step#*/*_} && kind=${kind%%_*} ;;
    esac
    echo "${call:-start} $kind $open $1"
}

# After a fault: is the ledger true, does a plain run finish, once?
judge() { # judge STAGE STATUS ENDING [FUNCTION N]: prints what is wrong
    local done=''

    [ "$2" -ne 0 ] || done=${whole[$1]}
    case $2 in
    0 | 1 | 137) ;;
    2) ! grep -qv PQconninfoParse "$DIR/trace" || echo "it ended with status 2" ;;
    124) echo "it hung" ;;
    *) echo "it ended with status $2" ;;
    esac
    check "$done"
    moment "${@:3}" >>"$DIR/moments"
    moonbird ${command[$1]} >"$DIR/out" 2>"$DIR/err" || echo "the next run ended with status $?"
    check "${whole[$1]}"
}

declare -A ending=([kill]=killed [fail]=call-failed [cut]=socket-cut [end]=backend-ended)

trial() { # trial ACTION STAGE FUNCTION N
    local status wrong

    prepare "$2" || { flunk "$*: could not be prepared" && return; }
    run_with_fault "$1 $3 $4" "$2"
    status=$?
    wrong=$(judge "$2" $status "${ending[$1]}" "$3" "$4")
    verdict "$wrong" "$*: $(tail -n 1 "$DIR/trace"), status $status"
}

# A worker's share of the calls in a trace.
trials() { # trials ACTION STAGE WORKER WORKERS
    local function n

    while read -r function n _; do
        trial "$1" "$2" "$function" "$n"
    done < <(awk -v of="$4" -v me="$3" 'NR % of == me - 1' "$WORK/calls.$2")
}

# Prints the calls of a trace at which ACTION differs from ACTION at the call before.  A PQflush with
# nothing to send does nothing.  A PQgetResult that finds its result in memory does not touch the
# socket: only where the call itself fails is it another case.
distinct() { # distinct ACTION
    awk -v action="$1" '{
        if ($1 ~ /^PQ(send|put|pipelineSync)/) seen["PQflush"] = seen["PQgetResult"] = 0
        if ($1 == "PQconsumeInput" || action == "fail") seen["PQgetResult"] = 0
        if (($1 != "PQflush" && $1 != "PQgetResult") || !seen[$1]++) print
    }'
}

# One of each: libpq function, kind of migration.
choose() {
    shuf | awk '{
        split($4, part, "_")
        if (!seen[$1, part[2]]++) print
    }' | head -n "$MOST"
}

sweep() { # sweep ACTION: at each distinct call that an undisturbed run makes
    local stage

    for stage in up manual; do
        prepare $stage
        run_with_fault none $stage
        cp "$DIR/trace" "$WORK/trace.$stage"
        distinct "$1" <"$DIR/trace" |
            if [ -n "$LONG" ]; then cat; else choose; fi >"$WORK/calls.$stage"
        share trials "$1" $stage
    done
}

torture_fail() { MOST=8 sweep fail; }
torture_cut() { MOST=8 sweep cut; }
torture_end() { MOST=8 sweep end; }

# ---- kills, counted ----

# Killed at some moment of the time that a run takes.
random_kills() { # random_kills MICROSECONDS TIMES
    local i wrong pid

    for ((i = 0; i < $2; i++)); do
        prepare up
        TORTURE_TRACE=$DIR/trace "$build/tests/torture/moonbird" -C "$WORK/plan" ${command[up]} \
            >"$DIR/out" 2>"$DIR/err" &
        pid=$!
        sleep "0.$(printf %06d $((RANDOM * 32768 % $1)))"
        { kill -KILL $pid && wait $pid; } 2>/dev/null
        wrong=$(judge up 137 killed-at-random)
        verdict "$wrong" "a kill after $(tail -n 1 "$DIR/trace")"
    done
}

duration() {
    local start

    prepare up
    start=${EPOCHREALTIME/./}
    run_with_fault none up
    echo $((${EPOCHREALTIME/./} - start))
}

# Counts moments: a line for each value of FIELD, a column for each kind of migration.
table() { # table FIELD
    awk -v field="$1" '{
        n[$field, $2]++; lines[$field]++; kinds[$2]++; all++
        open += $3 == "open"
    } END {
        split("sql lua segments concurrent manual between", kind)
        printf "%-24s", ""
        for (k = 1; k in kind; k++) printf "%11s", kind[k]
        printf "%11s\n", "all"
        for (c in lines) {
            line = sprintf("%-24s", c)
            for (k = 1; k in kind; k++) line = line sprintf("%11d", n[c, kind[k]])
            print line sprintf("%11d", lines[c]) | "sort"
        }
        close("sort")
        printf "%-24s", "all"
        for (k = 1; k in kind; k++) printf "%11d", kinds[kind[k]]
        printf "%11d\n%d in 100 while a transaction or segment of a migration was open\n", all,
            100 * open / all
        exit 100 * open / all < 60
    }'
}

moments() { # moments [ENDING]: of all workers, or those that ended so
    cat "$WORK"/*/moments | grep " $1[^ ]*$"
}

torture_kill() {
    local missed

    MOST=1000 sweep kill
    share random_kills "$(duration)" $((${LONG:+100} + 5))
    moments killed | table 1 || complain "too few kills while something was open"
    missed=$(cut -d ' ' -f 1 "$WORK"/trace.* | sort -u |
        grep -v -x -F -e "$(moments killed | cut -d ' ' -f 1)")
    [ -z "$missed" ] || complain "no kill at" $missed
}

show_trial() { # show_trial ACTION STAGE FUNCTION N
    local status wrong

    prepare "$2"
    run_with_fault "$1 $3 $4" "$2"
    status=$?
    cat "$DIR/out" "$DIR/err"
    tail -n 3 "$DIR/trace"
    wrong=$(judge "$2" $status "$1")
    verdict "$wrong" "$*: status $status"
}

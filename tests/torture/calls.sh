# calls.sh -- a fault at each libpq call of a run.

# What only reads memory or frees it: nothing can happen there that cannot happen before or after.
quiet=(
    PQbackendPID PQclear PQcmdStatus PQcmdTuples PQconnectionNeedsPassword PQconninfoFree PQdb
    PQerrorMessage PQfname PQfreeCancel PQfreemem PQftype PQgetisnull PQgetlength PQgetvalue PQhost
    PQisBusy PQnfields PQnparams PQntuples PQparameterStatus PQparamtype PQport PQresultErrorField
    PQresultMemorySize PQresultStatus PQserverVersion PQsetNoticeReceiver PQsocket PQstatus
    PQtransactionStatus PQuser
)

calls_in() {
    nm "$@" | grep -o 'PQ[A-Za-z]*' | sort -u
}

check_calls_are_known() {
    local unknown

    unknown=$(calls_in "$build"/src/pg/*.o | grep -v -x -F -e "$(printf '%s\n' "${quiet[@]}")" \
        -e "$(calls_in "$build/tests/torture/faults.o")")
    if [ -n "$unknown" ]; then
        flunk "faults.c does not know" $unknown
    else
        pass
    fi
}

declare -A command=(
    [up]='up --force-empty-history'
    [manual]='manual apply 001_sql_fill 002_lua_count 003_segments_indexes'
)
declare -A whole=([up]=auto [manual]=all)

# The state in which a stage begins.
prepare() {
    : >"$WORK/out"
    : >"$WORK/err"
    : >"$WORK/trace"
    fresh && { [ "$1" = up ] || moonbird -q ${command[up]} >"$WORK/out" 2>"$WORK/err"; }
}

run_with_fault() { # run_with_fault "ACTION N" STAGE
    { TORTURE_FAULT=$1 TORTURE_TRACE=$WORK/trace timeout 30 "$build/tests/torture/moonbird" \
        -C "$WORK/plan" ${command[$2]} >"$WORK/out" 2>"$WORK/err"; } 2>/dev/null # "Killed"
}

# What the trace's last line and the ledger say of the moment: "CALL KIND open|idle".
moment() {
    local call open step state no_ledger kind

    read -r _ call open step < <(tail -n 1 "$WORK/trace")
    read -r current state no_ledger <<<"$where"
    case $step in '?' | - | '') step=$current ;; esac
    [ "$state" != running ] || open=open
    [ -z "$no_ledger" ] || open=idle
    case $open:$step in
    idle:*) kind=between ;;
    *:manual/*) kind=manual ;;
    *) kind=${step#*/*_} && kind=${kind%%_*} ;;
    esac
    echo "$call $kind $open"
}

# After a fault: is the ledger true, does a plain run finish, once?
judge() { # judge STAGE STATUS: prints what is wrong
    local done=''

    [ "$2" -ne 0 ] || done=${whole[$1]}
    case $2 in
    0 | 1 | 137) ;;
    124) echo "it hung" ;;
    *) echo "it ended with status $2" ;;
    esac
    check "$done"
    moment >>"$WORK/moments"
    moonbird ${command[$1]} >"$WORK/out" 2>"$WORK/err" || echo "the next run ended with status $?"
    check "${whole[$1]}"
}

trial() { # trial ACTION STAGE N; false after the last call
    local status calls wrong

    prepare "$2" || { flunk "$*: could not be prepared" && return 1; }
    run_with_fault "$1 $3" "$2"
    status=$?
    calls=$(wc -l <"$WORK/trace")
    [ "$calls" -ge "$3" ] || return 1
    wrong=$(judge "$2" $status)
    if [ -z "$wrong" ]; then
        pass
    else
        flunk "$*: $(tail -n 1 "$WORK/trace"), status $status"$'\n'"$wrong"
    fi
}

sweep() { # sweep ACTION STEP: each libpq call, or each STEP-th
    local action=$1 step=$2 stage n

    [ -z "$LONG" ] || step=1
    : >"$WORK/moments"
    for stage in up manual; do
        n=$((RANDOM % step + 1))
        while trial "$action" $stage $n; do
            n=$((n + step))
        done
    done
}

# Counts of moments: a line a libpq call, a column a kind of step.
table() {
    awk '{
        n[$1, $2]++; calls[$1]++; kinds[$2]++; all++
        open += $3 == "open"
    } END {
        split("sql lua segments concurrent manual between", kind)
        printf "%-24s", ""
        for (k = 1; k in kind; k++) printf "%11s", kind[k]
        printf "%11s\n", "all"
        for (c in calls) {
            line = sprintf("%-24s", c)
            for (k = 1; k in kind; k++) line = line sprintf("%11s", n[c, kind[k]] + 0)
            print line sprintf("%11d", calls[c]) | "sort"
        }
        close("sort")
        printf "%-24s", "all"
        for (k = 1; k in kind; k++) printf "%11d", kinds[kind[k]]
        printf "%11d\n%d in 100 while a migration'\''s transaction or segment was open\n", all, 100 * open / all
    }' "$WORK/moments"
}

torture_kill() { sweep kill 47 && table; }
torture_fail() { sweep fail 83; }
torture_cut() { sweep cut 83; }
torture_end() { sweep end 83; }
torture_random() { :; }

show_trial() {
    prepare "$2"
    run_with_fault "$1 $3" "$2"
    echo "status $?"
    cat "$WORK/out" "$WORK/err"
    tail -n 3 "$WORK/trace"
    judge "$2" 1
    cat "$WORK/moments"
    report
}

# cluster.sh -- servers of our own on 127.0.0.1, which the plan is run on.

# start_cluster NAME: on a port that is free, in $port[NAME]; the same one when it is started again
declare -A port=()

start_cluster() {
    local dir=$WORK/$1 i

    for i in {1..20}; do
        [ -n "${port[$1]}" ] && [ "$i" -eq 1 ] || port[$1]=$((20000 + RANDOM % 12000))
        ! as_server pg_ctl -D "$dir" -s -w -l "$dir/log" -o "-p ${port[$1]} -k '' -h 127.0.0.1 -c fsync=off" \
            start >"$WORK/said" 2>&1 || return 0
    done
    cat "$WORK/said" "$dir/log"
    return 1
}

stop_cluster() { # stop_cluster NAME fast|immediate
    as_server pg_ctl -D "$WORK/$1" -s -w -m "$2" stop
}

# An empty folder of the server's user.
make_folder() {
    mkdir -m 700 "$1"
    [ "$(id -u)" -ne 0 ] || chown postgres: "$1"
}

make_cluster() { # make_cluster NAME: with the database in which the plan is run
    make_folder "$WORK/$1"
    as_server initdb -D "$WORK/$1" -A trust -U postgres -E UTF8 --no-sync >"$WORK/said" 2>&1 || cat "$WORK/said"
    start_cluster "$1"
    psql -Xq -d "host=127.0.0.1 port=${port[$1]} user=postgres dbname=postgres" \
        -c "CREATE ROLE torture_clerk" -c "CREATE DATABASE plan"
}

address() { # address NAME...: of these servers, in this order
    local hosts=('' '127.0.0.1' '127.0.0.1,127.0.0.1') ports=''

    ports=$(for name; do echo "${port[$name]}"; done | paste -sd ,)
    echo "host=${hosts[$#]} port=$ports user=postgres dbname=plan"
}

# on ADDRESS COMMAND...: with that as the database
on() {
    local DATABASE_URL=$1

    export DATABASE_URL
    "${@:2}"
}

drop_cluster() {
    stop_cluster "$1" immediate
    rm -rf "${WORK:?}/$1"
    unset "port[$1]"
}

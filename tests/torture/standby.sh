# standby.sh -- the primary goes while a COMMIT waits for the standby, which is asked next.

# Not with -R: a newer pg_basebackup writes parameters that the server's own libpq does not know.
make_standby() { # make_standby NAME OF
    local from="host=127.0.0.1 port=${port[$2]} user=postgres"

    make_folder "$WORK/$1"
    as_server pg_basebackup -D "$WORK/$1" -X stream -c fast -d "$from" >"$WORK/said" 2>&1 || cat "$WORK/said"
    echo "primary_conninfo = '$from'" >>"$WORK/$1/postgresql.auto.conf"
    as_server touch "$WORK/$1/standby.signal"
    start_cluster "$1"
}

is_streaming() {
    on "$(address primary)" answers "EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming'
                                               AND sync_state = 'sync')"
}

commit_waits() {
    ended $first || on "$(address primary)" answers \
        "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')"
}

# A commit that the primary has and the standby does not show: prints what is wrong.
unseen_commit() { # unseen_commit HOW STEP N
    local DATABASE_URL status

    DATABASE_URL=$(address primary)
    export DATABASE_URL
    until_true is_streaming || echo "the standby does not follow"
    on "$(address primary standby)" run_to_gate "$2" "$3" false || echo "it did not come to the statement"
    on "$(address standby)" direct "SELECT pg_wal_replay_pause()"
    open_gate
    until_true commit_waits
    ! ended $first || echo "no COMMIT waited"
    stop_cluster primary "$1"
    wait $first
    status=$?
    [ $status -eq 1 ] || echo "it ended with status $status"
    cp "$DIR/first.err" "$DIR/err"
    # The commit that waits can also be one that CREATE INDEX CONCURRENTLY makes on its way.
    grep -q -e "It is unknown whether the migration was committed" -e "The migration is not finished" "$DIR/err" ||
        { echo "it does not say that it is not known" && cat "$DIR/err"; }
    ! grep -q "According to the history" "$DIR/err" || echo "it asked the standby"
    start_cluster primary
    on "$(address standby)" direct "SELECT pg_wal_replay_resume()"
    goes_on "$DIR/first.out"
}

torture_standby() {
    local step n how=immediate

    make_cluster primary
    make_standby standby primary
    on "$(address primary)" choose_gates $((LONG_TIMES * 9 + 1))
    on "$(address primary)" direct "ALTER SYSTEM SET synchronous_standby_names = '*'"
    on "$(address primary)" direct "ALTER SYSTEM SET synchronous_commit = remote_apply"
    on "$(address primary)" direct "SELECT pg_reload_conf()" >"$WORK/said"
    if ! until_true is_streaming; then # without it every COMMIT would wait for ever
        flunk "the standby does not follow the primary"$'\n'"$(tail -n 20 "$WORK/standby/log")"
        : >"$WORK/gates"
    fi
    while read -r step n; do
        verdict "$(unseen_commit $how "$step" "$n" </dev/null)" \
            "the primary stopped ($how) with a COMMIT of $step under way, and a standby"
        remember "$step" primary-stopped
        [ $how = fast ] && how=immediate || how=fast
    done <"$WORK/gates"
    drop_cluster standby
    drop_cluster primary
}

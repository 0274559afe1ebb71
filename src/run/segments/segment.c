/*
 * segment.c -- a file that is not one transaction.
 *
 * Groups of ordinary statements run in transactions, the others outside. After each segment the
 * history has the number of completed statements, written in the segment's own transaction if it
 * has one, so that a later run can resume there.
 */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/exec.h"
#include "moonbird/run/run.h"

#include "moonbird/os/clock.h"
#include "moonbird/pg/lent_session.h"

#include <stdlib.h>
#include <string.h>

/* A file in segments while it runs. */
typedef struct segments {
    mb_run *run;
    mb_source *source;
    mb_segments *parts;
    mb_script *script;
    size_t at;        /* number of the current statement */
    size_t failed;    /* number of the statement that failed; 0: none did, or a hook failed */
    size_t again;     /* number of the statement that may have run before; 0 for none */
    unsigned own;     /* mb_tx_follow: the file's settings for its session */
    unsigned own_committed; /* the ones that a ROLLBACK does not undo */
    bool local;             /* mb_stmt_follow_local */
    bool open;        /* a transaction is open */
    bool explicitly;  /* the file's own BEGIN opened it */
    bool reads; /* that BEGIN said READ ONLY, and no SET has changed it: the history is written
                   after it */
    char before[MB_HASH_HEX]; /* the progress checksum before the current statement */
} segments;

/*
 * The history is written as our own role. DEFAULT, not NONE: ALTER ROLE ... SET role can give the
 * login itself another role. Deferred triggers run before that, as the file's role.
 */
#define AS_OURSELVES                                                                               \
    "SET CONSTRAINTS ALL IMMEDIATE; "                                                              \
    "SELECT pg_catalog.set_config('moonbird.file_user', session_user::pg_catalog.text, true),"     \
    " pg_catalog.set_config('moonbird.file_role', pg_catalog.current_setting('role'), true); "     \
    "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL role TO DEFAULT"

/* COMMIT runs the queries of cursors WITH HOLD. The role comes second: the first changes it. */
#define AS_THE_FILE                                                                                \
    "SELECT pg_catalog.set_config('session_authorization',"                                        \
    " pg_catalog.current_setting('moonbird.file_user'), true); SELECT pg_catalog.set_config("      \
    "'role', pg_catalog.current_setting('moonbird.file_role'), true)"

static bool record(segments *s, size_t done, mb_error *err)
{
    char sum[MB_HASH_HEX];

    if (!s->run->recorded)
        return true;
    if (done < s->at)
        memcpy(sum, s->before, sizeof sum);
    else
        mb_script_progress_checksum(s->script, sum);
    return mb_conn_exec(NULL, s->run->conn, AS_OURSELVES, err) &&
           mb_history_progress(&s->run->by, mb_key_of(s->source->file), done, sum, err) &&
           (s->source->keeps_session || mb_conn_exec(NULL, s->run->conn, AS_THE_FILE, err));
}

static bool begin(segments *s, const char *text, mb_error *err)
{
    bool ok;

    s->run->own_settings = s->own;
    ok = mb_run_check_window(s->run, err) &&
         mb_owner_begin(s->run, s->source, text, err) && mb_tx_limits(s->run, s->source, err);
    s->run->own_settings = 0;
    if (!ok)
        return false;
    s->open = true;
    s->explicitly = text != NULL;
    s->reads = false;
    return true;
}

static void set_done(segments *s, size_t done)
{
    s->parts->done = done;
    mb_report_segment(s->run->reporter, s->source, done);
}

/* Record the progress in a separate transaction. */
static bool commit_record(segments *s, size_t done, mb_error *err)
{
    if (s->run->recorded && (!mb_owner_begin(s->run, s->source, NULL, err) ||
                             !record(s, done, err) || !mb_tx_commit(s->run, err)))
        return false;
    set_done(s, done);
    return true;
}

/* Commit the open segment, up to and including statement `done`. */
static bool commit(segments *s, size_t done, mb_error *err)
{
    if (!s->open)
        return true;
    if ((!s->source->keeps_session && !mb_pooled_clean(s->run->conn, err)) ||
        (!s->reads && !record(s, done, err)) || !mb_tx_commit(s->run, err))
        return false;
    s->open = s->explicitly = false;
    if (s->reads)
        return commit_record(s, done, err);
    set_done(s, done);
    return true;
}

/* A SET in the transaction could let it write again. */
static bool stays_read_only(const mb_stmt *stmt)
{
    char *modes = mb_stmt_modes(stmt);
    bool stays = !modes && !strcasestr(stmt->sql, "transaction_read_only");

    free(modes);
    return stays;
}

static bool is_read_only(const mb_stmt *stmt)
{
    char *modes = mb_stmt_modes(stmt);
    bool is = modes && strstr(modes, "read only");

    free(modes);
    return is;
}

static bool hook_failed(segments *s)
{
    s->failed = 0;
    return false;
}

static bool send(segments *s, const mb_stmt *stmt, mb_error *err)
{
    return mb_hook_exec(s->run, s->source, s->script, stmt, &s->failed, err);
}

static bool send_alone(segments *s, const mb_stmt *stmt, mb_error *err)
{
    bool ok;

    s->run->own_settings = s->own;
    ok = mb_alone_run(s->run, s->source, s->script, stmt, s->again == stmt->number, err);
    s->run->own_settings = 0;
    return ok;
}

/* The statement is recorded before the hook after it, whose error cannot undo it. */
static bool run_alone(segments *s, const mb_stmt *stmt, mb_error *err)
{
    int64_t since;

    if (!mb_hook_alone(s->run, s->source, stmt, MB_UNSET, err))
        return hook_failed(s);
    since = mb_now_us();
    if (!mb_run_check_window(s->run, err) || !mb_owner_check(s->run, s->source, err) ||
        !send_alone(s, stmt, err) || !commit_record(s, stmt->number, err))
        return false;
    s->run->may_be_partial = s->run->left.more = false;
    return mb_hook_alone(s->run, s->source, stmt, mb_now_us() - since, err) || hook_failed(s);
}

static bool is_forced(const segments *s, const mb_stmt *stmt)
{
    for (size_t i = 0; i < s->parts->n_forced; i++)
        if (s->parts->forced[i] == stmt->number)
            return true;
    return false;
}

/*
 * The file's own ROLLBACK. The statements that it undoes count as completed, so that they do not
 * run again.
 */
static bool roll_back(segments *s, const mb_stmt *stmt, mb_error *err)
{
    mb_conn_rollback(s->run->conn);
    s->open = s->explicitly = false;
    return commit_record(s, stmt->number, err);
}

static bool run_in_transaction(segments *s, const mb_stmt *stmt, mb_error *err)
{
    bool each = s->source->directives->no_transaction || stmt->kind == MB_STMT_ADD_VALUE;

    if (!s->open && !begin(s, NULL, err))
        return false;
    s->reads = s->reads && stays_read_only(stmt);
    return send(s, stmt, err) && mb_tx_still_open(s->run, err) &&
           (s->explicitly || !each || commit(s, stmt->number, err));
}

static bool run_statement(segments *s, const mb_stmt *stmt, mb_error *err)
{
    bool alone = stmt->kind == MB_STMT_NO_TRANSACTION || is_forced(s, stmt);

    s->at = s->failed = stmt->number;
    switch (stmt->kind) {
    case MB_STMT_BEGIN:
        if (!commit(s, stmt->number - 1, err) || !begin(s, stmt->sql, err))
            return false;
        s->reads = is_read_only(stmt);
        return true;
    case MB_STMT_COMMIT:
        return s->open ? commit(s, stmt->number, err) : commit_record(s, stmt->number, err);
    case MB_STMT_ROLLBACK:
        return roll_back(s, stmt, err);
    default:
        if (alone && !s->explicitly)
            return commit(s, stmt->number - 1, err) && run_alone(s, stmt, err);
        return run_in_transaction(s, stmt, err);
    }
}

/* The file's settings after the statement; a ROLLBACK undoes those made since the last commit. */
static void follow(segments *s, const mb_stmt *stmt)
{
    mb_stmt_follow_local(&s->local, stmt);
    if (stmt->kind == MB_STMT_ROLLBACK)
        s->own = s->own_committed;
    else
        mb_tx_follow(&s->own, stmt);
    if (!s->open || stmt->kind == MB_STMT_BEGIN)
        s->own_committed = s->own;
}

/* ---- statements that an earlier run completed ---- */

static bool end_passed(segments *s, mb_error *err)
{
    if (!s->open)
        return true;
    s->open = false;
    return mb_tx_commit(s->run, err);
}

/* Send a setting again in a transaction, as it was, so that a later ROLLBACK undoes it again. */
static bool set_again(segments *s, const mb_stmt *stmt, mb_error *err)
{
    if (!s->open && !mb_tx_begin(s->run, NULL, err))
        return false;
    s->open = true;
    return mb_exec_statement(s->run->conn, s->script, stmt, &(mb_exec_with){0}, &(int64_t){0},
                             err) &&
           (s->explicitly || !s->source->directives->no_transaction || end_passed(s, err));
}

/* Settings of an earlier run are checked before this run begins. */
static bool is_lost(const segments *s, const mb_stmt *stmt)
{
    return stmt->number > mb_source_done(s->source) && mb_stmt_hides_setting(stmt, s->local);
}

static bool refuse_lost(const segments *s, const mb_stmt *stmt, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "the setting that this statement made is lost: an on_retry hook ran, and the session "
            "was reset after it");
    mb_fail_hint(err, "Put a SET that does the same before the remaining statements, then run the "
                      "command again.");
    return mb_stmt_fail(err, s->script, stmt);
}

static bool pass(segments *s, const mb_stmt *stmt, mb_error *err)
{
    bool sets = mb_stmt_sets_session(stmt) && !mb_stmt_hides_setting(stmt, s->local);

    if (is_lost(s, stmt))
        return refuse_lost(s, stmt, err);
    switch (stmt->kind) {
    case MB_STMT_BEGIN:
    case MB_STMT_COMMIT:
        s->explicitly = stmt->kind == MB_STMT_BEGIN;
        return end_passed(s, err);
    case MB_STMT_ROLLBACK:
        mb_conn_rollback(s->run->conn);
        s->open = s->explicitly = false;
        return true;
    case MB_STMT_NO_TRANSACTION: /* DISCARD ALL becomes a reset: it would release the run lock */
        return end_passed(s, err) && (!sets || mb_tx_reset_session(s->run, err));
    default:
        return (!sets && stmt->kind != MB_STMT_SAVEPOINT) || set_again(s, stmt, err);
    }
}

/*
 * Skip the completed statements, but make their settings again if the session has lost them: a
 * later run has a new session, and a hook between two tries resets it. Without that, the remaining
 * statements could mean other tables.
 */
static bool pass_done(segments *s, mb_error *err)
{
    bool kept = s->parts->kept, found = true;
    mb_stmt stmt;

    if (s->parts->done > 0 && !kept && !mb_tx_reset_session(s->run, err))
        return false;
    for (size_t i = 0; found && i < s->parts->done; i++) {
        if (!mb_script_next(s->script, &stmt, &found, err) ||
            (found && !kept && !pass(s, &stmt, err)))
            return false;
        if (found)
            follow(s, &stmt);
    }
    s->parts->kept = true;
    return end_passed(s, err);
}

static bool end(segments *s, mb_error *err)
{
    return mb_source_check_ran(s->source, s->script, err) &&
           commit(s, s->source->statements, err);
}

static bool run_all(segments *s, mb_error *err)
{
    mb_stmt stmt;
    bool found;

    if (!pass_done(s, err))
        return false;
    for (;;) {
        mb_script_progress_checksum(s->script, s->before);
        if (!mb_script_next(s->script, &stmt, &found, err))
            return false;
        if (!found)
            return end(s, err);
        if (!run_statement(s, &stmt, err))
            return false;
        follow(s, &stmt);
    }
}

bool mb_segments_check(const mb_source *source, const mb_conn *conn, mb_error *err)
{
    if (source->shape != MB_SHAPE_SEGMENTS || !source->sets_line || !mb_conn_pooled(conn))
        return true;
    mb_fail(err, MB_ERR_POLICY, "behind a pooler, session settings and temporary objects do not "
                                "reach the next segment of the file");
    mb_fail_at(err, source->path, source->sets_line, 0);
    mb_fail_hint(err, "Write names with their schema, use SET LOCAL between BEGIN and COMMIT, or "
                      "connect directly to the server.");
    mb_conn_name_direct(err, conn);
    return false;
}

bool mb_segments_run(mb_run *run, mb_source *source, mb_segments *parts, mb_error *err)
{
    segments s = {.run = run,
                  .source = source,
                  .parts = parts,
                  .again = parts->may_have_run ? parts->done + 1 : 0};
    bool ok = mb_source_script(&s.script, source, err) && run_all(&s, err);

    mb_script_close(s.script);
    parts->at = s.failed;
    return ok;
}

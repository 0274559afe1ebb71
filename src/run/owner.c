/*
 * owner.c -- the row of a running migration belongs to one runner.
 *
 * A row names its writer: host, pid, and when the try began. The run lock keeps other runners away,
 * but a pooler may close the session that holds it, and a file may release it. So every write
 * checks the owner (write.c); a migration of several transactions checks lock and owner before each
 * of them; and a row whose owner is alive is not taken over.
 */
#include "moonbird/project/other_runner.h"
#include "moonbird/project/source.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/run/run.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/os/process_alive.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool refuse_changed(mb_error *err, const mb_source *source)
{
    mb_fail(err, MB_ERR_FAILED, "the history row of %s/%s changed while the command was starting",
            mb_stream_name(source->file->stream), source->file->name);
    return mb_fail_hint(err, "Check moonbird status, then run the command again.");
}

bool mb_owner_claim(const mb_run *run, const mb_source *source, mb_error *err)
{
    const mb_row *row = source->step->item->row;
    mb_owner owner;

    if (row->state == MB_APPLIED)
        return true; /* no runner is working on an applied migration */
    if (!mb_history_owner(&owner, &run->by, mb_key_of(source->file), true, err)) {
        if (!mb_error_is(err, MB_SQLSTATE_LOCK_NOT_AVAILABLE))
            return false;
        /* a transaction of another runner has locked the row: do not retry */
        err->sqlstate[0] = '\0';
        return mb_fail_other_runner(err, source->file->name, "");
    }
    if (owner.state == MB_RUNNING && strcmp(owner.host, mb_this_host()) == 0 &&
        mb_process_lives(owner.pid, owner.started_us))
        return mb_fail_other_runner(err, source->file->name, owner.who);
    return (owner.state == row->state && owner.done == row->done) || refuse_changed(err, source);
}

/* ---- are lock and row still ours? ---- */

static bool refuse_lost(const mb_run *run, const mb_source *source, mb_error *err)
{
    mb_owner owner = {0};
    mb_error ignored;
    bool there = mb_history_owner(&owner, &run->by, mb_key_of(source->file), false, &ignored);

    mb_fail(err, MB_ERR_LOCKED,
            there ? "another moonbird process took over %s: %s" : "the history row of %s is gone",
            source->file->name, owner.who);
    mb_fail_detail(err, "This process lost the run lock: a pooler closed the session that held "
                        "it, or a statement released it.");
    return mb_fail_hint(err, "Everything that this process had not recorded was rolled back. "
                             "moonbird status shows how far the migration got.");
}

/*
 * Append statements that check the row and change nothing, whatever role and settings a file left
 * in the session.
 */
static void add_check(mb_buf *sql, const mb_run *run, const mb_source *source, const char *keep)
{
    mb_buf_puts(sql, "BEGIN READ ONLY; SET LOCAL SESSION AUTHORIZATION DEFAULT;"
                     " SET LOCAL role TO DEFAULT; ");
    if (keep)
        mb_buf_printf(sql, "%s; ", keep);
    mb_buf_puts(sql, "SELECT pg_catalog.count(*)" MB_EQ "1 FROM ");
    mb_quote_identifier(sql, run->by.in.schema);
    mb_buf_puts(sql, ".migrations WHERE state" MB_EQ "'running' AND stream" MB_EQ);
    mb_quote_literal(sql, mb_stream_name(source->file->stream));
    mb_buf_puts(sql, " AND name" MB_EQ);
    mb_quote_literal(sql, source->file->name);
    mb_buf_puts(sql, " AND runner_host" MB_EQ);
    mb_quote_literal(sql, mb_this_host());
    mb_buf_printf(sql, " AND runner_pid" MB_EQ "%d AND " MB_STARTED_US MB_EQ "%lld; COMMIT",
                  (int)getpid(), (long long)run->by.row_us);
}

/*
 * Check lock and row in one message, and begin. *released: the session lost the run lock, and
 * another one holds it.
 */
static bool check(const mb_run *run, const mb_source *source, const char *begin, bool *owned,
                  bool *released, mb_error *err)
{
    char *keep = mb_lock_keep_sql(run->lock);
    mb_answers answers;
    mb_buf sql = {0};
    bool ok;

    add_check(&sql, run, source, keep);
    if (begin) {
        mb_buf_puts(&sql, "; ");
        mb_tx_add_begin(&sql, run, begin);
    }
    ok = mb_conn_exec_each(&answers, run->conn, mb_buf_str(&sql), keep ? 5 : 4, err);
    *released = !ok && keep && mb_error_is_failed_check(err);
    if (ok) {
        *owned = mb_result_bool(answers.items[keep ? 4 : 3], 0, 0);
        mb_answers_free(&answers);
    }
    mb_buf_free(&sql);
    free(keep);
    return ok;
}

/*
 * Check, and take the lock again if it is lost. Then a transaction is open if `begin` is not NULL.
 */
static bool check_and_begin(const mb_run *run, const mb_source *source, const char *begin,
                            mb_error *err)
{
    bool owned = false, released = true;

    while (released) {
        if (!mb_lock_is_kept(run->lock) && !mb_lock_again(run->lock, err))
            return false;
        if (!check(run, source, begin, &owned, &released, err) && !released)
            return false;
        if (!released)
            break;
        mb_conn_rollback(run->conn);
        mb_lock_lost(run->lock);
        if (!mb_lock_again(run->lock, err))
            return false;
    }
    if (owned)
        return true;
    mb_conn_rollback(run->conn);
    return refuse_lost(run, source, err);
}

static bool is_owner(const mb_run *run)
{
    return run->lock && run->by.row_us;
}

bool mb_owner_begin(const mb_run *run, const mb_source *source, const char *begin, mb_error *err)
{
    return is_owner(run) ? check_and_begin(run, source, begin ? begin : "BEGIN", err)
                         : mb_tx_begin(run, begin, err);
}

bool mb_owner_check(const mb_run *run, const mb_source *source, mb_error *err)
{
    return !is_owner(run) || check_and_begin(run, source, NULL, err);
}

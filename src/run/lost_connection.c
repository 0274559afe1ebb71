/*
 * lost_connection.c -- after a lost connection: reconnect, and ask the history.
 *
 * A COMMIT whose answer was lost may have succeeded or not. Only the database knows, so nothing is
 * reported before it was asked. The COMMIT may also still be running. So the run lock is taken
 * first: the server releases it when the session that sent the COMMIT has ended.
 */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"
#include "moonbird/policy/policies.h"

#include "moonbird/os/process_alive.h"
#include "moonbird/base/buf.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FIRST_MS = 100,
    LAST_MS = 3000,
    GIVE_UP_MS = 30000,
};

/*
 * Reconnect, and take the run lock, which our own lost session may hold until its COMMIT has ended.
 */
static bool come_back(mb_conn *conn, mb_lock *lock, mb_policies *policies,
                      const mb_reporter *reporter, mb_error *err)
{
    int64_t until = mb_now_us() + (int64_t)GIVE_UP_MS * 1000;
    long ms = FIRST_MS;

    mb_report_disconnected(reporter, conn);
    while (!mb_conn_reconnect(conn, err)) {
        if (err->code != MB_ERR_CONNECT || mb_now_us() > until || !mb_sleep((double)ms / 1000, err))
            return false; /* an answer of another server also ends the wait */
        ms = 2 * ms < LAST_MS ? 2 * ms : LAST_MS;
    }
    mb_report_reconnected(reporter, conn);
    if (policies)
        mb_policies_forget(policies);
    if (!lock)
        return true;
    mb_lock_lost(lock);
    return mb_lock_again(lock, err);
}

/*
 * Was the row written by this try? Another runner may have written it while this process was
 * stopped, or an earlier run of this process. A batch does not know when its rows began.
 */
static bool is_ours(const mb_row *row, const mb_row *before, const mb_step_result *out)
{
    return strcmp(row->host, mb_this_host()) == 0 && row->pid == getpid() &&
           (row->started_us == out->started_us || (!before && out->started_us == 0));
}

/* Is the row applied, by us or by another runner (out->owned_by_other)? */
static bool is_applied(const mb_source *source, const mb_row *row, mb_step_result *out)
{
    const mb_row *before = source->step->item->row;
    bool ours;

    if (!row || row->state != MB_APPLIED)
        return false;
    ours = is_ours(row, before, out);
    out->owned_by_other = !ours && (!before || before->state != MB_APPLIED);
    return ours || out->owned_by_other;
}

/* Up is done if the row is applied; down, if this process removed it. */
static bool is_done(bool *done, mb_run *run, const mb_source *source, const mb_row *row,
                    mb_step_result *out, mb_error *err)
{
    *done = source->direction == MB_UP && is_applied(source, row, out);
    return source->direction == MB_UP || row ||
           mb_history_did(done, &run->by, mb_key_of(source->file), "down", err);
}

static bool ask(mb_run *run, const mb_source *source, bool *done, mb_step_result *out,
                mb_error *err)
{
    mb_history history;
    const mb_row *row;
    bool ok;

    if (!mb_history_load(&history, run->by.in, MB_DETAIL_ALL, err))
        return false;
    /* The connection may have been lost while the history was created, or the server with it. */
    run->by.history->schema = history.schema;
    run->by.history->exists = history.exists;
    run->by.history->layout = history.layout;
    row = mb_history_find(&history, mb_key_of(source->file));
    ok = is_done(done, run, source, row, out, err);
    if (ok && *done && row)
        out->duration_us = row->duration_us;
    out->statements = source->statements;
    mb_history_free(&history);
    return ok;
}

/*
 * `outcome` is the part that is known without the history. *why says why the history could not be
 * read.
 */
static bool fail_unread(mb_error *err, const char *outcome, const char *hint, const mb_error *why)
{
    bool elsewhere = why->code == MB_ERR_FAILED; /* the address now leads to another server */

    mb_format_into(err->detail, sizeof err->detail, "%s: %s%s%s", outcome, why->message,
                   elsewhere ? "\n" : "", elsewhere ? why->detail : "");
    return mb_fail_hint(err, "%s", elsewhere ? why->hint : hint);
}

static const char hint_unknown[] =
    "When the server is back, check moonbird status, then run the command again.";

/* If no COMMIT was sent, the outcome is certain. */
static bool fail_unread_migration(mb_error *err, const mb_run *run, const mb_source *source,
                                  const mb_error *why)
{
    if (run->committing)
        return fail_unread(err, "It is unknown whether the migration was committed, because the "
                                "server cannot be asked", hint_unknown, why);
    if (mb_source_is_atomic(source))
        return fail_unread(err, "The migration was not committed: the connection was lost before "
                                "COMMIT. The history cannot be read now",
                           "When the server is back, run the command again.", why);
    return fail_unread(err, "The migration is not finished. The changes that it committed "
                            "stay. The history cannot be read now",
                       "When the server is back, run the command again to continue.", why);
}

/*
 * If the server said why it ended the session, keep its hint: running the command again would end
 * in the same way.
 */
static bool fail_undone(mb_error *err, const mb_source *source)
{
    bool atomic = mb_source_is_atomic(source);
    const char *known = atomic ? "According to the history, nothing was committed."
                               : "The history records each committed change.";
    char *hint = err->sqlstate[0] && err->hint[0]
                     ? mb_format("%s %s", known, err->hint)
                     : mb_format("%s Run the command again%s", known,
                                 atomic ? "." : " to continue.");

    mb_format_into(err->hint, sizeof err->hint, "%s", hint);
    free(hint);
    return false;
}

bool mb_recover(mb_run *run, const mb_source *source, mb_step_result *out, mb_error *err)
{
    bool done;
    mb_error why;

    /*
     * The transaction state decides, not the error code: an error of another connection, of a
     * script for instance, can have the same code.
     */
    if (!run->recorded || mb_conn_tx(run->conn) != MB_TX_LOST || mb_interrupted())
        return false;
    if (!come_back(run->conn, run->lock, run->policies, run->reporter, &why) ||
        !ask(run, source, &done, out, &why))
        return fail_unread_migration(err, run, source, &why);
    run->committing = false;
    if (!done)
        return fail_undone(err, source);
    if (out->owned_by_other)
        return true;
    mb_report_note(run->reporter, "%s was committed before the connection was lost",
                   source->file->name);
    return true;
}

bool mb_recover_change(const mb_change *change, mb_key key, mb_error *err)
{
    const char *what = change->by->command;
    mb_error why;
    bool done;

    if (mb_interrupted())
        return false;
    if (!come_back(change->by->in.conn, change->lock, change->policies, change->reporter, &why) ||
        !mb_history_did(&done, change->by, key, what, &why))
        return fail_unread(err, "It is unknown whether the change was committed, because the "
                                "server cannot be asked", hint_unknown, &why);
    if (done)
        mb_report_note(change->reporter, "the change was committed before the connection was lost");
    else
        snprintf(err->hint, sizeof err->hint, "%s", "According to the history, nothing was "
                                                    "committed. Run the command again.");
    return done;
}

bool mb_recover_owned_by_other(const mb_run *run, const mb_source *source, mb_step_result *out,
                               mb_error *err)
{
    mb_owner owner;

    if (!mb_history_owner(&owner, &run->by, mb_key_of(source->file), false, err))
        return false;
    if (owner.state != MB_APPLIED) {
        mb_fail(err, MB_ERR_LOCKED, "another moonbird process has started %s: %s",
                source->file->name, owner.who);
        return mb_fail_hint(err, "Run the command again when that process has ended. moonbird "
                                 "status shows the migration.");
    }
    if (!owner.own)
        return true;
    out->owned_by_other = false;
    out->duration_us = owner.duration_us;
    out->statements = source->statements;
    return true;
}

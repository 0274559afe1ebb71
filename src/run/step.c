#include "moonbird/history/steps.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/exec.h"
#include "moonbird/run/run.h"
#include "moonbird/run/durable.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"

#include <stdlib.h>
#include <string.h>

bool mb_durable_begin_reading(mb_durable *d, mb_error *err)
{
    return mb_tx_begin(d->run, MB_BEGIN_READING, err) && mb_tx_limits(d->run, d->source, err) &&
           mb_conn_exec(NULL, d->run->conn, "SET LOCAL idle_in_transaction_session_timeout = 0",
                        err);
}

/*
 * Roll back to the state between steps, and make the name free for use. If the session is broken,
 * its next use reports that.
 */
static void fall_back(mb_durable *d)
{
    mb_error ignored;

    d->running = NULL;
    free(d->fallen);
    d->fallen = d->now.items[--d->now.n].name;
    mb_conn_rollback(d->run->conn);
    (void)!mb_durable_begin_reading(d, &ignored);
}

static mb_record *find(const mb_records *records, const char *name)
{
    for (size_t i = 0; i < records->n; i++)
        if (strcmp(records->items[i].name, name) == 0)
            return &records->items[i];
    return NULL;
}

static bool refuse_name(const mb_durable *d, const char *name, mb_error *err)
{
    if (d->running) {
        mb_fail(err, MB_ERR_USAGE, "step \"%s\" is inside step \"%s\"", name, d->running);
        return mb_fail_hint(err, "A step is one transaction. End one step before the next begins.");
    }
    mb_fail(err, MB_ERR_USAGE, "two steps have the name \"%s\"", name);
    return mb_fail_hint(err, "A later run recognizes a finished step by its name. Give each step "
                             "its own name.");
}

/*
 * Note a new step if a completed step of an earlier run has not been reached yet: it may be that
 * step, renamed.
 */
static void note_new_step(const mb_durable *d, const char *name)
{
    for (size_t i = 0; i < d->earlier.n; i++)
        if (!d->earlier.items[i].reached) {
            mb_report_note(d->run->reporter,
                           "step \"%s\" is new, and step \"%s\", which an earlier run finished, "
                           "was not called before it; if you renamed that step, it runs again",
                           name, d->earlier.items[i].name);
            return;
        }
}

static void note_missing_steps(const mb_durable *d)
{
    for (size_t i = 0; i < d->earlier.n; i++)
        if (!d->earlier.items[i].reached)
            mb_report_note(d->run->reporter, "step \"%s\", which ran before, no longer exists",
                        d->earlier.items[i].name);
}

bool mb_step_note(mb_durable *d, const char *name, bool ok, const mb_error *why)
{
    mb_record *failed = find(&d->failed, name), *earlier = find(&d->earlier, name);

    if (!ok && !failed) {
        d->failed.items = mb_grow(d->failed.items, d->failed.n, sizeof *d->failed.items);
        failed = &d->failed.items[d->failed.n++];
        *failed = (mb_record){.name = mb_strdup(name)};
    }
    if (failed)
        failed->done = ok;
    if (!ok && why) {
        free(failed->result);
        failed->result = mb_strdup(why->message);
    }
    if (ok)
        mb_report_step(d->run->reporter, d->source, name,
                       earlier && earlier->done ? "earlier" : "done", NULL);
    else if (why) /* without a reason it counts as failed until it has succeeded */
        mb_report_step(d->run->reporter, d->source, name, "failed", why);
    return ok;
}

static bool check_failed(const mb_durable *d, mb_error *err)
{
    for (size_t i = 0; i < d->failed.n; i++) {
        const mb_record *failed = &d->failed.items[i];

        if (failed->done)
            continue;
        mb_fail(err, MB_ERR_FAILED, "\"%s\" failed, but the script ignored its error",
                failed->name);
        if (failed->result)
            mb_fail_detail(err, "The error was: %s", failed->result);
        return mb_fail_hint(err, "Do not call db:step or db:backfill in pcall or db:try. Use "
                                 "db:try inside the step, for statements that may fail.");
    }
    return true;
}

/* Reserve the name. *found is its record of an earlier run, or NULL. */
static bool enter(mb_durable *d, const char *name, mb_record **found, mb_error *err)
{
    if (d->running || find(&d->now, name))
        return refuse_name(d, name, err);
    *found = find(&d->earlier, name);
    if (*found)
        (*found)->reached = true;
    else
        note_new_step(d, name);
    d->now.items = mb_grow(d->now.items, d->now.n, sizeof *d->now.items);
    d->now.items[d->now.n++] = (mb_record){.name = mb_strdup(name)};
    free(d->fallen);
    d->fallen = NULL;
    if (!*found || !(*found)->done)
        mb_report_step(d->run->reporter, d->source, name, "begun", NULL);
    return true;
}

/* Record the start of the step in the open transaction. */
static bool record_begin(const mb_durable *d, const char *name, mb_error *err)
{
    const mb_step_key key = mb_source_key(d->source);

    return mb_history_step_begin(d->run->by.in, &key, name, d->now.n, err);
}

/*
 * Record the result, and the files that the script has loaded so far: a later run skips the step
 * and so does not load them.
 */
static bool record_end(mb_durable *d, const char *name, const char *result, mb_error *err)
{
    const mb_step_key key = mb_source_key(d->source);

    return mb_run_record_loaded(d->run, d->source, &d->loaded, err) &&
           mb_history_step_done(d->run->by.in, &key, name, result, err);
}

static bool open_transaction(mb_durable *d, mb_error *err)
{
    mb_conn_rollback(d->run->conn);
    return mb_run_check_window(d->run, err) && mb_owner_begin(d->run, d->source, NULL, err);
}

/*
 * Record the step first: another runner that got past the run lock then waits here, and is refused.
 */
static bool begin(mb_durable *d, const char *name, mb_error *err)
{
    if (open_transaction(d, err) && record_begin(d, name, err) &&
        mb_tx_limits(d->run, d->source, err))
        return true;
    fall_back(d);
    return false;
}

/* Refuse secrets: every role that can read the history can read names and results. */
static bool check_secret(const char *what, const char *text, mb_error *err)
{
    if (!mb_secret_in(text, strlen(text)))
        return true;
    mb_fail(err, MB_ERR_USAGE, "the %s of a step contains a secret", what);
    return mb_fail_hint(err, "The history would record it. Read the secret from ctx.args where "
                             "it is needed.");
}

static bool begin_function(mb_durable *d, const char *name, const char **result, mb_error *err)
{
    mb_record *record = NULL;

    *result = NULL;
    if (!check_secret("name", name, err) || !enter(d, name, &record, err))
        return false;
    if (record && !record->done) {
        mb_fail(err, MB_ERR_POLICY, "step \"%s\" was a statement when it ran before", name);
        return mb_fail_hint(err, "Restore the statement, or give this step another name.");
    }
    if (record) {
        *result = record->result;
        return true;
    }
    if (!begin(d, name, err))
        return false;
    d->running = d->now.items[d->now.n - 1].name;
    return true;
}

bool mb_step_begin(mb_durable *d, const char *name, const char **result, mb_error *err)
{
    if (!begin_function(d, name, result, err))
        return mb_step_note(d, name, false, err);
    return !*result || mb_step_note(d, name, true, NULL);
}

bool mb_step_end(mb_durable *d, const char *result, mb_error *err)
{
    const char *name = d->running;

    if (check_secret("result", result, err) && mb_tx_reset_step(d->run, d->source, err) &&
        record_end(d, name, result, err) && mb_tx_commit(d->run, err)) {
        d->running = NULL;
        return mb_step_note(d, name, true, NULL) && mb_durable_begin_reading(d, err);
    }
    mb_step_abandon(d, err);
    return false;
}

void mb_step_abandon(mb_durable *d, const mb_error *why)
{
    (void)mb_step_note(d, d->running, false, why);
    fall_back(d);
}

/* ---- a step that is one statement ---- */

static bool run_in_transaction(mb_durable *d, const char *name, mb_script *script,
                               const mb_stmt *stmt, size_t *at, mb_error *err)
{
    return begin(d, name, err) && mb_hook_exec(d->run, d->source, script, stmt, at, err) &&
           mb_tx_reset_step(d->run, d->source, err) && record_end(d, name, "null", err) &&
           mb_tx_commit(d->run, err);
}

/* Commit the intent first: a later run that finds it checks whether the effect exists. */
static bool commit_intent(mb_durable *d, const char *name, mb_error *err)
{
    return mb_owner_begin(d->run, d->source, NULL, err) && record_begin(d, name, err) &&
           mb_tx_commit(d->run, err);
}

static bool run_alone(mb_durable *d, const char *name, mb_script *script, const mb_stmt *stmt,
                      bool again, mb_error *err)
{
    int64_t since;

    mb_conn_rollback(d->run->conn);
    if (!mb_hook_alone(d->run, d->source, stmt, MB_UNSET, err))
        return false;
    since = mb_now_us();
    if (!mb_run_check_window(d->run, err) ||
        !(again ? mb_owner_check(d->run, d->source, err) : commit_intent(d, name, err)) ||
        !mb_alone_run(d->run, d->source, script, stmt, again, err) ||
        !mb_owner_begin(d->run, d->source, NULL, err) || !record_end(d, name, "null", err) ||
        !mb_tx_commit(d->run, err))
        return false;
    d->run->may_be_partial = d->run->left.more = false;
    return mb_hook_alone(d->run, d->source, stmt, mb_now_us() - since, err);
}

static bool run_statement(mb_durable *d, const char *name, mb_script *script, const mb_stmt *stmt,
                          bool again, mb_error *err)
{
    size_t at = stmt->number; /* 0: one of its hooks failed */

    if (again || stmt->kind == MB_STMT_NO_TRANSACTION)
        return run_alone(d, name, script, stmt, again, err);
    if (run_in_transaction(d, name, script, stmt, &at, err))
        return true;
    mb_conn_rollback(d->run->conn);
    return at && mb_stmt_may_run_outside(stmt, err) && run_alone(d, name, script, stmt, false, err);
}

static bool refuse_text(const char *name, const char *what, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "step \"%s\" %s", name, what);
    return mb_fail_hint(err, "A step is one statement or one function.");
}

static bool read_one(mb_script *script, const char *name, mb_stmt *stmt, mb_error *err)
{
    bool found;

    if (!mb_script_next(script, stmt, &found, err))
        return false;
    if (!found)
        return refuse_text(name, "has no statement", err);
    if (stmt->kind == MB_STMT_OTHER || stmt->kind == MB_STMT_NO_TRANSACTION ||
        stmt->kind == MB_STMT_ADD_VALUE)
        return true;
    return refuse_text(name, "controls transactions, or needs COPY data", err);
}

static bool is_one(const mb_durable *d, const char *sql, size_t len, const char *name,
                   mb_error *err)
{
    mb_script *script = mb_exec_script(d->run->conn, sql, len);
    mb_stmt stmt;
    bool more = false;
    bool ok = read_one(script, name, &stmt, err) && mb_script_next(script, &stmt, &more, err);

    mb_script_close(script);
    return ok && (!more || refuse_text(name, "has more than one statement", err));
}

static bool run_text(mb_durable *d, const char *name, const mb_step_text *text, mb_error *err)
{
    mb_script *script;
    mb_record *record;
    mb_stmt stmt;
    bool ok;

    if (!check_secret("name", name, err) || !is_one(d, text->sql, text->len, name, err) ||
        !enter(d, name, &record, err))
        return false;
    if (record && record->done)
        return true;
    script = mb_exec_script(d->run->conn, text->sql, text->len);
    d->run->step = text;
    ok = read_one(script, name, &stmt, err) &&
         run_statement(d, name, script, &stmt, record != NULL, err);
    d->run->step = NULL;
    mb_script_close(script);
    if (ok)
        return mb_durable_begin_reading(d, err);
    fall_back(d);
    return false;
}

bool mb_step_statement(mb_durable *d, const char *name, const mb_step_text *text, mb_error *err)
{
    return mb_step_note(d, name, run_text(d, name, text, err), err);
}

/* ---- the migration ---- */

static bool verify(mb_run *run, const mb_source *source, mb_error *err)
{
    return mb_tx_begin(run, NULL, err) && mb_tx_limits(run, source, err) &&
           mb_run_verify(run, source, err) && mb_tx_commit(run, err);
}

static size_t count_done(const mb_records *records)
{
    size_t n = 0;

    for (size_t i = 0; i < records->n; i++)
        n += records->items[i].done;
    return n;
}

/* Was the file changed after the try that ran the steps? The history has the checksum of that try. */
static bool was_edited(const mb_source *source)
{
    return source->direction == MB_UP &&
           strcmp(source->step->item->row->file_sum, source->sums.file) != 0;
}

/*
 * A later try of the same run goes on, too, but the user does not have to know that. An edited file
 * is not refused: the user may have corrected the step that failed.
 */
static void note_resumed(const mb_durable *d)
{
    size_t done = count_done(&d->earlier);

    if (done && d->source->step && d->source->step->resume && d->run->attempt == 1)
        mb_report_note(d->run->reporter, "resuming %s: %zu step%s done%s", d->source->file->name,
                       done, done == 1 ? " is" : "s are",
                       was_edited(d->source)
                           ? "; the file was edited since, and what was edited in a finished step "
                             "does not run"
                           : "");
}

/* The steps of this run, all of which are done, and those of earlier runs that it did not reach. */
static size_t count_kept(const mb_durable *d)
{
    size_t n = d->now.n;

    for (size_t i = 0; i < d->earlier.n; i++)
        n += d->earlier.items[i].done && !find(&d->now, d->earlier.items[i].name);
    return n;
}

/* Say which step failed, and what stays. */
static void explain(const mb_durable *d, bool called, mb_error *err)
{
    size_t kept = d->run->left.done;

    if (err->code == MB_ERR_LOCKED || err->code == MB_ERR_SKIPPED)
        return;
    if (!called && d->fallen && err->code != MB_ERR_POLICY)
        mb_fail_more(err, err->code == MB_ERR_INTERRUPTED ? "Step \"%s\" was interrupted."
                                                          : "The error is in step \"%s\".",
                     d->fallen);
    if (kept)
        mb_fail_more(err, "%zu step%s done, and will not run again.", kept,
                     kept == 1 ? " is" : "s are");
}

/* Run the script's function; its steps record themselves. */
static bool run_steps(mb_durable *d, mb_error *err)
{
    bool called = false, ok;

    d->run->durable = d;
    ok = mb_durable_begin_reading(d, err) && mb_run_lua(d->run, d->source, err);
    called = ok;
    ok = ok && check_failed(d, err);
    d->run->durable = NULL;
    mb_conn_rollback(d->run->conn);
    d->run->left.done = count_kept(d);
    if (ok)
        note_missing_steps(d);
    else
        explain(d, called, err);
    return ok;
}

bool mb_durable_run(mb_run *run, mb_source *source, mb_error *err)
{
    mb_durable d = {.run = run, .source = source};
    const mb_step_key key = mb_source_key(source);
    bool ok = mb_history_steps(&d.earlier, run->by.in, &key, err);

    if (ok)
        note_resumed(&d);
    ok = ok && run_steps(&d, err);
    mb_records_free(&d.earlier);
    mb_records_free(&d.now);
    mb_records_free(&d.failed);
    mb_names_free(&d.finished);
    free(d.fallen);
    return ok && verify(run, source, err);
}

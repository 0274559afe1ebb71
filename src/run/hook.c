/* hook.c -- run the team's own scripts at the events of a run. */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/run/step.h"
#include "moonbird/run/exec.h"
#include "moonbird/run/run.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/pg/lent_session.h"

#include <stdlib.h>
#include <string.h>

bool mb_hook_load(const mb_hooks *hooks, mb_error *err)
{
    return !hooks || hooks->load(hooks->self, err);
}

static bool is_before(mb_hook_event event)
{
    return event == MB_BEFORE_ALL || event == MB_BEFORE_EACH || event == MB_BEFORE_BATCH ||
           event == MB_BEFORE_STATEMENT;
}

/* A hook that runs between the steps of a migration cannot add steps to it. */
static bool call_hooks(const mb_run *run, mb_hook_event event, mb_call call, int64_t since,
                       mb_error *err)
{
    int64_t begun = mb_now_us();
    bool ok;

    call.durable = NULL;
    call.may_skip = event == MB_BEFORE_EACH;
    if (!is_before(event))
        call.duration_us = begun - since;
    ok = run->hooks->run(run->hooks->self, event, event == MB_ON_LOCK_WAIT ? NULL : run->conn,
                         &call, err);
    mb_report_hook(run->reporter, mb_hook_event_name(event), &call, mb_now_us() - begun,
                   ok ? NULL : err);
    return ok;
}

/*
 * Set our session settings for the hook; not behind a pooler, where they would reach another
 * client.
 */
static bool set_pins(const mb_run *run, mb_error *err)
{
    char *pins;
    bool ok;

    if (mb_conn_pooled(run->conn) || mb_conn_tx(run->conn) != MB_TX_IDLE)
        return true;
    pins = mb_conn_pins(run->conn, "SESSION");
    ok = mb_conn_exec(NULL, run->conn, pins, err);
    free(pins);
    return ok;
}

/*
 * Call hooks outside a transaction, and undo their settings for the session, which must not reach
 * the migrations and the history.
 */
static bool call_outside(const mb_run *run, mb_hook_event event, const mb_source *source,
                         const mb_error *why, mb_error *err)
{
    mb_call call = mb_run_call(run, source);
    mb_error ignored;
    bool ok;

    call.error = why;
    ok = (event == MB_ON_LOCK_WAIT || set_pins(run, err)) &&
         call_hooks(run, event, call, run->since, err);
    if (event == MB_ON_LOCK_WAIT || mb_conn_tx(run->conn) != MB_TX_IDLE)
        return ok;
    /* The retry of a file in segments needs the session as its earlier segments left it. */
    if (event == MB_ON_RETRY)
        return mb_tx_reset_session(run, ok ? err : &ignored) && ok;
    return mb_tx_clean_session(run, ok ? err : &ignored) && ok;
}

bool mb_hook_all(const mb_run *run, mb_hook_event event, mb_error *err)
{
    return !mb_hook_is_there(run, event) || call_outside(run, event, NULL, NULL, err);
}

bool mb_hook_each(const mb_run *run, mb_hook_event event, const mb_source *source, mb_error *err)
{
    return !mb_hook_is_there(run, event) ||
           call_hooks(run, event, mb_run_call(run, source), run->since, err);
}

bool mb_hook_batch(const mb_run *run, mb_hook_event event, const mb_source *source,
                   const mb_call_batch *batch, int64_t since, mb_error *err)
{
    mb_call call = mb_run_call(run, source);

    call.batch = batch;
    return !mb_hook_is_there(run, event) || call_hooks(run, event, call, since, err);
}

/* ---- a migration's statements ---- */

/* Add to a hook's error the statement that it is about. A script's statement is in its traceback. */
static bool add_place(const mb_source *source, const char *when, const mb_stmt *stmt,
                      mb_error *err)
{
    size_t used = strlen(err->context);

    if (!source->lua)
        mb_format_into(err->context + used, sizeof err->context - used, "%s%s %s:%d",
                       used ? "\n" : "", when, source->path, stmt->line);
    return false;
}

/* The place of a statement that is a step is that of db:step in the script. */
static mb_call_statement place(const mb_run *run, const mb_call_statement *statement)
{
    mb_call_statement placed = *statement;

    if (!placed.path && run->step) {
        placed.path = run->step->path;
        placed.line = run->step->line;
    }
    return placed;
}

static void report(const mb_run *run, const mb_source *source, const mb_call_statement *done)
{
    mb_call_statement placed = place(run, done);

    mb_report_statement(run->reporter, source, &placed);
}

static bool run_hooks(const mb_run *run, mb_hook_event event, const mb_source *source,
                      const mb_call_statement *statement, mb_error *err)
{
    const char *when = event == MB_BEFORE_STATEMENT ? "before the statement at"
                                                    : "after the statement at";
    mb_call call;
    mb_call_statement placed = place(run, statement);

    if (!mb_hook_is_there(run, event))
        return true;
    if (!placed.path)
        placed.path = source->path;
    call = mb_run_call(run, source);
    call.statement = &placed;
    return call_hooks(run, event, call, run->since, err) ||
           add_place(source, when, statement->stmt, err);
}

/* Keep the first error: a script may catch it, but not go on with its migration. */
static bool keep(mb_hook_watch *w, const mb_error *err)
{
    if (!w->failed)
        w->why = *err;
    w->failed = true;
    return false;
}

static bool before(void *self, const mb_call_statement *next, mb_error *err)
{
    mb_hook_watch *w = self;

    return run_hooks(w->run, MB_BEFORE_STATEMENT, w->source, next, err) || keep(w, err);
}

static bool after(void *self, const mb_call_statement *done, mb_error *err)
{
    mb_hook_watch *w = self;

    report(w->run, w->source, done);
    return run_hooks(w->run, MB_AFTER_STATEMENT, w->source, done, err) || keep(w, err);
}

const mb_watch *mb_hook_watch_of(mb_hook_watch *out, const mb_run *run, const mb_source *source)
{
    out->watch = (mb_watch){out, before, after};
    out->run = run;
    out->source = source;
    out->failed = false;
    return mb_hook_is_there(run, MB_BEFORE_STATEMENT) ||
                   mb_hook_is_there(run, MB_AFTER_STATEMENT) ||
                   mb_report_wants_statements(run->reporter)
               ? &out->watch
               : NULL;
}

bool mb_hook_exec(const mb_run *run, const mb_source *source, mb_script *script,
                  const mb_stmt *stmt, size_t *at, mb_error *err)
{
    mb_hook_watch hooks;
    const mb_exec_with with = {
        .rows = run->reporter->rows,
        .watch = mb_hook_watch_of(&hooks, run, source),
        .expected = mb_expectation_of(&source->expectations, stmt->number),
    };
    bool ok = mb_exec_statement(run->conn, script, stmt, &with, &(int64_t){0}, err);

    if (hooks.failed)
        *at = 0;
    return ok;
}

bool mb_hook_alone(mb_run *run, const mb_source *source, const mb_stmt *stmt,
                   int64_t duration_us, mb_error *err)
{
    const mb_call_statement statement = {stmt, NULL, stmt->line, duration_us, MB_UNSET};
    mb_hook_event event = duration_us == MB_UNSET ? MB_BEFORE_STATEMENT : MB_AFTER_STATEMENT;

    if (duration_us != MB_UNSET)
        report(run, source, &statement);
    if (!mb_hook_is_there(run, event))
        return true;
    return mb_owner_begin(run, source, NULL, err) && mb_tx_limits(run, source, err) &&
           run_hooks(run, event, source, &statement, err) && mb_pooled_clean(run->conn, err) &&
           mb_tx_commit(run, err);
}

/* ---- after the event ---- */

/* Keep a hook's error, with which the run ends; an earlier one can only be logged. */
static void complain(mb_run *run, const mb_error *err)
{
    if (run->complained)
        mb_log_error(MB_LOG_ERROR, &run->complaint);
    run->complaint = *err;
    run->complained = true;
}

void mb_hook_notify(mb_run *run, mb_hook_event event, const mb_source *source, const mb_error *why)
{
    mb_error err;

    if (!mb_hook_is_there(run, event) || mb_interrupted() ||
        call_outside(run, event, source, why, &err))
        return;
    if (event == MB_AFTER_COMMIT)
        complain(run, &err);
    else
        mb_log_error(MB_LOG_WARN, &err);
}

void mb_hook_notify_waited(mb_run *run, const mb_source *source, const mb_error *end)
{
    bool timed_out = end && mb_error_is(end, MB_SQLSTATE_LOCK_NOT_AVAILABLE);
    mb_error why;

    if (!run->waited[0] && !timed_out)
        return;
    mb_fail(&why, MB_ERR_LOCKED, "%s", run->waited[0] ? run->waited : "waiting for a lock");
    run->waited[0] = '\0';
    mb_hook_notify(run, MB_ON_LOCK_WAIT, source, &why);
}

/* hook.c -- run the team's own scripts at the events of a run. */
#include "moonbird/project/source.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/run/run.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"

#include <stdlib.h>

const char *mb_hook_event_name(mb_hook_event event)
{
    static const char *const names[MB_HOOK_EVENTS] = {
        [MB_BEFORE_CONNECT] = "before_connect",
        [MB_BEFORE_ALL] = "before_all",
        [MB_AFTER_ALL] = "after_all",
        [MB_BEFORE_EACH] = "before_each",
        [MB_AFTER_EACH] = "after_each",
        [MB_AFTER_COMMIT] = "after_commit",
        [MB_AFTER_ROLLBACK] = "after_rollback",
        [MB_ON_ERROR] = "on_error",
        [MB_ON_RETRY] = "on_retry",
        [MB_ON_LOCK_WAIT] = "on_lock_wait",
        [MB_BEFORE_BATCH] = "before_batch",
        [MB_AFTER_BATCH] = "after_batch",
        [MB_BEFORE_STATEMENT] = "before_statement",
        [MB_AFTER_STATEMENT] = "after_statement",
    };

    return names[event];
}

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
    call.durable = NULL;
    call.may_skip = event == MB_BEFORE_EACH;
    if (!is_before(event))
        call.duration_us = mb_now_us() - since;
    return run->hooks->run(run->hooks->self, event, event == MB_ON_LOCK_WAIT ? NULL : run->conn,
                           &call, err);
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
 * Call hooks outside a transaction, and undo what they set for the session, which must not reach
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
    /* The retry of a file in segments needs what its earlier segments left in the session. */
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

bool mb_hook_statement(const mb_run *run, mb_hook_event event, const mb_source *source,
                       const mb_call_statement *statement, mb_error *err)
{
    mb_call call = mb_run_call(run, source);

    call.statement = statement;
    return !mb_hook_is_there(run, event) || call_hooks(run, event, call, run->since, err);
}

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

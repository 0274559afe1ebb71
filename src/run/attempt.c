/* attempt.c -- one step, tried again where that helps: other shape, later, after a lost connection. */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct attempt {
    mb_run *run;
    mb_unit *unit;
    mb_result_of_step *out;
    mb_segments parts; /* parts.at is set for every shape */
    bool intended;  /* SEGMENTS: the intent stands in the ledger */
} attempt;

static bool run_parts(attempt *a, mb_error *err)
{
    if (a->unit->shape == MB_SHAPE_STEPS)
        return mb_durable_run(a->run, a->unit, err);
    return mb_segments_run(a->run, a->unit, &a->parts, err);
}

static bool try_once(attempt *a, mb_error *err)
{
    if (mb_unit_is_atomic(a->unit))
        return mb_run_atomic(a->run, a->unit, a->out, &a->parts.at, err);
    if (!a->intended) {
        if (!mb_segments_check(a->unit, a->run->conn, err))
            return false;
        if (!mb_run_intent(a->run, a->unit, a->out, err))
            return a->out->taken;
        a->intended = true;
    }
    if (run_parts(a, err) && mb_run_finish(a->run, a->unit, a->out, &a->parts.at, err))
        return true;
    mb_conn_rollback(a->run->conn);
    return false;
}

static bool state_is(const mb_error *err, const char *sqlstate)
{
    return strcmp(err->sqlstate, sqlstate) == 0;
}

static bool was_forced(const attempt *a)
{
    for (size_t i = 0; i < a->parts.n_forced; i++)
        if (a->parts.forced[i] == a->parts.at)
            return true;
    return false;
}

/* Can the statement that failed run outside of a transaction? */
static bool may_be_alone(const mb_unit *unit, size_t at, const mb_error *why)
{
    mb_script *script = NULL;
    mb_stmt stmt = {0};
    mb_error ignored;
    bool found = true, ok = mb_unit_script(&script, unit, &ignored);

    while (ok && found && stmt.number < at)
        ok = mb_script_next(script, &stmt, &found, &ignored);
    ok = ok && found && mb_stmt_may_run_outside(&stmt, why->sqlstate);
    mb_script_close(script);
    return ok;
}

/*
 * What the splitter cannot know, the server says: 25001 for a command that runs in no
 * transaction, 2D000 for a CALL or DO that commits, 55P04 for a new enum value used in the
 * transaction that adds it.
 */
bool mb_run_wants_segments(const mb_unit *unit, size_t at, const mb_error *err)
{
    if (unit->lua || at == 0)
        return false;
    if (state_is(err, "25001") || state_is(err, "2D000"))
        return may_be_alone(unit, at, err);
    return state_is(err, "55P04") && unit->adds_enum_value && unit->shape != MB_SHAPE_SEGMENTS;
}

/* All of it was rolled back, so that it can be run as segments instead. */
static bool change_shape(attempt *a, const mb_error *err)
{
    mb_unit *unit = a->unit;

    if (was_forced(a) || !mb_run_wants_segments(unit, a->parts.at, err))
        return false;
    if (state_is(err, "55P04")) {
        mb_report_note(a->run->reporter, "%s: a new enum value is used in the transaction that "
                                         "adds it; running the file in segments, with a commit "
                                         "after ADD VALUE", unit->path);
    } else {
        a->parts.forced = mb_grow(a->parts.forced, a->parts.n_forced, sizeof *a->parts.forced);
        a->parts.forced[a->parts.n_forced++] = a->parts.at;
        mb_report_note(a->run->reporter, "%s: statement %zu cannot run in a transaction; running "
                                         "the file in segments", unit->path, a->parts.at);
    }
    unit->shape = MB_SHAPE_SEGMENTS;
    return true;
}

/* Exponential, with jitter, so that several runners do not meet again. */
static long back_off(int attempt_number)
{
    long ms = 100L << (attempt_number < 6 ? attempt_number - 1 : 5);

    return ms / 2 + (long)(mb_now_us() % (ms + 1));
}

/* Who stood in the way, as the observer saw it while the statement waited. */
static void add_blockers(const mb_run *run, mb_error *err)
{
    const char *blockers = mb_observer_blockers(run->observer);
    size_t used = strlen(err->detail);

    if (*blockers && (state_is(err, "55P03") || state_is(err, "40P01")))
        mb_fill(err->detail + used, sizeof err->detail - used, "%sBlocked by %s",
                used ? "\n" : "", blockers);
}

static void tell_of_retry(mb_run *run, const mb_unit *unit, const mb_error *err)
{
    mb_error why = *err;

    add_blockers(run, &why);
    mb_hook_tell_waited(run, unit, err);
    mb_hook_tell(run, MB_ON_RETRY, unit, &why);
}

static int retries_of(const mb_run *run, const mb_unit *unit)
{
    return unit->directives.retries == MB_UNSET ? run->settings->retries
                                                : unit->directives.retries;
}

bool mb_run_may_retry(mb_run *run, const mb_unit *unit, mb_error *err)
{
    const char *blockers = mb_observer_blockers(run->observer);
    int retries = retries_of(run, unit);
    long ms = back_off(run->attempt);

    if (!mb_error_is_conflict(err) || run->attempt > retries || run->halfway ||
        mb_conn_tx(run->conn) == MB_TX_LOST)
        return false;
    mb_report_note(run->reporter, "%s: %s; retry %d of %d in %.1f s%s%s", unit->path, err->message,
                run->attempt, retries, (double)ms / 1000, *blockers ? "; blocked by " : "",
                blockers);
    tell_of_retry(run, unit, err);
    run->attempt++;
    return mb_sleep((double)ms / 1000, err);
}

/* Errors name the file as the project shows it. */
static void show_path(const mb_unit *unit, mb_error *err)
{
    char *full = mb_unit_full(unit);

    if (!err->file[0] || strcmp(err->file, full) == 0)
        mb_fill(err->file, sizeof err->file, "%s", unit->path);
    free(full);
}

static void record_failure(const mb_run *run, const mb_unit *unit, const mb_error *why)
{
    mb_error ignored;

    if (!run->recorded || mb_conn_tx(run->conn) != MB_TX_IDLE)
        return;
    mb_conn_shield(run->conn, true);
    if (!mb_tx_clean_session(run, &ignored) ||
        !mb_ledger_failed(&run->by, mb_key_of(unit->file),
                          unit->direction, why, &ignored))
        mb_log(MB_LOG_DEBUG, "could not record the failure: %s", ignored.message);
    mb_conn_shield(run->conn, false);
}

void mb_run_look_early(const mb_run *run, const mb_unit *unit)
{
    int half = mb_lock_timeout(run, unit) / 2;

    mb_observer_after(run->observer, half > 0 && half < 1000 ? half : 1000);
}

bool mb_run_failed(mb_run *run, const mb_unit *unit, mb_error *err)
{
    add_blockers(run, err);
    record_failure(run, unit, err);
    return mb_run_refused(run, unit, err);
}

bool mb_run_refused(mb_run *run, const mb_unit *unit, mb_error *err)
{
    show_path(unit, err);
    mb_hook_tell(run, MB_AFTER_ROLLBACK, unit, err);
    mb_hook_tell(run, MB_ON_ERROR, unit, err);
    return false;
}

static bool end_unit(attempt *a, bool ok, mb_error *err)
{
    if (ok && !a->out->taken)
        mb_hook_tell(a->run, MB_AFTER_COMMIT, a->unit, NULL);
    if (ok)
        return true;
    if (a->out->taken || err->code == MB_ERR_LOCKED) /* the row is another runner's */
        return mb_run_refused(a->run, a->unit, err);
    return err->code == MB_ERR_SKIPPED ? mb_skip_record(a->run, a->unit, err->message, a->out, err)
                                       : mb_run_failed(a->run, a->unit, err);
}

/* Is there another try?  What a rollback leaves in the session must not be in its way. */
static bool try_again(attempt *a, mb_error *err)
{
    mb_run *run = a->run;
    bool atomic = mb_unit_is_atomic(a->unit);

    return (change_shape(a, err) || (mb_run_may_retry(run, a->unit, err) &&
                                     mb_unit_reload(a->unit, run->settings, run->host, err))) &&
           (!atomic || mb_tx_clean_session(run, err));
}

/* *err is the last failure, also of a try that another one has made good. */
static bool run_tries(mb_run *run, mb_unit *unit, mb_result_of_step *out, mb_error *err)
{
    attempt a = {
        .run = run,
        .unit = unit,
        .out = out,
        .parts = {.may_have_run = unit->step && unit->step->resume, .done = mb_unit_done(unit)},
    };
    bool ok;

    *out = (mb_result_of_step){0};
    run->attempt = 1;
    run->halfway = false;
    run->by.row_us = 0;
    run->since = mb_now_us();
    mb_run_look_early(run, unit);
    while (!(ok = try_once(&a, err)) && try_again(&a, err))
        ;
    ok = ok ? !out->taken || mb_recover_taken(run, unit, out, err)
            : mb_recover(run, unit, out, err);
    mb_hook_tell_waited(run, unit, ok ? NULL : err);
    ok = end_unit(&a, ok, err);
    if (!run->recorded)
        out->duration_us = mb_now_us() - run->since;
    free(a.parts.forced);
    return ok;
}

bool mb_run_unit(mb_run *run, mb_unit *unit, mb_result_of_step *out, mb_error *err)
{
    mb_error why;
    bool ok = run_tries(run, unit, out, &why);

    if (!ok)
        *err = why;
    return ok;
}

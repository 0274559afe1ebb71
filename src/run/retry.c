/*
 * retry.c -- one step, retried if that helps: in another shape, later, or after a lost
 * connection.
 */
#include "moonbird/project/half_done_hint.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/sqlstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A step, and the findings of its tries. */
typedef struct attempt {
    mb_run *run;
    mb_source *source;
    mb_step_result *out;
    mb_segments parts; /* parts.at is set for every shape */
    bool intended;     /* not atomic: the running row is committed */
} attempt;

static bool run_parts(attempt *a, mb_error *err)
{
    if (a->source->shape == MB_SHAPE_STEPS)
        return mb_durable_run(a->run, a->source, err);
    return mb_segments_run(a->run, a->source, &a->parts, err);
}

static bool try_once(attempt *a, mb_error *err)
{
    if (mb_source_is_atomic(a->source))
        return mb_run_atomic(a->run, a->source, a->out, &a->parts.at, err);
    if (!a->intended) {
        if (!mb_segments_check(a->source, a->run->conn, err))
            return false;
        if (!mb_run_start_row(a->run, a->source, a->out, err))
            return a->out->owned_by_other;
        a->intended = true;
    }
    if (run_parts(a, err) && mb_run_finish_row(a->run, a->source, a->out, &a->parts.at, err))
        return true;
    mb_conn_rollback(a->run->conn);
    return false;
}

static bool was_forced(const attempt *a)
{
    for (size_t i = 0; i < a->parts.n_forced; i++)
        if (a->parts.forced[i] == a->parts.at)
            return true;
    return false;
}

/* Can the failed statement run outside a transaction? */
static bool may_be_alone(const mb_source *source, size_t at, const mb_error *why)
{
    mb_script *script = NULL;
    mb_stmt stmt = {0};
    mb_error ignored;
    bool found = true, ok = mb_source_script(&script, source, &ignored);

    while (ok && found && stmt.number < at)
        ok = mb_script_next(script, &stmt, &found, &ignored);
    ok = ok && found && mb_stmt_may_run_outside(&stmt, why);
    mb_script_close(script);
    return ok;
}

/*
 * The server knows what the splitter cannot: 25001 is a command that cannot run in a transaction,
 * 2D000 a CALL or DO that commits, 55P04 a new enum value used in the transaction that adds it.
 */
bool mb_run_wants_segments(const mb_source *source, size_t at, const mb_error *err)
{
    if (source->lua || at == 0)
        return false;
    if (mb_error_needs_no_transaction(err))
        return may_be_alone(source, at, err);
    return mb_error_is(err, MB_SQLSTATE_UNSAFE_NEW_ENUM_VALUE_USAGE) && source->adds_enum_value &&
           source->shape != MB_SHAPE_SEGMENTS;
}

/* After a complete rollback: change the source to segments, if that helps. */
static bool change_shape(attempt *a, const mb_error *err)
{
    mb_source *source = a->source;

    if (was_forced(a) || !mb_run_wants_segments(source, a->parts.at, err))
        return false;
    if (mb_error_is(err, MB_SQLSTATE_UNSAFE_NEW_ENUM_VALUE_USAGE)) {
        mb_report_note(a->run->reporter,
                       "%s: a new enum value is used in the transaction that "
                       "adds it; running the file in segments, with a commit "
                       "after ADD VALUE",
                       source->path);
    } else {
        a->parts.forced = mb_grow(a->parts.forced, a->parts.n_forced, sizeof *a->parts.forced);
        a->parts.forced[a->parts.n_forced++] = a->parts.at;
        mb_report_note(a->run->reporter,
                       "%s: statement %zu cannot run in a transaction; running "
                       "the file in segments",
                       source->path, a->parts.at);
    }
    source->shape = MB_SHAPE_SEGMENTS;
    return true;
}

/* Exponential, in milliseconds, with jitter, so that several runners do not meet again. */
static long back_off(int attempt_number)
{
    long ms = 100L << (attempt_number < 6 ? attempt_number - 1 : 5);

    return ms / 2 + (long)(mb_now_us() % (ms + 1));
}

/* Add the sessions that the observer saw blocking the statement. */
static void add_blockers(const mb_run *run, mb_error *err)
{
    const char *blockers = mb_observer_blockers(run->observer);

    if (*blockers && mb_error_is_lock_wait(err))
        mb_fail_more(err, "Blocked by %s", blockers);
}

static void note_retry(mb_run *run, const mb_source *source, const mb_error *err)
{
    mb_error why = *err;

    add_blockers(run, &why);
    mb_hook_notify_waited(run, source, err);
    mb_hook_notify(run, MB_ON_RETRY, source, &why);
}

static int retries_of(const mb_run *run, const mb_source *source)
{
    return source->directives->retries == MB_UNSET ? run->settings->retries
                                                  : source->directives->retries;
}

bool mb_run_may_retry(mb_run *run, const mb_source *source, mb_error *err)
{
    const char *blockers = mb_observer_blockers(run->observer);
    int retries = retries_of(run, source);
    long ms = back_off(run->attempt);

    if (!mb_error_is_retryable(err) || run->attempt > retries || run->may_be_partial ||
        mb_conn_tx(run->conn) == MB_TX_LOST)
        return false;
    mb_report_retry(run->reporter, &(mb_retry){source, err, blockers, run->attempt, retries, ms});
    note_retry(run, source, err);
    run->attempt++;
    return mb_sleep((double)ms / 1000, err) && mb_run_check_window(run, err);
}

/* Name the file in *err by its path in the project. */
static void show_path(const mb_source *source, mb_error *err)
{
    char *full = mb_source_full(source);

    if (!err->file[0] || strcmp(err->file, full) == 0)
        mb_format_into(err->file, sizeof err->file, "%s", source->path);
    free(full);
}

/* A step that did nothing leaves the state that its migration had. */
static bool put_row_back(mb_run *run, const mb_source *source, mb_error *err)
{
    const mb_step_key key = mb_source_key(source);

    return !run->row_before || run->left_traces ||
           mb_history_put_back(&run->put_back, &run->by, &key, run->row_before, err);
}

static void record_failure(mb_run *run, const mb_source *source, const mb_error *why)
{
    mb_error ignored;

    if (!run->recorded || mb_conn_tx(run->conn) != MB_TX_IDLE)
        return;
    mb_conn_shield(run->conn, true);
    if (!mb_tx_clean_session(run, &ignored) ||
        !mb_history_begin_change(run->by.in, &ignored) ||
        !put_row_back(run, source, &ignored) ||
        !mb_history_failed(&run->by, mb_key_of(source->file), source->direction, why, &ignored) ||
        !mb_conn_exec(NULL, run->conn, "COMMIT", &ignored)) {
        mb_log(MB_LOG_DEBUG, "could not record the failure: %s", ignored.message);
        mb_conn_rollback(run->conn);
        run->put_back = false;
    }
    mb_conn_shield(run->conn, false);
}

void mb_run_observe_early(const mb_run *run, const mb_source *source)
{
    int half = mb_lock_timeout(run, source) / 2;

    mb_observer_after(run->observer, half > 0 && half < 1000 ? half : 1000);
}

static void note_failure(mb_run *run, const mb_source *source, mb_error *err)
{
    add_blockers(run, err);
    record_failure(run, source, err);
}

bool mb_run_failed(mb_run *run, const mb_source *source, mb_error *err)
{
    note_failure(run, source, err);
    return mb_run_refused(run, source, err);
}

bool mb_run_refused(mb_run *run, const mb_source *source, mb_error *err)
{
    show_path(source, err);
    mb_hook_notify(run, MB_AFTER_ROLLBACK, source, err);
    mb_hook_notify(run, MB_ON_ERROR, source, err);
    return false;
}

/* A rollback undid only the last part: say what stays, and how to continue. */
static void explain_interrupted(const attempt *a, mb_error *err)
{
    const mb_migration *file = a->source->file;

    if (err->code != MB_ERR_INTERRUPTED || !a->intended || !a->run->recorded || a->run->put_back)
        return;
    mb_fail_more(err, "The migration is not finished. The changes that it committed stay.");
    mb_hint_continues(err, file->stream, a->source->direction, file->name);
}

/* Record that it was skipped, and remove what its script left in the session. */
static bool end_skipped(attempt *a, mb_error *err)
{
    mb_run *run = a->run;
    mb_buf clean = {0};
    mb_message with = {.after = ""};
    bool ok;

    if (a->source->lua)
        mb_tx_add_clean_session(&clean, run);
    with.before = mb_buf_str(&clean);
    run->by.with = &with;
    ok = mb_skip_record(run, a->source, err->message, a->out, err);
    run->by.with = NULL;
    mb_buf_free(&clean);
    return ok;
}

static bool end_source(attempt *a, bool ok, mb_error *err)
{
    if (ok && !a->out->owned_by_other)
        mb_hook_notify(a->run, MB_AFTER_COMMIT, a->source, NULL);
    if (ok)
        return true;
    /* another runner owns the row: do not touch it */
    if (a->out->owned_by_other || err->code == MB_ERR_LOCKED)
        return mb_run_refused(a->run, a->source, err);
    if (err->code == MB_ERR_SKIPPED)
        return end_skipped(a, err);
    note_failure(a->run, a->source, err);
    explain_interrupted(a, err);
    return mb_run_refused(a->run, a->source, err);
}

/* Run the step again, if that helps. After an on_retry hook the session is reset. */
static bool retry(attempt *a, mb_error *err)
{
    mb_run *run = a->run;

    if (!mb_run_may_retry(run, a->source, err) ||
        !mb_source_reload(a->source, run->settings, run->host, err))
        return false;
    if (mb_hook_is_there(run, MB_ON_RETRY))
        a->parts.kept = false;
    return true;
}

/*
 * Is there another try? Before the next try, undo the effects of the rolled-back try on the
 * session.
 */
static bool try_again(attempt *a, mb_error *err)
{
    bool atomic = mb_source_is_atomic(a->source);

    return (change_shape(a, err) || retry(a, err)) && (!atomic || mb_tx_clean_session(a->run, err));
}

/*
 * After the failure is recorded. `unanswered`: a COMMIT got no answer. The history was asked about
 * that of an atomic step, if the server was there.
 */
static mb_left left_of(const attempt *a, bool unanswered)
{
    mb_left left = a->run->left;

    left.unknown = mb_source_is_atomic(a->source) ? a->run->committing : unanswered;
    left.begun = a->intended && !a->run->put_back;
    if (a->source->shape == MB_SHAPE_SEGMENTS)
        left.done = a->parts.done;
    return left;
}

/*
 * Run the step until a try succeeds or no retry is left. *err is the last failure, even if a later
 * try succeeded.
 */
static bool run_tries(mb_run *run, mb_source *source, mb_step_result *out, mb_error *err)
{
    attempt a = {
        .run = run,
        .source = source,
        .out = out,
        .parts = {.may_have_run = source->step && source->step->resume,
                  .done = mb_source_done(source)},
    };
    bool ok, unanswered;

    *out = (mb_step_result){0};
    run->attempt = 1;
    run->may_be_partial = run->left_traces = run->put_back = false;
    run->left = (mb_left){0};
    run->by.row_us = 0;
    run->since = mb_now_us();
    mb_run_observe_early(run, source);
    while (!(ok = try_once(&a, err)) && try_again(&a, err))
        ;
    unanswered = run->committing;
    ok = ok ? !out->owned_by_other || mb_recover_owned_by_other(run, source, out, err)
            : mb_recover(run, source, out, err);
    mb_hook_notify_waited(run, source, ok ? NULL : err);
    ok = end_source(&a, ok, err);
    out->left = left_of(&a, unanswered);
    if (!run->recorded)
        out->duration_us = mb_now_us() - run->since;
    free(run->row_before);
    run->row_before = NULL;
    free(a.parts.forced);
    return ok;
}

bool mb_run_source(mb_run *run, mb_source *source, mb_step_result *out, mb_error *err)
{
    mb_error why;
    bool ok = run_tries(run, source, out, &why);

    if (!ok)
        *err = why;
    return ok;
}

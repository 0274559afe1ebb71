/* work.c -- one process of a backfill: batch after batch, with its brakes and its progress. */
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"
#include "job.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"
#include "moonbird/base/number.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SECOND_US = 1000000,
    SLICE_MS = 50,
    WAIT_MS = 50,  /* for a chunk in other hands, or the end of a pause */
    BRAKE_FIRST_MS = 100,
    BRAKE_LAST_MS = 5000,
};

void mb_job_free(mb_job *job)
{
    mb_target_free(&job->target);
}

/* ---- progress ---- */

static void tell(mb_job *job, const mb_reached *now, const char *waits)
{
    double seconds = (double)(mb_now_us() - job->since) / SECOND_US;
    double rate = (double)(now->rows - job->met_before) / seconds;
    double done = now->fraction - job->fraction_before;
    mb_buf text = {0};

    mb_buf_printf(&text, "%s: %lld rows, %.0f %%, %.0f rows/s", job->b->name, (long long)now->rows,
                  100 * now->fraction, rate);
    if (done > 0 && now->fraction < 1) {
        mb_buf_puts(&text, ", ");
        mb_number_add_time(&text, seconds * (1 - now->fraction) / done);
        mb_buf_puts(&text, " left");
    }
    if (waits)
        mb_buf_printf(&text, "; %s", waits);
    job->run->reporter->observed(job->run->reporter->self, text.data);
    mb_buf_free(&text);
}

/* At most once a second, between batches; what it cannot learn is not told. */
static void tell_progress(mb_job *job, const char *waits)
{
    int64_t now = mb_now_us();
    mb_reached progress;
    mb_error ignored;

    if (!job->run->reporter->observed || now - job->told < SECOND_US)
        return;
    job->told = now;
    if (mb_job_progress(&progress, job, &ignored))
        tell(job, &progress, waits);
}

static bool begin_progress(mb_job *job, mb_error *err)
{
    mb_reached before;

    if (!mb_job_progress(&before, job, err))
        return false;
    job->met_before = before.rows;
    job->fraction_before = before.fraction;
    job->since = job->told = mb_now_us();
    return true;
}

/* ---- waiting ---- */

bool mb_job_rest(mb_job *job, int ms, mb_error *err)
{
    for (; ms > 0; ms -= SLICE_MS) {
        struct timespec slice = {.tv_nsec = (ms < SLICE_MS ? ms : SLICE_MS) * 1000000L};

        nanosleep(&slice, NULL);
        mb_live_tick();
        if (!mb_interrupt_check(err))
            return false;
    }
    return !job->tick || job->tick(job, err);
}

/* Rows that others lock, or too many for statement_timeout: smaller batches, and ever longer pauses between them. */
static bool brake(mb_job *job, const mb_error *why, mb_error *err)
{
    if (job->brake_ms == 0)
        mb_report_note(job->run->reporter, "backfill \"%s\": %s; waiting, then continuing with "
                                           "smaller batches",
                    job->b->name, why->message);
    job->rows = job->rows > 1 ? job->rows / 2 : 1;
    job->brake_ms = job->brake_ms ? job->brake_ms * 2 : BRAKE_FIRST_MS;
    job->brake_ms = job->brake_ms > BRAKE_LAST_MS ? BRAKE_LAST_MS : job->brake_ms;
    tell_progress(job, "waiting before a smaller batch");
    return mb_job_rest(job, job->brake_ms / 2 + (int)(mb_now_us() % (job->brake_ms + 1)), err);
}

static bool ask_pause(mb_job *job, bool *wait, mb_error *err)
{
    const mb_backfill_script *script = &job->b->script;

    *wait = false;
    if (mb_tx_begin(job->run, MB_BEGIN_READING, err) && mb_tx_limits(job->run, job->unit, err) &&
        script->pause(script->self, wait, err) && mb_tx_commit(job->run, err))
        return true;
    mb_conn_rollback(job->run->conn);
    return false;
}

/* The declaration's own brake, asked at most once a second. */
static bool keep_pause(mb_job *job, mb_error *err)
{
    bool wait = true;

    if (!job->b->script.pause || mb_now_us() - job->asked < SECOND_US)
        return true;
    while (wait) {
        if (!ask_pause(job, &wait, err))
            return false;
        if (!wait)
            break;
        tell_progress(job, "paused by its pause function");
        if (!mb_job_rest(job, 1000, err))
            return false;
    }
    job->asked = mb_now_us();
    return true;
}

/* ---- the loop ---- */

static const char *why_it_waits(const mb_job *job, mb_turn turn)
{
    if (turn != MB_TURN_WAIT)
        return NULL;
    return job->paused ? "paused" : "other processes have the rest";
}

static bool one_batch(mb_job *job, mb_turn *out, mb_error *err)
{
    mb_error why;

    if (!keep_pause(job, err))
        return false;
    if (mb_job_batch(job, out, &why)) {
        if (*out == MB_TURN_DONE)
            job->brake_ms = 0;
        return true;
    }
    *out = MB_TURN_DONE;
    if (mb_job_is_conflict(job, &why) && mb_conn_tx(job->run->conn) != MB_TX_LOST)
        return brake(job, &why, err);
    *err = why;
    return false;
}

void mb_job_tell_refused(const mb_job *job)
{
    bool one = job->refused == 1;

    if (job->refused > 0)
        mb_report_note(job->run->reporter, "backfill \"%s\": its UPDATE did not change %lld row%s of "
                       "%s: a trigger, a rule or a policy suppressed it, or another session changed "
                       "%s first", job->b->name, (long long)job->refused, one ? "" : "s",
                       job->target.relation, one ? "the row" : "the rows");
}

static bool run_batches(mb_job *job, mb_error *err)
{
    mb_turn outcome = MB_TURN_DONE;

    while (outcome != MB_TURN_FINISHED) {
        if (!mb_interrupt_check(err) || !one_batch(job, &outcome, err))
            return false;
        if (outcome == MB_TURN_WAIT && !mb_job_rest(job, WAIT_MS, err))
            return false;
        if (outcome == MB_TURN_DONE && job->tick && !job->tick(job, err))
            return false;
        tell_progress(job, why_it_waits(job, outcome));
    }
    return true;
}

bool mb_job_work(mb_job *job, mb_error *err)
{
    bool ok;

    if (!begin_progress(job, err))
        return false;
    mb_job_choose_first(job);
    ok = run_batches(job, err);
    mb_job_tell_refused(job);
    return ok;
}

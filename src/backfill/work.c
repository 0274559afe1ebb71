/* work.c -- one process of a backfill: its loop over batches, its pauses, its progress. */
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"
#include "worker.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/live.h"
#include "moonbird/base/number.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SECOND_US = 1000000,
    SLICE_MS = 50,
    WAIT_MS = 50, /* how long to wait for another process's chunk, or for the end of a pause */
    CONFLICT_PAUSE_FIRST_MS = 100,
    CONFLICT_PAUSE_LAST_MS = 5000,
};

void mb_worker_free(mb_worker *worker)
{
    mb_target_free(&worker->target);
}

/* ---- progress ---- */

static void notify(mb_worker *worker, const mb_backfill_progress *now, const char *waits)
{
    double seconds = (double)(mb_now_us() - worker->since) / SECOND_US;
    double rate = (double)(now->rows - worker->rows_before) / seconds;
    double done = now->fraction - worker->fraction_before;
    mb_buf text = {0};

    mb_buf_printf(&text, "%s: %lld rows, %.0f %%, %.0f rows/s", worker->b->name,
                  (long long)now->rows, 100 * now->fraction, rate);
    if (done > 0 && now->fraction < 1) {
        mb_buf_puts(&text, ", ");
        mb_number_add_time(&text, seconds * (1 - now->fraction) / done);
        mb_buf_puts(&text, " left");
    }
    if (waits)
        mb_buf_printf(&text, "; %s", waits);
    worker->run->reporter->observed(worker->run->reporter->self, text.data);
    mb_buf_free(&text);
}

/* Reports at most once a second, between batches.  An error only means that nothing is reported. */
static void report_progress(mb_worker *worker, const char *waits)
{
    int64_t now = mb_now_us();
    mb_backfill_progress progress;
    mb_error ignored;

    if (!worker->run->reporter->observed || now - worker->reported_at < SECOND_US)
        return;
    worker->reported_at = now;
    if (mb_worker_progress(&progress, worker, &ignored))
        notify(worker, &progress, waits);
}

static bool begin_progress(mb_worker *worker, mb_error *err)
{
    mb_backfill_progress before;

    if (!mb_worker_progress(&before, worker, err))
        return false;
    worker->rows_before = before.rows;
    worker->fraction_before = before.fraction;
    worker->since = worker->reported_at = mb_now_us();
    return true;
}

/* ---- waiting ---- */

bool mb_worker_wait(mb_worker *worker, int ms, mb_error *err)
{
    for (; ms > 0; ms -= SLICE_MS) {
        struct timespec slice = {.tv_nsec = (ms < SLICE_MS ? ms : SLICE_MS) * 1000000L};

        nanosleep(&slice, NULL);
        mb_live_tick();
        if (!mb_interrupt_check(err))
            return false;
    }
    return !worker->tick || worker->tick(worker, err);
}

/* After a lock conflict or statement_timeout: halves the batch and doubles the pause after it. */
static bool pause_after_conflict(mb_worker *worker, const mb_error *why, mb_error *err)
{
    if (worker->conflict_pause_ms == 0)
        mb_report_note(worker->run->reporter,
                       "backfill \"%s\": %s; waiting, then continuing with "
                       "smaller batches",
                       worker->b->name, why->message);
    worker->rows = worker->rows > 1 ? worker->rows / 2 : 1;
    worker->conflict_pause_ms =
        worker->conflict_pause_ms ? worker->conflict_pause_ms * 2 : CONFLICT_PAUSE_FIRST_MS;
    worker->conflict_pause_ms = worker->conflict_pause_ms > CONFLICT_PAUSE_LAST_MS
                                    ? CONFLICT_PAUSE_LAST_MS
                                    : worker->conflict_pause_ms;
    report_progress(worker, "waiting before a smaller batch");
    return mb_worker_wait(
        worker,
        worker->conflict_pause_ms / 2 + (int)(mb_now_us() % (worker->conflict_pause_ms + 1)), err);
}

static bool ask_pause(mb_worker *worker, bool *wait, mb_error *err)
{
    const mb_backfill_script *script = &worker->b->script;

    *wait = false;
    if (mb_tx_begin(worker->run, MB_BEGIN_READING, err) &&
        mb_tx_limits(worker->run, worker->source, err) && script->pause(script->self, wait, err) &&
        mb_tx_commit(worker->run, err))
        return true;
    mb_conn_rollback(worker->run->conn);
    return false;
}

/* Calls the script's `pause`, at most once a second. */
static bool keep_pause(mb_worker *worker, mb_error *err)
{
    bool wait = true;

    if (!worker->b->script.pause || mb_now_us() - worker->pause_asked_at < SECOND_US)
        return true;
    while (wait) {
        if (!ask_pause(worker, &wait, err))
            return false;
        if (!wait)
            break;
        report_progress(worker, "paused by its pause function");
        if (!mb_worker_wait(worker, 1000, err))
            return false;
    }
    worker->pause_asked_at = mb_now_us();
    return true;
}

/* ---- windows ---- */

/*
 * Fails if a window has closed; asks at most once a second. The processes that the runner started
 * do not ask: the runner stops them.
 */
static bool keep_window(mb_worker *worker, mb_error *err)
{
    const mb_run *run = worker->run;
    int64_t now = mb_now_us();
    char *why;

    if (!run->operation || now - worker->window_asked < SECOND_US)
        return true;
    worker->window_asked = now;
    if (mb_policies_still_allows(run->policies, run->operation, err))
        return true;
    if (err->code == MB_ERR_POLICY) {
        why = mb_strdup(err->detail);
        mb_fail_detail(err, "%s%sBackfill \"%s\" stopped after a batch, and will continue from"
                            " there.",
                       why, *why ? "\n" : "", worker->b->name);
        free(why);
    }
    return false;
}

/* ---- the loop ---- */

static const char *why_it_waits(const mb_worker *worker, mb_batch_result turn)
{
    if (turn != MB_BATCH_WAIT)
        return NULL;
    return worker->paused ? "paused" : "other processes have the rest";
}

static bool one_batch(mb_worker *worker, mb_batch_result *out, mb_error *err)
{
    mb_error why;

    if (!keep_pause(worker, err) || !keep_window(worker, err))
        return false;
    if (mb_worker_batch(worker, out, &why)) {
        if (*out == MB_BATCH_DONE)
            worker->conflict_pause_ms = 0;
        return true;
    }
    *out = MB_BATCH_DONE;
    if (mb_worker_is_conflict(worker, &why) && mb_conn_tx(worker->run->conn) != MB_TX_LOST)
        return pause_after_conflict(worker, &why, err);
    *err = why;
    return false;
}

void mb_worker_note_unchanged(const mb_worker *worker)
{
    bool one = worker->refused == 1;

    if (worker->refused > 0)
        mb_report_note(
            worker->run->reporter,
            "backfill \"%s\": its UPDATE did not change %lld row%s of "
            "%s: a trigger, a rule or a row-level security policy suppressed it, or another "
            "session changed %s first",
            worker->b->name, (long long)worker->refused, one ? "" : "s", worker->target.relation,
            one ? "the row" : "the rows");
}

static bool run_batches(mb_worker *worker, mb_error *err)
{
    mb_batch_result outcome = MB_BATCH_DONE;

    while (outcome != MB_BATCH_FINISHED) {
        if (!mb_interrupt_check(err) || !one_batch(worker, &outcome, err))
            return false;
        if (outcome == MB_BATCH_WAIT && !mb_worker_wait(worker, WAIT_MS, err))
            return false;
        if (outcome == MB_BATCH_DONE && worker->tick && !worker->tick(worker, err))
            return false;
        report_progress(worker, why_it_waits(worker, outcome));
    }
    return true;
}

bool mb_worker_work(mb_worker *worker, mb_error *err)
{
    bool ok;

    if (!begin_progress(worker, err))
        return false;
    mb_worker_choose_first(worker);
    ok = run_batches(worker, err);
    mb_worker_note_unchanged(worker);
    return ok;
}

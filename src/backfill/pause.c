/* pause.c -- when a backfill waits between its batches. */
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"
#include "backfill/batch/batch.h"
#include "worker.h"

#include "moonbird/os/clock.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/live.h"

#include <time.h>

enum {
    SECOND_US = 1000000,
    SLICE_MS = 50,
    CONFLICT_PAUSE_FIRST_MS = 100,
    CONFLICT_PAUSE_LAST_MS = 5000,
};

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

static void note_conflict(const mb_worker *worker, const mb_error *why)
{
    const mb_reporter *reporter = worker->run->reporter;

    if (mb_worker_is_timed_out(worker, why))
        mb_report_note(reporter,
                       "backfill \"%s\": statement_timeout cancelled a batch of %zu rows; waiting, "
                       "then retrying with %zu, or with fewer if they take too long",
                       worker->b->name, worker->rows, worker->rows / 2);
    else
        mb_report_note(reporter,
                       "backfill \"%s\": %s; waiting, then continuing with smaller batches",
                       worker->b->name, why->message);
}

bool mb_worker_pause_after_conflict(mb_worker *worker, const mb_error *why, mb_error *err)
{
    if (worker->conflict_pause_ms == 0)
        note_conflict(worker, why);
    worker->rows = worker->rows > 1 ? worker->rows / 2 : 1;
    worker->conflict_pause_ms =
        worker->conflict_pause_ms ? worker->conflict_pause_ms * 2 : CONFLICT_PAUSE_FIRST_MS;
    worker->conflict_pause_ms = worker->conflict_pause_ms > CONFLICT_PAUSE_LAST_MS
                                    ? CONFLICT_PAUSE_LAST_MS
                                    : worker->conflict_pause_ms;
    mb_worker_report_progress(worker, "waiting before a smaller batch");
    return mb_worker_wait(
        worker,
        worker->conflict_pause_ms / 2 + (int)(mb_now_us() % (worker->conflict_pause_ms + 1)), err);
}

static bool call_pause(mb_worker *worker, bool *wait, mb_error *err)
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

bool mb_worker_ask_pause(mb_worker *worker, mb_error *err)
{
    bool wait = true;

    if (!worker->b->script.pause || mb_now_us() - worker->pause_asked_at < SECOND_US)
        return true;
    while (wait) {
        if (!call_pause(worker, &wait, err))
            return false;
        if (!wait)
            break;
        mb_worker_report_progress(worker, "paused by its pause function");
        if (!mb_worker_wait(worker, 1000, err))
            return false;
    }
    worker->pause_asked_at = mb_now_us();
    return true;
}

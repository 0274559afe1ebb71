/* work.c -- one process of a backfill: batch after batch, while a window is open. */
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"
#include "backfill/batch/batch.h"
#include "worker.h"

#include "moonbird/os/interrupt.h"

enum {
    WAIT_MS = 50, /* how long to wait for another process's chunk, or for the end of a pause */
};

void mb_worker_free(mb_worker *worker)
{
    mb_target_free(&worker->target);
}

/* ---- the loop ---- */

static const char *why_it_waits(const mb_worker *worker, mb_batch_result turn)
{
    if (turn != MB_BATCH_WAIT)
        return NULL;
    return worker->paused ? "paused" : "other processes are working on the rest";
}

static bool one_batch(mb_worker *worker, mb_batch_result *out, mb_error *err)
{
    mb_error why;

    if (!mb_worker_ask_pause(worker, err) || !mb_run_check_window(worker->run, err))
        return false;
    if (mb_worker_batch(worker, out, &why)) {
        if (*out == MB_BATCH_DONE)
            worker->conflict_pause_ms = 0;
        return true;
    }
    *out = MB_BATCH_DONE;
    if (mb_worker_is_conflict(worker, &why) && mb_conn_tx(worker->run->conn) != MB_TX_LOST)
        return mb_worker_pause_after_conflict(worker, &why, err);
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
        mb_worker_report_progress(worker, why_it_waits(worker, outcome));
    }
    return true;
}

bool mb_worker_work(mb_worker *worker, mb_error *err)
{
    bool ok;

    if (!mb_worker_begin_progress(worker, err))
        return false;
    mb_worker_choose_first(worker);
    ok = run_batches(worker, err);
    mb_worker_note_unchanged(worker);
    return ok;
}

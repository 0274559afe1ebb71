/* progress.c -- how far a backfill is, in all of its processes. */
#include "moonbird/project/reporter.h"
#include "backfill/records/records.h"
#include "worker.h"

#include "moonbird/os/clock.h"

enum { SECOND_US = 1000000 };

static void notify(mb_worker *worker, const mb_backfill_progress *now, const char *waits)
{
    double seconds = (double)(mb_now_us() - worker->since) / (double)SECOND_US;
    double done = now->fraction - worker->fraction_before;
    bool foreseen = done > 0 && now->fraction < 1;

    mb_report_backfill(worker->run->reporter,
                       &(mb_backfill_state){
                           .backfill = worker->b->name,
                           .rows = now->rows,
                           .fraction = now->fraction,
                           .rows_per_second = (double)(now->rows - worker->rows_before) / seconds,
                           .seconds_left = foreseen ? seconds * (1 - now->fraction) / done : -1,
                           .waits = waits,
                       });
}

void mb_worker_report_progress(mb_worker *worker, const char *waits)
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

bool mb_worker_begin_progress(mb_worker *worker, mb_error *err)
{
    mb_backfill_progress before;

    if (!mb_worker_progress(&before, worker, err))
        return false;
    worker->rows_before = before.rows;
    worker->fraction_before = before.fraction;
    worker->since = worker->reported_at = mb_now_us();
    return true;
}

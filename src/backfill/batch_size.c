/* batch_size.c -- how many rows the next batch of a backfill has. */
#include "worker.h"

#include "moonbird/base/sqlstate.h"

/* Limits of a batch: the memory of a page, the rows for a script, the rows of one UPDATE. */
enum { PAGE_BYTES = 2 << 20, SCRIPT_ROWS = 10000, SET_ROWS = 1000000 };

/* Half of statement_timeout at most, or batches would grow until it cancels one of them. */
static int64_t target_us(const mb_worker *worker)
{
    int64_t target = worker->b->target_ms * INT64_C(1000), half = worker->timeout_us / 2;

    return half > 0 && half < target ? half : target;
}

void mb_worker_choose_next(mb_worker *worker, int64_t us, int64_t rows, size_t bytes, bool last)
{
    size_t most = worker->b->set ? SET_ROWS : SCRIPT_ROWS;
    double factor = (double)target_us(worker) / (double)(us > 0 ? us : 1);

    factor = factor < 0.5 ? 0.5 : factor > 2 ? 2 : factor;
    if (factor < 1 || !last) /* a short batch at the end of a chunk is no reason for larger ones */
        worker->rows = (size_t)((double)worker->rows * factor);
    if (bytes > PAGE_BYTES && rows > 0)
        most = (size_t)((double)PAGE_BYTES / (double)bytes * (double)rows);
    worker->rows = worker->rows > most ? most : worker->rows;
    worker->rows = worker->rows < 1 ? 1 : worker->rows;
}

void mb_worker_choose_first(mb_worker *worker)
{
    int64_t width =
        worker->target.estimate > 0 ? worker->target.bytes / worker->target.estimate : 0;
    size_t most = width > 0 ? (size_t)(PAGE_BYTES / width) : worker->rows;

    if (worker->b->set)
        return;
    worker->rows = worker->rows > most ? most : worker->rows;
    worker->rows = worker->rows < 1 ? 1 : worker->rows;
}

/* The server gives both the same SQLSTATE: the time that the statement took tells them apart. */
bool mb_worker_is_timed_out(const mb_worker *worker, const mb_error *err)
{
    return mb_error_is(err, MB_SQLSTATE_QUERY_CANCELED) && worker->timeout_us > 0 &&
           mb_conn_failed_after(worker->run->conn) >= worker->timeout_us;
}

bool mb_worker_is_cancelled(const mb_worker *worker, const mb_error *err)
{
    return mb_error_is(err, MB_SQLSTATE_QUERY_CANCELED) && !mb_worker_is_timed_out(worker, err);
}

bool mb_worker_is_conflict(const mb_worker *worker, const mb_error *err)
{
    return mb_error_is_conflict(err) || (worker->rows > 1 && mb_worker_is_timed_out(worker, err));
}

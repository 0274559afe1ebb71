/* retry.c -- after which errors a batch is tried again, and which errors a row has caused. */
#include "parts.h"

#include "moonbird/base/sqlstate.h"

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
    return mb_error_is_retryable(err) || (worker->rows > 1 && mb_worker_is_timed_out(worker, err));
}

bool mb_batch_is_caused_by_row(const mb_batch *b, const mb_error *err)
{
    return !b->hook_failed &&
           (err->code == MB_ERR_SQL || err->code == MB_ERR_SCRIPT || err->code == MB_ERR_USAGE ||
            err->code == MB_ERR_FAILED) &&
           !mb_worker_is_conflict(b->worker, err) && !mb_worker_is_cancelled(b->worker, err) &&
           mb_conn_tx(b->worker->run->conn) != MB_TX_LOST;
}

/* transaction.c -- the transaction of a batch, with its hooks and settings. */
#include "parts.h"

#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>

enum { LOCK_TIMEOUT_MS = 1000 };

/* A short lock_timeout, because other sessions queue behind a backfill that waits for a lock. */
static bool limit_locks(mb_worker *worker, mb_error *err)
{
    int ms = mb_lock_timeout(worker->run, worker->source);
    char *sql = mb_format("SET LOCAL lock_timeout = %d",
                          ms > 0 && ms < LOCK_TIMEOUT_MS ? ms : LOCK_TIMEOUT_MS);
    bool ok = mb_conn_exec(NULL, worker->run->conn, sql, err);

    free(sql);
    return ok;
}

bool mb_batch_begin(mb_worker *worker, mb_error *err)
{
    return mb_owner_begin(worker->run, worker->source, NULL, err) &&
           mb_tx_limits(worker->run, worker->source, err) && limit_locks(worker, err);
}

bool mb_batch_commit(mb_worker *worker, mb_error *err)
{
    size_t loaded = worker->loaded;

    if (!mb_run_record_loaded(worker->run, worker->source, &loaded, err) ||
        !mb_tx_commit(worker->run, err))
        return false;
    worker->loaded = loaded;
    return true;
}

static bool call_hook(mb_batch *b, mb_hook_event event, int64_t rows, mb_error *err)
{
    const mb_worker *worker = b->worker;
    const mb_call_batch facts = {worker->b->name, b->chunk.number, rows};

    b->hook_failed = !mb_hook_batch(worker->run, event, worker->source, &facts, b->since, err);
    return !b->hook_failed;
}

bool mb_batch_before(mb_batch *b, mb_error *err)
{
    mb_worker *worker = b->worker;

    b->since = mb_now_us();
    return mb_worker_begin_settings(worker, err) && call_hook(b, MB_BEFORE_BATCH, MB_UNSET, err) &&
           (!mb_hook_is_there(worker->run, MB_BEFORE_BATCH) || mb_worker_read_timeout(worker, err));
}

bool mb_batch_after(mb_batch *b, mb_error *err)
{
    const mb_run *run = b->worker->run;
    bool hooked = mb_hook_is_there(run, MB_AFTER_BATCH);
    bool reset = !b->worker->b->set || mb_hook_is_there(run, MB_BEFORE_BATCH) ||
                 b->worker->b->n_settings > 0 || mb_conn_pooled(run->conn);

    return (!reset || mb_tx_reset(run, b->worker->source, err)) &&
           (!hooked || (limit_locks(b->worker, err) && call_hook(b, MB_AFTER_BATCH, b->rows, err) &&
                        mb_tx_reset(run, b->worker->source, err)));
}

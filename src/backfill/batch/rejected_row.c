/* rejected_row.c -- one row that was set aside, processed again. */
#include "parts.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

/* The row may have been deleted, or corrected by hand, since it was set aside. */
static bool run_row(bool *exists, mb_batch *b, const char *key, mb_error *err)
{
    if (!mb_page_read_row(exists, b, key, err))
        return false;
    b->rows = (int64_t)mb_result_rows(b->page);
    b->reached = mb_strdup(key);
    return b->rows == 0 || mb_batch_run_rows(b, 0, 1, err);
}

static bool retry(bool *exists, mb_batch *b, const char *key, mb_error *err)
{
    return mb_batch_before(b, err) && run_row(exists, b, key, err) && mb_batch_after(b, err) &&
           mb_reject_drop(b->worker, key, err) && mb_batch_commit(b->worker, err);
}

static bool record_again(mb_worker *worker, const char *key, const mb_error *why, mb_error *err)
{
    return mb_tx_begin(worker->run, NULL, err) && mb_reject_add(worker, key, why->message, err) &&
           mb_tx_commit(worker->run, err);
}

bool mb_worker_retry(mb_worker *worker, const char *key, mb_retry_result *out, mb_error *err)
{
    mb_batch b = {.worker = worker};
    mb_error why;
    bool exists;
    bool ok = mb_batch_begin(worker, &why) && retry(&exists, &b, key, &why);

    *out = !ok ? MB_RETRY_FAILED : exists ? MB_RETRY_DONE : MB_RETRY_GONE;
    worker->refused += ok ? b.refused : 0;
    if (!ok) {
        mb_conn_rollback(worker->run->conn);
        if (mb_batch_is_caused_by_row(&b, &why))
            ok = record_again(worker, key, &why, err);
        else
            *err = why;
    }
    mb_result_free(b.page);
    free(b.reached);
    return ok;
}

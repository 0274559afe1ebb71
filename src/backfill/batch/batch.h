/* batch.h -- one batch of a backfill: it changes a page of a chunk, in one transaction. */
#ifndef MOONBIRD_BACKFILL_BATCH_BATCH_H
#define MOONBIRD_BACKFILL_BATCH_BATCH_H

#include "backfill/worker.h"

typedef enum mb_batch_result {
    MB_BATCH_DONE,     /* the batch was committed */
    MB_BATCH_STALE,    /* it was rolled back, since the table has a new trigger or rule */
    MB_BATCH_WAIT,     /* paused, or other processes have every remaining chunk */
    MB_BATCH_FINISHED, /* no chunk is left */
} mb_batch_result;

/* Runs one batch in a separate transaction.  false: it was rolled back. */
MB_MUST_CHECK bool mb_worker_batch(mb_worker *worker, mb_batch_result *out, mb_error *err);

/* ---- rejected_row.c: a row that was set aside ---- */

typedef enum mb_retry_result {
    MB_RETRY_DONE,   /* the row was processed, or does not match the condition any more, and its
                        record was deleted */
    MB_RETRY_GONE,   /* the row does not exist any more, and its record was deleted */
    MB_RETRY_FAILED, /* the row failed again, and its record has the new error */
} mb_retry_result;

/* Processes one row that was set aside. */
MB_MUST_CHECK bool mb_worker_retry(mb_worker *worker, const char *key, mb_retry_result *out,
                                   mb_error *err);

/* ---- size.c: how many rows the next batch has ---- */

/*
 * Sets the size of the first batch, smaller for wide rows: the average width of the table decides.
 */
void mb_worker_choose_first(mb_worker *worker);

/*
 * Sets the size of the next batch after one of `rows` rows that took `us` microseconds, so that it
 * takes the declared target, or twice the part that does not depend on its rows.  `bytes` is the
 * size of its page, 0 when the batch was a single UPDATE; `last`: it reached the end of its chunk.
 */
void mb_worker_choose_next(mb_worker *worker, int64_t us, int64_t rows, size_t bytes, bool last);

/* ---- retry.c: after which errors a batch is tried again ---- */

/*
 * True when the batch is to be tried again with fewer rows: after a lock timeout, a deadlock or a
 * serialization failure always; after statement_timeout unless the batch had only one row.
 */
bool mb_worker_is_conflict(const mb_worker *worker, const mb_error *err);

/* Did statement_timeout end the statement, or a user, as with pg_cancel_backend? */
bool mb_worker_is_timed_out(const mb_worker *worker, const mb_error *err);
bool mb_worker_is_cancelled(const mb_worker *worker, const mb_error *err);

#endif

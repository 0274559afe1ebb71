/* records.h -- a backfill in the history: its own row, its chunks, and the rows set aside. */
#ifndef MOONBIRD_BACKFILL_RECORDS_RECORDS_H
#define MOONBIRD_BACKFILL_RECORDS_RECORDS_H

#include "backfill/worker.h"

/* ---- row.c: its own row ---- */

/* The row of a backfill; mb_backfill_row_free frees its texts. */
typedef struct mb_backfill_row {
    bool exists;
    mb_part_state state;
    char *table, *key; /* as they were when the backfill began */
    char *table_id; /* MB_TARGET_ID as it was; NULL: unknown, so any table of this name will do */
    bool complete;  /* every chunk is done */
    mb_backfill_result result;
} mb_backfill_row;

/* Reads the row and locks it until the transaction ends, so a transaction must be open. */
MB_MUST_CHECK bool mb_backfill_row_read(mb_backfill_row *out, mb_worker *worker, mb_error *err);
void mb_backfill_row_free(mb_backfill_row *row);

/* Inserts the row and its chunks, and sets worker->id. */
MB_MUST_CHECK bool mb_backfill_row_create(mb_worker *worker, mb_error *err);

/*
 * Sets an existing backfill to running.  `new_chunks`: its chunks are made again, and all rows are
 * processed again.  *same is false, and nothing changes, when it began with another table or key.
 */
MB_MUST_CHECK bool mb_backfill_row_resume(mb_worker *worker, bool new_chunks, bool *same,
                                          mb_error *err);

typedef struct mb_backfill_progress {
    int64_t rows;
    double fraction; /* the part of the work that is done, 0 to 1 */
} mb_backfill_progress;

/*
 * SQL for the part of the work that is done, in millionths, over the chunks `c` of a backfill `b`
 * that has `n` chunks.  An unfinished chunk counts by its rows, compared with the average chunk.
 */
#define MB_FRACTION(n)                                                                             \
    "pg_catalog.round(1000000" MB_OP("*") "pg_catalog.avg(CASE WHEN c.done THEN 1"                 \
                                          " ELSE least(0.99, (c.rows" MB_OP("*") n                 \
        ")" MB_OP("/") "greatest(b.rows_estimated, 1.0)) END))"

/* Reads the progress of all processes together. */
MB_MUST_CHECK bool mb_worker_progress(mb_backfill_progress *out, mb_worker *worker, mb_error *err);

/* Sets the error for a backfill that another process ended with this state; returns false. */
bool mb_backfill_fail_stopped(const mb_worker *worker, mb_part_state state, mb_error *err);

/* Records the end of the backfill: `remaining` rows (MB_UNSET: unknown), and the error or NULL. */
MB_MUST_CHECK bool mb_backfill_row_finish(mb_worker *worker, mb_part_state state, int64_t remaining,
                                          const char *error, mb_error *err);

/* ---- chunk.c: its chunks ---- */

typedef struct mb_backfill_chunk {
    int number; /* 0: no chunk is free */
    bool left;  /* there are chunks that are not done */
    bool paused;
    mb_part_state state;
    char *from, *high; /* keys as text[]: after `from` (NULL: from the beginning), up to `high` */
} mb_backfill_chunk;

/*
 * Takes a chunk that no process works on and locks it until the transaction ends.  The caller frees
 * *out with mb_backfill_chunk_free.
 */
MB_MUST_CHECK bool mb_backfill_chunk_claim(mb_backfill_chunk *out, mb_worker *worker,
                                           mb_error *err);
void mb_backfill_chunk_free(mb_backfill_chunk *chunk);

/* How far a batch came in its chunk. */
typedef struct mb_backfill_advance {
    int number;          /* of the chunk */
    const char *reached; /* the last key, as text[]; NULL: the same as before */
    bool done;           /* the chunk is */
    int64_t rows;        /* that the batch processed */
} mb_backfill_advance;

/*
 * Records the progress. false also when the history has no such unfinished chunk, or when the table
 * is no longer the one with which the backfill began.  *stale: MB_MAY_REFUSE became true after this
 * process read the table; worker->target has it now, and the batch must run again.
 */
MB_MUST_CHECK bool mb_backfill_chunk_advance(bool *stale, mb_worker *worker,
                                             const mb_backfill_advance *to, mb_error *err);

/* ---- rejects.c: the rows that were set aside ---- */

/* Sets the row with this key (text[]) aside, with the error's message. */
MB_MUST_CHECK bool mb_reject_add(mb_worker *worker, const char *key, const char *why,
                                 mb_error *err);

/* Counts the rows that were set aside: those not accepted, and those accepted. */
MB_MUST_CHECK bool mb_rejects_count(int64_t *open, int64_t *accepted, mb_worker *worker,
                                    mb_error *err);

/* Appends " AND " and a condition that is true for rows of the table that were not set aside. */
void mb_add_not_rejected(mb_buf *sql, const mb_worker *worker);

/* Reads the keys (text[], column 0) of the rows that were set aside and not accepted. */
MB_MUST_CHECK bool mb_rejects_read(mb_result **out, mb_worker *worker, mb_error *err);

/* Deletes the record of one row that was set aside. */
MB_MUST_CHECK bool mb_reject_drop(mb_worker *worker, const char *key, mb_error *err);

#endif

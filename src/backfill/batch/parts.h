/* parts.h -- private header of the folder: a batch at work, and the parts of its work. */
#ifndef MOONBIRD_BACKFILL_BATCH_PARTS_H
#define MOONBIRD_BACKFILL_BATCH_PARTS_H

#include "batch.h"
#include "backfill/records/records.h"

typedef struct mb_batch {
    mb_worker *worker;
    mb_backfill_chunk chunk;
    mb_result *page; /* the rows for a script's function; NULL: the batch is one UPDATE */
    char *reached;   /* the last key of the page; NULL: the page is empty */
    bool last;       /* the chunk has no row after the page */
    int64_t rows;
    int64_t refused; /* rows that an UPDATE should have changed and did not */
    size_t bytes;    /* the size of the page */
    int64_t since;
    bool hook_failed; /* a hook caused the error, not a row */
} mb_batch;

/* ---- transaction.c ---- */

/* Begins the transaction, with its limits. */
MB_MUST_CHECK bool mb_batch_begin(mb_worker *worker, mb_error *err);

/* Records the files that the script's function has loaded in this process, and commits. */
MB_MUST_CHECK bool mb_batch_commit(mb_worker *worker, mb_error *err);

/* Makes the settings, and calls the hook before_batch, whose settings apply to the batch, too. */
MB_MUST_CHECK bool mb_batch_before(mb_batch *b, mb_error *err);

/*
 * Resets the settings made by `settings`, the script or before_batch; called before after_batch and
 * after it.
 */
MB_MUST_CHECK bool mb_batch_after(mb_batch *b, mb_error *err);

/* ---- page.c ---- */

/*
 * Sends a statement on the table.  Its parameters: $1 b->chunk.from, $2 `high`, and $3 `limit`
 * unless it is 0.  An error in SQL of the declaration shows the whole statement, which has no place
 * in the file.
 */
MB_MUST_CHECK bool mb_page_query(mb_result **out, mb_batch *b, const mb_buf *sql, const char *high,
                                 size_t limit, mb_error *err);

/* Appends the WHERE clause: the range of keys, and the declared condition. */
void mb_page_add_where(mb_buf *sql, const mb_batch *b);

/* The keys of the page: those of the chunk up to b->reached. */
mb_key_range mb_page_range(const mb_batch *b);

/* Sets b->reached to the last key of the page, and b->last. */
MB_MUST_CHECK bool mb_page_find_end(mb_batch *b, mb_error *err);

/*
 * Counts the rows that are to be changed, where something may skip some; else *wanted is 0.  Locks
 * and reads them into b->page where the table has rules.
 */
MB_MUST_CHECK bool mb_page_count(int64_t *wanted, mb_batch *b, mb_error *err);

/* False if the key of a row of b->page changed (mb_key_check_page). */
MB_MUST_CHECK bool mb_page_check(const mb_batch *b, mb_error *err);

/* Reads the page for the script, and locks its rows for `each`. */
MB_MUST_CHECK bool mb_page_read(mb_batch *b, mb_error *err);

/*
 * Reads the one row with this key, for `each`, and locks it; no row: it was deleted, or *exists and
 * it does not match the declared condition any more.
 */
MB_MUST_CHECK bool mb_page_read_row(bool *exists, mb_batch *b, const char *key, mb_error *err);

/* ---- update.c ---- */

MB_MUST_CHECK bool mb_batch_update(mb_batch *b, mb_error *err);

/* ---- call_script.c ---- */

/* `carefully`: row by row; one that fails is set aside. */
MB_MUST_CHECK bool mb_batch_call_script(mb_batch *b, bool carefully, mb_error *err);

/* Calls `each` for `n` rows of the page from row `first` on, and updates them. */
MB_MUST_CHECK bool mb_batch_run_rows(mb_batch *b, size_t first, size_t n, mb_error *err);

/* ---- retry.c ---- */

/* True when the row caused the error.  Otherwise the batch is tried again, or the run ends. */
bool mb_batch_is_caused_by_row(const mb_batch *b, const mb_error *err);

#endif

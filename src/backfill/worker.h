/* worker.h -- private header: a backfill while this process works on it. */
#ifndef MOONBIRD_MIGRATE_BACKFILL_JOB_H
#define MOONBIRD_MIGRATE_BACKFILL_JOB_H

#include "moonbird/project/project.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

#include "moonbird/backfill/backfill.h"
#include "moonbird/base/buf.h"
#include "moonbird/pg/qualified.h"

/* ---- key_table.c: the table as the catalog shows it ---- */

typedef struct mb_field {
    char *name;
    char *type;   /* as SQL writes it, without a length and of no domain: a cast must not cut */
    char *schema; /* quoted, of the operators that compare it */
    uint32_t oid;
    bool not_null;
} mb_field;

typedef struct mb_target {
    char *relation;   /* quoted */
    mb_field *fields; /* its columns */
    size_t n_fields;
    const mb_field **key;
    size_t n_key;
    char *key_text; /* the names as text[] */
    bool has_rules;
    bool may_refuse;  /* rules, triggers or policies can leave a row as it is, without an error */
    int64_t estimate; /* of rows */
    int64_t bytes;    /* all of it, on disk */
} mb_target;

/* Everything that makes a table or key unfit is said. */
MB_MUST_CHECK bool mb_target_read(mb_target *out, mb_conn *conn, const mb_backfill *b,
                                  mb_error *err);
void mb_target_free(mb_target *target);
const mb_field *mb_target_field(const mb_target *target, const char *name); /* NULL: none */

/* The key as text[], and as an ORDER BY list. */
void mb_add_key(mb_buf *sql, const mb_target *target);
void mb_add_order(mb_buf *sql, const mb_target *target, const char *direction);

/* Keys above $1 (text[]) where `above`, up to and with $2 (text[]); `row` is "" or the table's
 * alias with a dot. */
void mb_add_range(mb_buf *sql, const mb_target *target, const char *row, bool above);

/* The row whose key is $1 (text[]). */
void mb_add_equal(mb_buf *sql, const mb_target *target);

void mb_add_element(mb_buf *array, const char *data,
                    size_t len);           /* of an array's text; NULL data is NULL */
mb_param mb_array_param(const char *text); /* a text[]; NULL is NULL */

/* ---- key.c: the key stays as it is ---- */

/* The UPDATE so that its one row says how many rows it changed, and how many of them left the
 * range. */
void mb_key_watch(mb_buf *update, const mb_target *target, const char *row, bool above);

/* That answer: *rows, or an error where some left it. */
MB_MUST_CHECK bool mb_key_check(int64_t *rows, const mb_target *target, const char *name,
                                const mb_result *res, mb_error *err);

/* " WHERE " the key of mb_row is mb_new.k, a text[], and in the range. */
void mb_key_match(mb_buf *sql, const mb_target *target, bool above);

/* Rows of the table in a range, and deleted in this transaction. */
typedef struct mb_key_rows {
    int64_t inside, deleted;
} mb_key_rows;

MB_MUST_CHECK bool mb_key_count(mb_key_rows *out, mb_conn *conn, const mb_target *target,
                                const char *from, const char *high, mb_error *err);

/* The same of the rows of the page only. */
MB_MUST_CHECK bool mb_key_count_page(mb_key_rows *out, mb_conn *conn, const mb_target *target,
                                     const mb_result *page, const char *from, const char *high,
                                     mb_error *err);
bool mb_key_fail(const mb_target *target, const char *name, int64_t rows, mb_error *err);

/* ---- the worker ---- */

typedef struct mb_worker {
    mb_run *run;
    mb_source *source;
    const mb_backfill *b;
    mb_target target;
    int64_t id;      /* of its row in the history */
    size_t rows;     /* of the next batch */
    int64_t met;     /* rows, by this process */
    int64_t refused; /* of these: an UPDATE of ours left them as they were */
    int chunk;       /* the one worked on last; 0: none */
    bool paused;     /* by a command, when it was last looked at */
    int brake_ms;    /* after a lock that could not be had */
    int64_t asked;   /* when `pause` was asked, and when progress was told */
    int64_t told;
    int64_t since, met_before; /* for the rate: of all processes */
    double fraction_before;
    bool (*tick)(struct mb_worker *worker, mb_error *err); /* between batches; NULL for none */
    struct mb_crew *crew;                                  /* its child processes; NULL for none */
} mb_worker;

/* ---- records.c: what the history keeps of it ---- */

mb_backfill_state mb_backfill_state_of(const char *name);

typedef struct mb_backfill_row {
    bool exists;
    mb_backfill_state state;
    char *table, *key;
    bool complete; /* every chunk is done */
    mb_backfill_result result;
} mb_backfill_row;

/* In a transaction: the row, locked. */
MB_MUST_CHECK bool mb_kept_read(mb_backfill_row *out, mb_worker *worker, mb_error *err);
void mb_kept_free(mb_backfill_row *kept);

/* A new row with its chunks. */
MB_MUST_CHECK bool mb_kept_create(mb_worker *worker, mb_error *err);

/* An old one running again, its chunks cut anew where `anew`; not *same: its table or key is
 * another. */
MB_MUST_CHECK bool mb_kept_resume(mb_worker *worker, bool anew, bool *same, mb_error *err);

typedef struct mb_chunk_taken {
    int number; /* 0: none is free */
    bool left;  /* there are chunks that are not done */
    bool paused;
    mb_backfill_state state;
    char *from, *high; /* text[]; from NULL: the beginning */
} mb_chunk_taken;

/* A chunk that nobody works on, locked until the transaction ends. */
MB_MUST_CHECK bool mb_chunk_take(mb_chunk_taken *out, mb_worker *worker, mb_error *err);
void mb_chunk_free(mb_chunk_taken *chunk);

/* The place reached in it (NULL: as before), or done; rows are added. */
MB_MUST_CHECK bool mb_chunk_advance(mb_worker *worker, int number, const char *reached, bool done,
                                    int64_t rows, mb_error *err);

MB_MUST_CHECK bool mb_reject_add(mb_worker *worker, const char *key, const char *why,
                                 mb_error *err);

/* Rows set aside and not accepted; and those accepted. */
MB_MUST_CHECK bool mb_rejects_count(int64_t *open, int64_t *accepted, mb_worker *worker,
                                    mb_error *err);

/* A condition on the target's rows: none that was set aside. */
void mb_add_not_rejected(mb_buf *sql, const mb_worker *worker);

/* The keys of open ones, as text[] each, in column 0. */
MB_MUST_CHECK bool mb_rejects_read(mb_result **out, mb_worker *worker, mb_error *err);
MB_MUST_CHECK bool mb_reject_drop(mb_worker *worker, const char *key, mb_error *err);

typedef struct mb_backfill_reached {
    int64_t rows;
    double fraction; /* of the work, 0 to 1 */
} mb_backfill_reached;

/*
 * The work done, in millionths, of chunks `c` of a backfill `b` with `n` of them: one
 * under way counts by its rows, against what a chunk has on average.
 */
#define MB_FRACTION(n)                                                                             \
    "pg_catalog.round(1000000" MB_OP("*") "pg_catalog.avg(CASE WHEN c.done THEN 1"                 \
                                          " ELSE least(0.99, (c.rows" MB_OP("*") n                 \
        ")" MB_OP("/") "greatest(b.rows_estimated, 1.0)) END))"

MB_MUST_CHECK bool mb_worker_progress(mb_backfill_reached *out, mb_worker *worker, mb_error *err);

/* Another process ended it, as its state shows: says so, and returns false. */
bool mb_kept_stopped(const mb_worker *worker, mb_backfill_state state, mb_error *err);

/* Record it as done or failed, with what remained (MB_UNSET: unknown) and why. */
MB_MUST_CHECK bool mb_kept_finish(mb_worker *worker, mb_backfill_state state, int64_t remaining,
                                  const char *error, mb_error *err);

/* ---- control.c: one of those in the history ---- */

/* *list keeps it, and is freed in any case. */
MB_MUST_CHECK bool mb_backfill_find(mb_backfills *list, mb_project *project, const char *name,
                                    mb_error *err);

/* It is in a state for which there is no such thing; returns false. */
bool mb_backfill_refuse(const mb_backfill_status *status, const char *hint, mb_error *err);

/* ---- changes.c: what `each` wants changed, as one UPDATE ---- */

mb_changes *mb_changes_new(const mb_target *target, size_t first, size_t rows); /* of a page */
void mb_changes_free(mb_changes *changes);

/* Of `page`, whose keys lie above `from` (NULL: the beginning) and up to `high`. */
MB_MUST_CHECK bool mb_changes_apply(mb_changes *changes, const mb_worker *worker,
                                    const mb_result *page, const char *from, const char *high,
                                    mb_error *err);

/* Rows that the UPDATE should have changed and did not. */
int64_t mb_changes_refused(const mb_changes *changes);

/* ---- batch.c: one batch ---- */

/* What came of it. */
typedef enum mb_batch_result {
    MB_TURN_DONE,
    MB_TURN_WAIT,     /* paused, or every chunk is in other hands */
    MB_TURN_FINISHED, /* no chunk is left */
} mb_batch_result;

MB_MUST_CHECK bool mb_worker_batch(mb_worker *worker, mb_batch_result *out, mb_error *err);

/* One row that was set aside; *failed with why where it still fails. */
MB_MUST_CHECK bool mb_worker_retry(mb_worker *worker, const char *key, bool *failed, mb_error *err);

/* ---- pace.c: how many rows the next batch has ---- */

/* The first one: rows may be wide, so that the table's average width counts. */
void mb_worker_choose_first(mb_worker *worker);

/*
 * The one after a batch of `rows` that took `us`.  `bytes` is the size of its page, 0 where the
 * batch is one UPDATE; `last`: it was the end of its chunk.
 */
void mb_worker_pace(mb_worker *worker, int64_t us, int64_t rows, size_t bytes, bool last);

/*
 * Is another try, with fewer rows, worth it?  After a lock timeout, a deadlock or a serialization
 * failure it is; after a statement that was canceled (57014: statement_timeout, or
 * pg_cancel_backend) for as long as there are fewer rows than these.
 */
bool mb_worker_is_conflict(const mb_worker *worker, const mb_error *err);

/* ---- work.c: batch after batch ---- */

/* Until no chunk is left. */
MB_MUST_CHECK bool mb_worker_work(mb_worker *worker, mb_error *err);

/* A note of the rows that this process could not change: no error, since a trigger may mean it. */
void mb_worker_tell_refused(const mb_worker *worker);

/* Wait while the live line and `tick` go on. */
MB_MUST_CHECK bool mb_worker_rest(mb_worker *worker, int ms, mb_error *err);
void mb_worker_free(mb_worker *worker);

#endif

/*
 * worker.h -- private header of src/backfill: the state of a backfill in a process that works on
 * it.
 */
#ifndef MOONBIRD_BACKFILL_WORKER_H
#define MOONBIRD_BACKFILL_WORKER_H

#include "moonbird/project/project.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

#include "moonbird/backfill/backfill.h"
#include "moonbird/base/buf.h"
#include "moonbird/pg/qualified.h"

/* ---- key_table.c: the table and its key, read from the catalog ---- */

typedef struct mb_field {
    char *name;
    char *type; /* in SQL; without length and domain, because a cast to these truncates silently */
    char *schema; /* the quoted schema of the operators that compare it */
    uint32_t oid;
    bool not_null;
    bool unnests; /* unnest() of an array of this type gives its values back, in one column */
    bool generated; /* its value follows from other columns */
    bool generated_always; /* that, or GENERATED ALWAYS AS IDENTITY: an UPDATE cannot set it */
} mb_field;

typedef struct mb_target {
    char *relation;   /* the quoted name as it is declared: for people, and for the history */
    char *sql_name;   /* the quoted name with its schema: a script can have set search_path */
    mb_field *fields; /* its columns */
    size_t n_fields;
    const mb_field **key; /* elements of `fields` */
    size_t n_key;         /* 0: the table has no key, and had no rows */
    char *key_text; /* the names of the key's columns, as text[] */
    char *id; /* MB_TARGET_ID: another one after DROP, TRUNCATE, a rewrite, another order of keys */
    bool has_rules;
    bool distributed; /* Citus keeps its rows on other servers, and refuses SELECT ... FOR UPDATE */
    bool may_refuse;  /* MB_MAY_REFUSE */
    bool may_hide;    /* row security policies apply to the role */
    int64_t estimate; /* the estimated number of rows */
    int64_t bytes;    /* the total size on disk */
} mb_target;

/*
 * Reads the table that the declaration names; the caller frees *out with mb_target_free.  false:
 * the table does not exist, or the table or its key cannot be used for a backfill; *out is then
 * empty.  A table without rows needs no key.
 */
MB_MUST_CHECK bool mb_target_read(mb_target *out, mb_conn *conn, const mb_backfill *b,
                                  mb_error *err);
void mb_target_free(mb_target *target);
const mb_field *mb_target_field(const mb_target *target,
                                const char *name); /* NULL: no such column */

/*
 * SQL for mb_target.id; `oid` and `key`, the names of its columns as text[], are expressions.  It
 * is the table and the tables below it, a space, and the facts that decide the order of the key:
 * the operator family of each column's type, and its collation.
 */
#define MB_TARGET_ID(oid, key)                                                                     \
    "pg_catalog.concat(" MB_TABLES(oid) ", ' ',"                                                   \
    " (SELECT pg_catalog.string_agg(pg_catalog.concat(coalesce(o.opcfamily, f.atttypid),"          \
    " ':', f.attcollation), ',' ORDER BY u.i)"                                                     \
    " FROM pg_catalog.unnest(" key ") WITH ORDINALITY u (name, i)"                                 \
    " JOIN pg_catalog.pg_attribute f ON f.attrelid" MB_EQ oid                                      \
    " AND f.attname::pg_catalog.text" MB_EQ "u.name"                                               \
    " LEFT JOIN pg_catalog.pg_opclass o ON o.opcdefault AND o.opcmethod" MB_EQ MB_BTREE            \
    " AND o.opcintype" MB_EQ "CASE WHEN f.atttypid" MB_EQ MB_VARCHAR " THEN " MB_TEXT              \
    " ELSE f.atttypid END))"
#define MB_BTREE "403::pg_catalog.oid"
#define MB_VARCHAR "1043::pg_catalog.oid" /* it has the operators of text */
#define MB_TEXT "25::pg_catalog.oid"

/* SQL: the table, then its partitions or the tables that inherit from it, ordered by oid. */
#define MB_TABLES(oid)                                                                             \
    "pg_catalog.concat_ws(','," MB_TABLE_ID(oid) ","                                               \
    " (WITH RECURSIVE below (id) AS (SELECT h.inhrelid FROM pg_catalog.pg_inherits h"              \
    " WHERE h.inhparent" MB_EQ oid " UNION SELECT h.inhrelid FROM pg_catalog.pg_inherits h"        \
    " JOIN below ON h.inhparent" MB_EQ "below.id)"                                                 \
    " SELECT pg_catalog.string_agg(" MB_TABLE_ID("id") ", ',' ORDER BY id) FROM below))"

/* SQL: the oid of a table and its file; a partitioned table has none. */
#define MB_TABLE_ID(oid)                                                                           \
    " pg_catalog.concat_ws('/', " oid ", pg_catalog.pg_relation_filenode(" oid "))"

/*
 * SQL: can an UPDATE of the table `c` of pg_class skip a row without an error, or change a column
 * that it does not assign?  A rule, a trigger, a row security policy or a child table can.
 */
#define MB_MAY_REFUSE                                                                              \
    "(c.relhasrules OR c.relrowsecurity OR c.relhassubclass AND c.relkind" MB_EQ "'r' OR EXISTS"   \
    " (SELECT FROM (SELECT c.oid AS id UNION ALL SELECT relid FROM pg_catalog.pg_partition_tree("  \
    "c.oid)) l JOIN pg_catalog.pg_trigger g ON g.tgrelid" MB_EQ "l.id WHERE g.tgenabled" MB_NE     \
    "'D' AND g.tgtype" MB_OP("&") MB_BEFORE_UPDATE_OF_ROW MB_EQ MB_BEFORE_UPDATE_OF_ROW "))"
#define MB_BEFORE_UPDATE_OF_ROW "'19'::pg_catalog.int2" /* these bits of pg_trigger.tgtype */

/* ---- key_sql.c: SQL over the key, and keys as text[] ---- */

/*
 * Each appends SQL: the key as text[]; the key as a list for ORDER BY, each column with
 * `direction`.
 */
void mb_add_key(mb_buf *sql, const mb_target *target);
void mb_add_order(mb_buf *sql, const mb_target *target, const char *direction);

/*
 * Appends a condition: the key is greater than $1 (only if `above`), and at most $2; both are
 * text[].  `row` is "" or the table's alias with a dot.
 */
void mb_add_range(mb_buf *sql, const mb_target *target, const char *row, bool above);

/* Appends a condition: the key equals $1 (text[]). */
void mb_add_equal(mb_buf *sql, const mb_target *target);

/*
 * Appends an element to the text of an array, whose final brace the caller adds; NULL is SQL NULL.
 */
void mb_add_element(mb_buf *array, const char *data, size_t len);

/*
 * A parameter of type text[]; and a parameter whose type the statement states.  `text` is borrowed,
 * NULL is SQL NULL.
 */
mb_param mb_array_param(const char *text);
mb_param mb_untyped_param(const char *text);

/* ---- key.c: no batch may change the key of a row ---- */

typedef struct mb_worker mb_worker;

/*
 * If the UPDATE can change a key, rewrites it so that it returns one row: how many rows it changed,
 * and how many of them left the range of keys.  `row` and `above` are as for mb_add_range.  A table
 * with rules does not allow this, and its UPDATE stays unchanged.
 */
void mb_key_watch(mb_buf *update, const mb_worker *worker, const char *row, bool above);

/*
 * Reads the result of that UPDATE: *rows were changed.  false: the key of at least one row changed.
 */
MB_MUST_CHECK bool mb_key_check(int64_t *rows, const mb_worker *worker, const mb_result *res,
                                mb_error *err);

/*
 * Appends a WHERE clause: the key of mb_row equals the columns k1, k2, ... of mb_new, and is in the
 * range.
 */
void mb_key_match(mb_buf *sql, const mb_target *target, bool above);

/* Keys above `from` (NULL: the beginning) up to `high`; both are text[], borrowed. */
typedef struct mb_key_range {
    const char *from, *high;
} mb_key_range;

/*
 * How many rows have a key in the range, and how many this transaction has deleted from the table.
 */
typedef struct mb_key_rows {
    int64_t inside, deleted;
} mb_key_rows;

/* Counts the rows with keys in the range. */
MB_MUST_CHECK bool mb_key_count(mb_key_rows *out, mb_conn *conn, const mb_target *target,
                                mb_key_range range, mb_error *err);

/* Sets the error for `rows` changed keys in the backfill `name`; returns false. */
bool mb_key_fail(const mb_target *target, const char *name, int64_t rows, mb_error *err);

/* ---- the worker ---- */

typedef struct mb_batch_time {
    int64_t us, rows;
    int age; /* in batches */
} mb_batch_time;

struct mb_worker {
    mb_run *run;
    mb_source *source;
    const mb_backfill *b;
    mb_target target;
    int64_t id;      /* of its row in the history */
    size_t rows;     /* the size of the next batch */
    mb_batch_time compared; /* the batch with which the next ones are compared */
    int64_t last_us;  /* how long the last full batch took; 0: there was none */
    int64_t fixed_us; /* the estimated part of a batch's time that does not depend on its rows */
    int64_t timeout_us; /* of a batch and its statements; 0 or less: no limit */
    int64_t processed; /* rows, by this process */
    int64_t refused; /* rows among them that the core's UPDATE did not change */
    int chunk;       /* the last chunk that it worked on; 0: none */
    bool paused;     /* `backfill pause` was in effect when the state was last read */
    int conflict_pause_ms;  /* the pause after the last lock conflict; 0: the last batch had none */
    int64_t pause_asked_at; /* when the script's `pause` was last called */
    int64_t reported_at;  /* when progress was last reported */
    int64_t since, rows_before; /* for the rate of all processes: start, and rows before it */
    double fraction_before;    /* the fraction of the work that was done before it */
    size_t loaded;             /* how many bytes of the list of loaded files are recorded */
    bool (*tick)(struct mb_worker *worker, mb_error *err); /* called between batches; may be NULL */
    struct mb_worker_pool *pool;                           /* its child processes; NULL: none */
};

/* ---- identity.c: is it the backfill, and the table, that an earlier run began with? ---- */

/*
 * For a backfill that is new in the history: false if it may be an unfinished one under another
 * name.  That is a backfill of the same table in this migration that the file no longer declares,
 * or a backfill of the same name and table in another migration.
 */
MB_MUST_CHECK bool mb_identity_check_name(const mb_worker *worker, mb_error *err);

/*
 * False if the table has another id than it had (`was`; NULL: unknown, and true): the backfill
 * would not process rows whose keys it has passed.  Partitions may have been added or removed.  If
 * both happened, the new ones can have the rows of the old ones.  The same holds for tables that
 * inherit.
 */
MB_MUST_CHECK bool mb_identity_check_table(const mb_worker *worker, const char *was,
                                           const char *now, mb_error *err);

/*
 * False if a row of `page`, whose keys are in column 0 and in the range, has another key now and
 * was not deleted.  The rows must be locked, so that no other transaction can have changed them.
 */
MB_MUST_CHECK bool mb_key_check_page(const mb_worker *worker, const mb_result *page,
                                     mb_key_range range, mb_error *err);

/* ---- settings.c: the settings of the declaration ---- */

/*
 * Makes the declared settings hold until mb_worker_end_settings or the end of the transaction, and
 * sets worker->timeout_us.
 */
MB_MUST_CHECK bool mb_worker_begin_settings(mb_worker *worker, mb_error *err);

/* Resets these settings before the history is written, which needs its own triggers. */
MB_MUST_CHECK bool mb_worker_end_settings(const mb_worker *worker, mb_error *err);

/* Reads worker->timeout_us again, because a hook may have set a limit. */
MB_MUST_CHECK bool mb_worker_read_timeout(mb_worker *worker, mb_error *err);

/* ---- control.c: backfills in the history ---- */

/*
 * Finds the one backfill with this name; it is list->items[0].  The caller frees *list, also after
 * false: no backfill or several have this name.
 */
MB_MUST_CHECK bool mb_backfill_find(mb_backfills *list, mb_project *project, const char *name,
                                    mb_error *err);

/* Sets the error for a backfill whose state does not allow the command; returns false. */
bool mb_backfill_refuse(const mb_backfill_status *status, const char *hint, mb_error *err);

/* ---- changes.c: the values that `each` gives, as one UPDATE ---- */

/* For `rows` rows of a page from row `first` on; `target` is borrowed. */
mb_changes *mb_changes_new(const mb_target *target, size_t first, size_t rows);
void mb_changes_free(mb_changes *changes);

/*
 * Updates the rows of `page`, whose keys are in the range.  false: the server refused the UPDATE,
 * or the key of a row changed.
 */
MB_MUST_CHECK bool mb_changes_apply(mb_changes *changes, const mb_worker *worker,
                                    const mb_result *page, mb_key_range range, mb_error *err);

/* After mb_changes_apply: the rows that the UPDATE should have changed and did not. */
int64_t mb_changes_refused(const mb_changes *changes);

/* ---- progress.c: how far the backfill is ---- */

/* Reads where this process begins, for the rate. */
MB_MUST_CHECK bool mb_worker_begin_progress(mb_worker *worker, mb_error *err);

/*
 * Reports at most once a second, between batches, with the reason to wait if `waits` is not NULL.
 * An error only means that nothing is reported.
 */
void mb_worker_report_progress(mb_worker *worker, const char *waits);

/* ---- pause.c: when it waits between batches ---- */

/* Waits `ms` milliseconds, during which the progress line and `tick` continue. */
MB_MUST_CHECK bool mb_worker_wait(mb_worker *worker, int ms, mb_error *err);

/* After a lock conflict or statement_timeout: halves the batch and doubles the pause after it. */
MB_MUST_CHECK bool mb_worker_pause_after_conflict(mb_worker *worker, const mb_error *why,
                                                  mb_error *err);

/* Calls the script's `pause`, at most once a second, and waits for as long as it returns true. */
MB_MUST_CHECK bool mb_worker_ask_pause(mb_worker *worker, mb_error *err);

/* ---- work.c: batch after batch ---- */

/* Runs batches until no chunk is left.  false also when another process ended the backfill. */
MB_MUST_CHECK bool mb_worker_work(mb_worker *worker, mb_error *err);

/* Notes how many rows stayed unchanged.  It is not an error: a trigger may skip them on purpose. */
void mb_worker_note_unchanged(const mb_worker *worker);

/* Frees what the struct owns, not the struct. */
void mb_worker_free(mb_worker *worker);

#endif

/*
 * backfill.h -- data migrations in batches, by any number of processes.
 *
 * At its start a backfill divides the table into chunks, which are ranges of the
 * key; the highest key of that moment is the upper bound.  Any process that has
 * the migration's file may work on it: each takes a free chunk with FOR UPDATE
 * SKIP LOCKED.  A batch changes the next rows of a chunk in key order and
 * records the key reached, both in one transaction.  So each row is changed
 * exactly once, even when a process is killed.
 */
#ifndef MOONBIRD_BACKFILL_BACKFILL_H
#define MOONBIRD_BACKFILL_BACKFILL_H

#include "moonbird/history/runner.h"
#include "moonbird/history/steps.h"
#include "moonbird/project/args.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/step.h"

/* The new values that a script's `each` gives for the rows of a page; the first row is 0. */
typedef struct mb_changes mb_changes;

/* A column of the table, for a new value. */
typedef struct mb_changed_column {
    uint32_t type;  /* its oid */
    bool key;       /* it is of the key, which a backfill must not change */
    bool generated; /* an UPDATE cannot set it: PostgreSQL generates its value */
} mb_changed_column;

/* false (MB_ERR_USAGE): the table has no such column. */
MB_MUST_CHECK bool mb_changes_column(mb_changed_column *out, const mb_changes *changes,
                                     const char *column, mb_error *err);

/*
 * Sets a column of row `row` to `data`, which is copied; NULL is SQL NULL.  mb_changes_column must
 * have found the column, and it must be neither of the key nor generated.
 */
void mb_changes_put(mb_changes *changes, size_t row, const char *column, const char *data,
                    size_t len);

/*
 * The functions of a backfill that a script provides.  A backfill without SQL has `each` or
 * `batch`, not both.  `pause` may be NULL.  false from any of them: *err says why, and the
 * transaction is rolled back.
 */
typedef struct mb_backfill_script {
    void *self; /* passed to each function; borrowed */

    /* Called with rows first .. first + n - 1 of a page, whose column 0 is the key as text[]. */
    bool (*each)(void *self, const mb_result *page, size_t first, size_t n, mb_changes *changes,
                 mb_error *err);

    /*
     * Called with a page of keys (column 0 as above); the range goes from the first to the last of
     * them, both included.  *rows has their number and may be set to the number of rows changed.
     */
    bool (*batch)(void *self, const mb_result *page, int64_t *rows, mb_error *err);

    /* Called in a read-only transaction between batches; *wait: start no batch for now. */
    bool (*pause)(void *self, bool *wait, mb_error *err);
} mb_backfill_script;

/* A backfill as its script declares it; all texts are borrowed. */
typedef struct mb_backfill {
    const char *name;
    const char *table;          /* "t" or "schema.t", each part taken literally */
    const char *const *key;     /* unique NOT NULL columns; none: the primary key */
    size_t n_key;
    const char *where;          /* SQL condition; NULL: every row */
    const char *set;            /* SQL after SET; NULL: a function of the script changes the rows */
    const char *const *columns; /* columns that `each` gets; none: all */
    size_t n_columns;
    int target_ms;              /* intended duration of a batch; its rows are adapted to it */
    size_t rows;                /* rows of the first batch */
    int workers;                /* processes, this one included */
    bool record_errors; /* a row for which `each` fails is set aside; false: the run fails */
    bool remaining_ok;          /* rows that still match `where` at the end are not an error */
    const mb_setting *settings; /* they hold in each batch */
    size_t n_settings;
    mb_backfill_script script;
} mb_backfill;

/* Can the backfill have a value of this setting?  MB_ERR_USAGE: the hint says why not. */
MB_MUST_CHECK bool mb_backfill_check_setting(const char *backfill, const char *setting,
                                             mb_error *err);

typedef struct mb_backfill_result {
    int64_t rows;      /* rows processed, by all processes of all runs */
    int64_t remaining; /* rows that match `where` at the end */
    int64_t set_aside; /* rows that were set aside and accepted */
} mb_backfill_result;

/*
 * Runs a backfill to its end, and continues where an earlier run stopped.  `declared`: other
 * processes can load its declaration from the file, so worker processes may be started.  false also
 * when rows are left that match `where` (unless `remaining_ok`), or when rows that were set aside
 * are not accepted; the history then has the backfill as failed.
 */
MB_MUST_CHECK bool mb_backfill_run(mb_backfill_result *out, mb_durable *durable,
                                   const mb_backfill *backfill, bool declared, mb_error *err);

/* ---- backfills as other commands see them ---- */

/* A backfill as the history has it; the texts belong to mb_backfills. */
typedef struct mb_backfill_status {
    mb_part_state state;
    int64_t id; /* of its row in the history */
    mb_stream stream;
    mb_direction direction;
    char *migration, *name, *table;
    char *table_id;   /* the table's identity when it began; NULL: unknown */
    char *checksum;   /* the normalized checksum of the file that began or resumed it */
    char *args;       /* the checksum of the arguments that it was given */
    char *started_at; /* ISO 8601, UTC */
    char *ended_at;   /* NULL: it has not ended */
    char *error;      /* NULL for none */
    char *key, *last_key; /* JSON: the key's columns; the last key that was reached, or null */
    int64_t rows, rows_estimated, chunks, chunks_done, rejects, accepted, remaining;
    mb_runner *runner; /* of its migration; NULL: the migration is not running */
    bool alive;        /* the runner is alive */
    mb_declared_backfill *declared; /* mb_backfills_read_declared */
    double fraction;  /* the part of the work that is done, 0 to 1 */
    double seconds;   /* from its begin to its end, or to now */
} mb_backfill_status;

typedef struct mb_backfills {
    mb_backfill_status *items; /* oldest first */
    size_t n;
} mb_backfills;

/*
 * Lists the backfills with this name (NULL: all): NAME, MIGRATION/NAME or STREAM/MIGRATION/NAME.
 * The caller frees *out with mb_backfills_free.  It reads no file, so that a running backfill can
 * be seen and stopped even when a file is wrong.
 */
MB_MUST_CHECK bool mb_project_backfills(mb_backfills *out, mb_project *project, const char *name,
                                        mb_error *err);
void mb_backfills_free(mb_backfills *backfills);

/*
 * Adds what the files declare.  NULL remains for a backfill whose file cannot be read, is not the
 * one that began it, or does not declare it; an error is not reported.
 */
void mb_backfills_read_declared(mb_backfills *backfills, mb_project *project);

/* The item of its migration in the status that was read last; NULL: it has no file. */
const mb_item *mb_backfill_item(const mb_project *project, const mb_backfill_status *status);

/*
 * Reads the rows of one backfill that were set aside and not accepted, oldest first, in three
 * columns: key (text[]), error, at.  The caller frees *out with mb_result_free.
 */
MB_MUST_CHECK bool mb_project_rejects(mb_result **out, mb_project *project, const char *name,
                                      mb_error *err);

/*
 * Reads the chunks of one backfill in the order of the key, in five columns: number, state ("done",
 * "begun" or "waiting"), rows that were processed in it, last_key (text[], the end of its range),
 * and reached (text[]; NULL: it is not begun).  The caller frees *out with mb_result_free.
 */
MB_MUST_CHECK bool mb_project_chunks(mb_result **out, mb_project *project, const char *name,
                                     mb_error *err);

typedef enum mb_backfill_verb {
    MB_BACKFILL_PAUSE,
    MB_BACKFILL_RESUME,
    MB_BACKFILL_CANCEL,
} mb_backfill_verb;

/*
 * Pauses, resumes or cancels a backfill; each process obeys after its current batch.  *changed is
 * false when the backfill is in that state already.  Pausing and cancelling are exempt from
 * policies, because they only stop work that was allowed to start.  An event records who did it.
 */
MB_MUST_CHECK bool mb_project_backfill_control(mb_project *project, const char *name,
                                               mb_backfill_verb verb, bool *changed, mb_error *err);

/*
 * Works on a running backfill until no chunk is left.  The file and the arguments in `given` must
 * be those that began it (MB_ERR_POLICY).  *rows: the rows that this process has processed.
 */
MB_MUST_CHECK bool mb_project_backfill_join(int64_t *rows, mb_project *project, const char *name,
                                            mb_given given, const mb_reporter *reporter,
                                            mb_error *err);

typedef struct mb_backfill_retried {
    int64_t done, left, gone; /* rows that succeeded, that failed again, that do not exist any more */
} mb_backfill_retried;

/* Tries each row that was set aside once more, with the file as it is now. */
MB_MUST_CHECK bool mb_project_backfill_retry(mb_backfill_retried *out, mb_project *project,
                                             const char *name, mb_given given,
                                             const mb_reporter *reporter, mb_error *err);

/*
 * Accepts all rows that are set aside, so that the migration can finish; *accepted is their number.
 */
MB_MUST_CHECK bool mb_project_backfill_accept(int64_t *accepted, mb_project *project,
                                              const char *name, mb_error *err);

#endif

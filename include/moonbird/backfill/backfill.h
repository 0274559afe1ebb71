/*
 * backfill.h -- data migrations in batches, by any number of processes.
 *
 * A table is cut once into chunks of key ranges, up to an upper bound frozen at
 * the start.  Any process that has the migration's file takes chunks; PostgreSQL
 * hands them out (FOR UPDATE SKIP LOCKED).  A batch is a page of a chunk by its
 * key, in one transaction with the place reached: done exactly once, whatever
 * is killed.
 */
#ifndef MOONBIRD_BACKFILL_H
#define MOONBIRD_BACKFILL_H

#include "moonbird/project/reporter.h"
#include "moonbird/project/args.h"
#include "moonbird/project/project.h"
#include "moonbird/run/step.h"

/* What a script wants changed in a page's rows; the first row is 0. */
typedef struct mb_changes mb_changes;

/* The type of a column; an unknown one is an error. */
MB_MUST_CHECK bool mb_changes_type(const mb_changes *changes, const char *column, uint32_t *type,
                                   mb_error *err);

/* Is it a column of the key?  Those are not to be put. */
bool mb_changes_is_key(const mb_changes *changes, const char *column);

/* Row `row` gets `data` (NULL: SQL NULL) in a column whose type was asked for. */
void mb_changes_put(mb_changes *changes, size_t row, const char *column, const char *data,
                    size_t len);

/* What of a backfill is the script's: one of the first two unless there is SQL; `pause` may be NULL. */
typedef struct mb_backfill_script {
    void *self;

    /* Rows first .. first + n - 1 of a page, whose column 0 is the key as text[]. */
    bool (*each)(void *self, const mb_result *page, size_t first, size_t n, mb_changes *changes,
                 mb_error *err);

    /* The first and the last row of a page of keys (column 0 as above): both belong to it.  *rows may be set. */
    bool (*batch)(void *self, const mb_result *page, int64_t *rows, mb_error *err);

    /* Shall it wait?  In a read-only transaction. */
    bool (*pause)(void *self, bool *wait, mb_error *err);
} mb_backfill_script;

/* A declaration; all text borrowed. */
typedef struct mb_backfill {
    const char *name;
    const char *table;          /* "t" or "schema.t", each part taken literally */
    const char *const *key;     /* unique columns that are never NULL; none: the primary key's */
    size_t n_key;
    const char *where;          /* SQL; NULL: every row */
    const char *set;            /* SQL; NULL where a function does it */
    const char *const *columns; /* that `each` sees; none: all */
    size_t n_columns;
    int target_ms;              /* a batch grows or shrinks toward this */
    size_t rows;                /* of the first batch */
    int workers;                /* processes, this one included */
    bool record_errors;         /* a row that makes `each` fail is set aside */
    bool remaining_ok;          /* rows that match `where` in the end are no failure */
    mb_backfill_script script;
} mb_backfill;

typedef struct mb_backfill_result {
    int64_t rows;      /* that were met, by all processes of all runs */
    int64_t remaining; /* that match `where` in the end */
    int64_t set_aside; /* and accepted */
} mb_backfill_result;

/*
 * All of it, from where an earlier run left it; `declared`: other processes can
 * load it, and workers are started.  Fails where rows remain or are set aside.
 */
MB_MUST_CHECK bool mb_backfill_run(mb_backfill_result *out, mb_durable *durable,
                                   const mb_backfill *backfill, bool declared, mb_error *err);

/* ---- from outside of the migration that runs ---- */

typedef enum mb_backfill_state {
    MB_BACKFILL_GONE, /* the history has no row of it */
    MB_BACKFILL_RUNNING,
    MB_BACKFILL_PAUSED,
    MB_BACKFILL_DONE,
    MB_BACKFILL_FAILED,
    MB_BACKFILL_CANCELLED,
} mb_backfill_state;

const char *mb_backfill_state_name(mb_backfill_state state); /* "running", ... */

typedef struct mb_backfill_status {
    mb_backfill_state state;
    int64_t id;
    mb_stream stream;
    mb_direction direction;
    char *migration, *name, *table;
    char *checksum;   /* of the file that began or resumed it */
    char *args;       /* and of its arguments */
    char *started_at; /* ISO 8601, UTC */
    char *error;      /* NULL for none */
    int64_t rows, rows_estimated, chunks, chunks_done, rejects, remaining;
    double fraction;  /* of the work done, 0 to 1 */
    double seconds;   /* since it began, until it ended */
} mb_backfill_status;

typedef struct mb_backfills {
    mb_backfill_status *items; /* oldest first */
    size_t n;
} mb_backfills;

/*
 * `name` (NULL: all): the backfill's, or MIGRATION/NAME, or STREAM/MIGRATION/NAME.  No file is
 * read: whatever is wrong with one, a backfill that runs can be seen, and stopped.
 */
MB_MUST_CHECK bool mb_project_backfills(mb_backfills *out, mb_project *project, const char *name,
                                        mb_error *err);
void mb_backfills_free(mb_backfills *backfills);

/* Rows set aside and not accepted, oldest first; of one backfill: three columns, key (text[]), error, at. */
MB_MUST_CHECK bool mb_project_rejects(mb_result **out, mb_project *project, const char *name,
                                      mb_error *err);

typedef enum mb_backfill_verb {
    MB_BACKFILL_PAUSE,
    MB_BACKFILL_RESUME,
    MB_BACKFILL_CANCEL,
} mb_backfill_verb;

/*
 * Takes effect in every process within one batch; *changed is false where it is so already.  No
 * policy is asked, as of none that joins: what runs was allowed to, and a brake needs no leave.
 * The event says who pulled it.
 */
MB_MUST_CHECK bool mb_project_backfill_tell(mb_project *project, const char *name,
                                            mb_backfill_verb verb, bool *changed, mb_error *err);

/*
 * Join a backfill that runs: until no chunk is left.  The file must be the one
 * that began it, and `given` the same.  *rows are those that this process met.
 */
MB_MUST_CHECK bool mb_project_backfill_join(int64_t *rows, mb_project *project, const char *name,
                                            mb_given given, const mb_reporter *reporter,
                                            mb_error *err);

typedef struct mb_backfill_retried {
    int64_t done, left; /* rows that are done now, and rows that failed again */
} mb_backfill_retried;

/* Rows that were set aside are tried once more, with the file as it is now. */
MB_MUST_CHECK bool mb_project_backfill_retry(mb_backfill_retried *out, mb_project *project,
                                             const char *name, mb_given given,
                                             const mb_reporter *reporter, mb_error *err);

/* Let the rest of them be: the migration can go on without. */
MB_MUST_CHECK bool mb_project_backfill_accept(int64_t *accepted, mb_project *project,
                                              const char *name, mb_error *err);

#endif

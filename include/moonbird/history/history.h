/*
 * history.h -- the history of a database, kept in that database.
 *
 * The table `migrations` has one row for each applied or half-done migration; `events` is
 * append-only; `steps` and `backfills` (with their `chunks` and `rejects`) belong to a row of
 * `migrations`, and are created for the first migration that has any. All of them are in one
 * schema, and every statement qualifies their names. Only the files of src/history and src/backfill
 * contain SQL that names them. Reading the history creates nothing and takes no run lock.
 *
 * A function that returns false has set *err.
 */
#ifndef MOONBIRD_HISTORY_HISTORY_H
#define MOONBIRD_HISTORY_HISTORY_H

#include "moonbird/pg/round_trip.h"
#include "moonbird/format/migration.h"

/* The place of a history: a session with its database, and the schema of its tables. Borrowed. */
typedef struct mb_store {
    mb_conn *conn;
    const char *schema;
} mb_store;

typedef enum mb_state { MB_PENDING, MB_RUNNING, MB_APPLIED, MB_FAILED } mb_state;

const char *mb_state_name(mb_state state); /* "pending", "running", "applied" or "failed" */

/*
 * How much of the history to read: the columns that a plan needs, or all columns. MB_DETAIL_QUICK
 * is MB_DETAIL_PLAN without the check for foreign triggers, which is slow in a new session. It is
 * enough before the run lock is held, because the history is read again before anything is written.
 */
typedef enum mb_detail { MB_DETAIL_QUICK, MB_DETAIL_PLAN, MB_DETAIL_ALL } mb_detail;

/*
 * One row of `migrations`. All strings live as long as the history. A column that was not read is
 * "" or 0. A row is ordinary if its migration is in the auto stream and ran to its end, without
 * parameters.
 */
typedef struct mb_row {
    mb_stream stream;
    const char *name;
    int64_t position;       /* ascending in the order of applying */
    mb_state state;         /* never MB_PENDING */
    mb_direction direction; /* where it is running or failed */
    const char *file_sum, *normalized_sum;
    size_t done, total;          /* statements completed, and in the file */
    const char *environment;     /* where it ran, or "" */
    const char *args; /* the parameters with which it was applied (kept_args.h), or "" */

    /* In an ordinary row, done_sum is never read, and the next two only with MB_DETAIL_ALL. */
    const char *done_sum;   /* checksum of the completed statements */
    int64_t duration_us;    /* MB_UNSET where the row was marked, not run */
    const char *applied_at; /* ISO 8601, UTC; if it is not applied, when its attempt began */

    /* Read with MB_DETAIL_ALL only. */
    const char *applied_by, *host, *version, *commit, *error;
    const char *backup; /* path of the backup that was made before it was applied, or "" */
    int pid;            /* process id of the runner on `host` */
    int64_t started_us; /* when its attempt began, in microseconds; compare with mb_writer.row_us */
    char *texts;        /* the memory of the strings; owned */
} mb_row;

/* The tables of the history that exist, and their version. */
typedef struct mb_layout {
    int version; /* 0: none of them exists */
    bool parts;  /* those of steps and backfills exist too */
} mb_layout;

/* The environment that a history records; both NULL if none. Owned by the history. */
typedef struct mb_recorded {
    bool read; /* the history was asked */
    char *name, *server;
} mb_recorded;

typedef struct mb_history {
    bool schema;   /* the schema exists */
    bool exists;   /* `migrations` and `events` exist */
    mb_layout layout;
    mb_row *rows;  /* in ascending order of position */
    size_t n;
    mb_recorded *recorded; /* kept by mb_history_environment; NULL where there is no history */
    char *foreign; /* set by mb_history_foreign; NULL until then */
    /* describes a row with a value that moonbird never writes, on which loading fails; or NULL */
    char *bad_row;
    char *foreign_owner; /* a role other than the session's that owns the schema or a table; or NULL
                          */
    char *current_schema; /* in which the session creates names without a schema; NULL: in none */
    char *caught_by; /* the session's search_path, by which names without a schema are created in
                        the history's schema; NULL: they are not */
} mb_history;

/*
 * Statements for the message of a change, which saves their round trips: `before` ends with "; " or
 * is "", `after` gives no rows or is "". Both are borrowed. An error may come from any of them.
 */
typedef struct mb_message {
    const char *before, *after;
    bool sent; /* by the first change after it was set; the next ones are sent alone */
} mb_message;

/*
 * The author and the place of a change of the history; each change records them. Everything is
 * borrowed.
 */
typedef struct mb_writer {
    mb_store in;
    const char *environment; /* "" for none */
    const char *commit;      /* the project's git commit, "" when unknown */
    const char *command;     /* the command that the user ran: "up", "repair", ... */
    const char *backup;      /* path of the backup that was made just before; or NULL */
    /* started_at, in microseconds, of the row that this writer set to running; 0 for none */
    int64_t row_us;
    /* the history as it was read under the run lock, for mb_history_need; NULL: it exists */
    mb_history *history;
    mb_message *with; /* for the next change, which must be one of a single row; or NULL */
} mb_writer;

/*
 * Find out whether the history exists, its version and its owner, in one query, which also finds
 * out whether the session is pooled (mb_conn_set_pooled). Fails where the schema has tables of
 * these names that moonbird did not make. *out is freed with mb_history_free; after an error there
 * is nothing to free.
 *
 * Rules, row-level security policies and relations of another kind are always refused; triggers and
 * foreign keys are refused except with MB_DETAIL_QUICK. Where another role owns the schema or a
 * table, that role could alter it at any time. So the rows are then read with the tables locked,
 * after their definitions were compared in the same message, and mb_history_check_owner must be
 * called before anything is written.
 */
MB_MUST_CHECK bool mb_history_inspect(mb_history *out, mb_store in, mb_detail detail,
                                      mb_error *err);

/*
 * mb_history_inspect with MB_DETAIL_ALL outside of a transaction; then `begin`, statements that
 * begin one, in the same message. The transaction is rolled back if the inspection needs more
 * queries, and after an error: mb_conn_tx says whether it is open.
 */
MB_MUST_CHECK bool mb_history_inspect_then(mb_history *out, mb_store in, const char *begin,
                                           mb_error *err);

/*
 * Call before the first change. Fails with MB_ERR_POLICY unless every owner of the schema and its
 * tables is the session's role, a role that this role is a member of, a superuser, or `trusted`,
 * the role that the configuration names (NULL: none).
 */
MB_MUST_CHECK bool mb_history_check_owner(const mb_history *history, mb_store in,
                                          const char *trusted, mb_error *err);

/*
 * mb_history_inspect, then mb_history_check_owner. *exists: there is a history, and it may be
 * written.
 */
MB_MUST_CHECK bool mb_history_is_there(bool *exists, mb_store in, const char *trusted,
                                       mb_error *err);

/* mb_history_inspect, then read the rows. Free *out with mb_history_free. */
MB_MUST_CHECK bool mb_history_load(mb_history *out, mb_store in, mb_detail detail, mb_error *err);
void mb_history_free(mb_history *history);

/* The row with that key, borrowed from the history; NULL where there is none. */
const mb_row *mb_history_find(const mb_history *history, mb_key key);

/*
 * Set history->foreign, unless it is set, to a noun phrase that names another tool's history table,
 * else one of the user's tables; to "" where the database has neither. Tables of extensions and
 * providers do not count (provided_tables.h), nor do tables that the session's role cannot change,
 * in schemas in which it cannot create tables. If the history has events, user tables do not count:
 * moonbird's own migrations made them.
 */
MB_MUST_CHECK bool mb_history_foreign(mb_history *history, mb_store in, mb_error *err);

/*
 * Read the history again in the message that takes the run lock: mb_history_reload_sql gives the
 * statements that do the work of mb_history_load with MB_DETAIL_PLAN and, if `foreign`, of
 * mb_history_foreign. The caller frees them. mb_history_reload reads their answers into *out.
 */
char *mb_history_reload_sql(const mb_history *seen, const char *schema, bool foreign);
MB_MUST_CHECK bool mb_history_reload(mb_history *out, mb_store in, mb_answers *answers,
                                     mb_error *err);

/* The facts that are recorded when a migration begins or resumes; strings are borrowed. */
typedef struct mb_start {
    mb_direction direction;
    size_t total;         /* the number of its statements; 0 for Lua */
    const char
        *file_sum; /* finds the file again when it is renamed while the migration is half done */
    const char *args_sum; /* of the parameters that it can read; NULL: none */
    const char *args;     /* of its row, as it is applied; NULL: none */
} mb_start;

/* BEGIN, and lock_timeout for the changes that follow. */
MB_MUST_CHECK bool mb_history_begin_change(mb_store in, mb_error *err);

/*
 * Insert the row of a migration as running, and set by->row_us to its started_at, which tells this
 * row from one of an earlier try or another runner. `position` 0 appends; a redo passes the
 * position of the row that it removed. Where the row exists already (23505), sets *exists and
 * fails.
 */
MB_MUST_CHECK bool mb_history_begin(mb_writer *by, mb_key key, const mb_start *start,
                                    int64_t position, bool *exists, mb_error *err);

/* The process that a row belongs to. */
typedef struct mb_owner {
    mb_state state;
    bool own;            /* it belongs to this process */
    int64_t duration_us; /* where it is applied */
    size_t done;         /* statements completed */
    char host[256];
    int pid;
    int64_t started_us; /* in microseconds, by the server's clock */
    char who[256];      /* "pid N on HOST, since TIME", for messages */
} mb_owner;

/*
 * Read the owner of a migration's row. Fails, with a hint, if there is no row. `lock` locks the row
 * until the transaction ends, and fails at once (55P03) where another transaction has locked it.
 */
MB_MUST_CHECK bool mb_history_owner(mb_owner *out, const mb_writer *by, mb_key key, bool lock,
                                    mb_error *err);

/*
 * Set the row from running to applied, and record an event. Fails unless exactly one row with
 * by->row_us was changed. *duration_us is measured by the server's clock.
 */
MB_MUST_CHECK bool mb_history_applied(const mb_writer *by, mb_key key, const mb_checksums *sums,
                                      size_t statements, int64_t *duration_us, mb_error *err);

/*
 * Write the row of a migration of a pipelined batch once, as applied, with its event: the last
 * statement before the migration's COMMIT. The caller reads its answer, the duration since the
 * transaction began. It fails, and with it the transaction, where the row exists (23505) or was not
 * written, or the SQL condition `only_if` is not true. mb_history_batch_free frees; `by` is
 * borrowed until then.
 */
typedef struct mb_history_batch mb_history_batch;

mb_history_batch *mb_history_batch_new(const mb_writer *by, const char *only_if);
void mb_history_batch_free(mb_history_batch *rows); /* NULL is fine */
MB_MUST_CHECK bool mb_history_batch_record(const mb_history_batch *rows, mb_round_trip *batch,
                                           mb_key key, const mb_checksums *sums, size_t statements,
                                           mb_error *err);

/* What mb_history_resume found. */
typedef struct mb_resumed {
    bool same_args; /* no part of it ran in this direction with other parameters */
    char *row;      /* the row as it was, for mb_history_put_back; owned by the caller */
} mb_resumed;

/*
 * Set a half-done or applied row to running, and by->row_us to its new started_at. Fails unless
 * exactly one row is still as `was` describes it. `keep` keeps the count of completed statements,
 * the steps and the backfills; else they are reset, and the migration starts over. After an error
 * there is nothing to free in *out.
 */
MB_MUST_CHECK bool mb_history_resume(mb_writer *by, const mb_row *was, const mb_start *start,
                                     bool keep, mb_resumed *out, mb_error *err);

/*
 * Record the number of completed statements and their checksum. Fails unless the row is running and
 * is the writer's own.
 */
MB_MUST_CHECK bool mb_history_progress(const mb_writer *by, mb_key key, size_t done,
                                       const char *done_sum, mb_error *err);

/*
 * Delete the writer's own row with its steps and backfills, at the end of a rollback, and record an
 * event. Its detail is `redo_args`: the parameters with which a redo applies the migration again in
 * another transaction; NULL: none. Fails unless exactly one row was deleted. *duration_us is
 * measured by the server's clock.
 */
MB_MUST_CHECK bool mb_history_remove(const mb_writer *by, mb_key key, const char *redo_args,
                                     int64_t *duration_us, mb_error *err);

/*
 * Set *by_us if the last event of the migration is `what`, was successful and was recorded by this
 * process.
 */
MB_MUST_CHECK bool mb_history_did(bool *by_us, const mb_writer *by, mb_key key, const char *what,
                                  mb_error *err);

/*
 * Set the row to failed, if it is running and has by->row_us; record an event of the failure in any
 * case.
 */
MB_MUST_CHECK bool mb_history_failed(const mb_writer *by, mb_key key, mb_direction direction,
                                     const mb_error *why, mb_error *err);

/*
 * Record one event of a migration, or of its stream if key.name is NULL. `what`: "skip", "backup",
 * ...; `outcome`: "done", ...; `detail`: free text, or NULL.
 */
MB_MUST_CHECK bool mb_history_event(const mb_writer *by, mb_key key, const char *what,
                                    const char *outcome, const char *detail, mb_error *err);

/*
 * ---- rows changed without running anything ----
 *
 * Each function changes exactly one row and records an event in the same statement, or fails.
 * `detail` describes the change in the event.
 */

/* A migration that is recorded as applied; all of it is borrowed. */
typedef struct mb_marking {
    const mb_checksums *sums;
    size_t statements;
    const char *detail;
    const char *at; /* when it was applied, in ISO 8601; "": unknown; NULL: now */
} mb_marking;

/*
 * Record a migration as applied: insert its row, or change a running or failed one. The event is
 * named after by->command.
 */
MB_MUST_CHECK bool mb_history_mark(const mb_writer *by, mb_key key, const mb_marking *marking,
                                   mb_error *err);

/* Delete the row in any state, with its steps and backfills. */
MB_MUST_CHECK bool mb_history_forget(const mb_writer *by, mb_key key, const char *detail,
                                     mb_error *err);

/* Replace the checksums of an applied row. */
MB_MUST_CHECK bool mb_history_repair(const mb_writer *by, mb_key key, const mb_checksums *sums,
                                     const char *detail, mb_error *err);

/*
 * Rename the row in any state, with its steps and backfills. The event is recorded under the new
 * name.
 */
MB_MUST_CHECK bool mb_history_rename(const mb_writer *by, mb_key from, mb_key to,
                                     const char *detail, mb_error *err);

#endif

/*
 * history.h -- the history of a database, in the database.
 *
 * Tables `migrations` (one row an applied or half-done migration), `events`
 * (append-only), and what hangs on a migration: `steps`, `backfills` with their
 * `chunks` and `rejects`; in one schema, always qualified.  All SQL that names
 * them stands in history*.c.  Reading creates and locks nothing.
 */
#ifndef MOONBIRD_LEDGER_H
#define MOONBIRD_LEDGER_H

#include "moonbird/pg/round_trip.h"
#include "moonbird/format/migration.h"

/* Where a history is kept: a session with its database, and the schema of its tables. */
typedef struct mb_store {
    mb_conn *conn;
    const char *schema;
} mb_store;

typedef enum mb_state { MB_PENDING, MB_RUNNING, MB_APPLIED, MB_FAILED } mb_state;

const char *mb_state_name(mb_state state); /* "pending", ... */

/*
 * How much of the history is read: what a plan is made of, or all.  MB_DETAIL_GLANCE is
 * MB_DETAIL_PLAN without a count of the triggers.  It is enough before the run lock is held: the
 * history is read again before anything is written.
 */
typedef enum mb_detail { MB_DETAIL_GLANCE, MB_DETAIL_PLAN, MB_DETAIL_ALL } mb_detail;

/* Its texts are borrowed of the history; "" and 0 are also what was not read. */
typedef struct mb_row {
    mb_stream stream;
    const char *name;
    int64_t position;       /* the order of applying */
    mb_state state;         /* never MB_PENDING */
    mb_direction direction; /* of a running or failed one */
    const char *raw, *canonical;
    size_t done, total; /* statements */
    const char *done_sum;
    int64_t duration_us;    /* MB_UNSET when it was not run: marked */
    const char *applied_at; /* ISO 8601, UTC; of the last change when not applied */

    /* MB_DETAIL_ALL; applied_at, too, in the auto stream */
    const char *applied_by, *host, *version, *commit, *environment, *error;
    int pid; /* the runner's */
    int64_t started_us; /* when its attempt began: as mb_history_begin and _resume gave it */
    char *texts;    /* owns them */
} mb_row;

typedef struct mb_history {
    bool schema; /* there is one of its name */
    bool exists;
    bool outdated; /* not there, or of an older version: mb_history_create before a change */
    int version;   /* 0 where it is not there */
    mb_row *rows;  /* by position */
    size_t n;
    char *foreign; /* by mb_history_foreign; NULL: not asked */
    char *odd; /* a row that moonbird did not write so; NULL: loading fails where there is one */
    char *stranger; /* another role than the session's that the schema or a table belongs to */
} mb_history;

/* Who writes a history, and where: every change records it. */
typedef struct mb_writer {
    mb_store in;
    const char *environment; /* "" when none */
    const char *commit;      /* the project's git commit, "" when unknown */
    const char *command;
    const char *backup; /* the file of a backup made just before; or NULL */
    int64_t row_us;     /* of the row that it made `running`: its started_at; 0: none */
} mb_writer;

/*
 * Is the history there, which version, and whose?  One query; also learns whether a pooler is
 * between (mb_conn_set_pooled).  What is not moonbird's is an error.
 *
 * Guaranteed: a rule, a policy or another kind of relation is refused in any case, and so is a
 * trigger or a foreign key except by MB_DETAIL_GLANCE.  Where a stranger owns the schema or a
 * table, that role could exchange anything at any time: then the rows are read with the tables
 * locked, after all of their form was compared in the same message, and nothing is written without
 * mb_history_check_owner.
 */
MB_MUST_CHECK bool mb_history_look(mb_history *out, mb_store in, mb_detail detail, mb_error *err);

/*
 * Before the first change.  An owner is trusted who is the session's role, a role that it is a
 * member of, or a superuser; or `trusted` by the configuration (NULL: none).
 */
MB_MUST_CHECK bool mb_history_check_owner(const mb_history *history, mb_store in,
                                          const char *trusted, mb_error *err);

/* Both: whether there is one that may be written to. */
MB_MUST_CHECK bool mb_history_is_there(bool *exists, mb_store in, const char *trusted,
                                       mb_error *err);

/* mb_history_look, and the rows. */
MB_MUST_CHECK bool mb_history_load(mb_history *out, mb_store in, mb_detail detail, mb_error *err);
void mb_history_free(mb_history *history);
const mb_row *mb_history_find(const mb_history *history, mb_key key);

/*
 * Learns, unless it is known, of another tool's history table, else a user's table, as a
 * sentence's object; "" when the database has neither.  Tables do not count where the
 * history has events: what was done here made them.
 */
MB_MUST_CHECK bool mb_history_foreign(mb_history *history, mb_store in, mb_error *err);

/*
 * mb_history_load, of MB_DETAIL_PLAN, and mb_history_foreign if that is of use, as statements
 * that can go with the run lock (the caller frees them) and as their answers.
 */
char *mb_history_reload_sql(const mb_history *seen, const char *schema, bool foreign);
MB_MUST_CHECK bool mb_history_reload(mb_history *out, mb_store in, mb_answers *answers,
                                     mb_error *err);

/*
 * Create the history where it has to be made: *unmade is how it was seen under the run lock, and
 * NULL afterwards.  To be called before the first write; nothing where *unmade is NULL.
 */
MB_MUST_CHECK bool mb_history_need(mb_store in, const mb_history **unmade, mb_error *err);

/*
 * What the history as it was `seen` under the run lock lacks: schema and tables, or
 * what a newer version has, in a transaction of its own.  A role that may not
 * create is asked for nothing that is there already.
 */
MB_MUST_CHECK bool mb_history_create(mb_store in, const mb_history *seen, mb_error *err);

/* The same in a round trip, as *n statements; the last of them is the COMMIT. */
MB_MUST_CHECK bool mb_history_create_in(mb_round_trip *bundle, const char *schema,
                                        const mb_history *seen, size_t *n, mb_error *err);

/*
 * INSERT as running; *taken is true when another runner's row is there already
 * (23505).  `position` 0 is a new one; redo keeps the one that there was.
 * by->row_us is set: it tells the row from what an earlier try, or another runner, makes.
 */
MB_MUST_CHECK bool mb_history_begin(mb_writer *by, mb_key key, int64_t position, size_t total,
                                    bool *taken, mb_error *err);

/* Who wrote a row. */
typedef struct mb_owner {
    mb_state state;
    bool own;            /* this process */
    int64_t duration_us; /* of an applied one */
    size_t done;         /* statements */
    char host[256];
    int pid;
    int64_t started_us; /* by the server's clock */
    char who[256];      /* a process and its host, and since when */
} mb_owner;

/*
 * false, with a hint, where there is no row.  `lock` keeps other writers from it until the
 * transaction ends, and fails at once (55P03) where one has it.
 */
MB_MUST_CHECK bool mb_history_owner(mb_owner *out, const mb_writer *by, mb_key key, bool lock,
                                    mb_error *err);

/* running -> applied, and an event; exactly one row, by->row_us, else an error. *duration_us is the
 * server's. */
MB_MUST_CHECK bool mb_history_applied(const mb_writer *by, mb_key key, const mb_checksums *sums,
                                      size_t statements, int64_t *duration_us, mb_error *err);

/*
 * Both in a batch, whose answers tell what became of them: the second has the
 * duration, and fails where it meets no row or `only_if` is not true.  `settings` is a list
 * of set_config calls that takes $11, $12 and $13; they run once the row is there.
 * `by` is borrowed for as long as the texts are used.
 */
typedef struct mb_history_batch mb_history_batch;

mb_history_batch *mb_history_batch_new(const mb_writer *by, const char *settings,
                                       const char *only_if);
void mb_history_batch_free(mb_history_batch *texts); /* NULL is fine */
MB_MUST_CHECK bool mb_history_batch_begin(const mb_history_batch *texts, mb_round_trip *batch,
                                          mb_key key, size_t total, const char *const settings[3],
                                          mb_error *err);
MB_MUST_CHECK bool mb_history_batch_applied(const mb_history_batch *texts, mb_round_trip *batch,
                                            mb_key key, const mb_checksums *sums, size_t statements,
                                            mb_error *err);

/*
 * The row `was`, while it is in that state, to running in `direction`; exactly one row,
 * else an error.  `keep` the count of statements, the steps and the backfills done,
 * or begin anew.  by->row_us is set.
 */
MB_MUST_CHECK bool mb_history_resume(mb_writer *by, const mb_row *was, mb_direction direction,
                                     bool keep, size_t total, mb_error *err);

/* Statements done, with the sum over them; of the writer's own row, else an error. */
MB_MUST_CHECK bool mb_history_progress(const mb_writer *by, mb_key key, size_t done,
                                       const char *done_sum, mb_error *err);

/* The writer's own row, and what hangs on it, away; else an error; and an event. */
MB_MUST_CHECK bool mb_history_remove(const mb_writer *by, mb_key key, int64_t *duration_us,
                                     mb_error *err);

/* Is the last event of the migration `what`, done by this process? */
MB_MUST_CHECK bool mb_history_did(bool *by_us, const mb_writer *by, mb_key key, const char *what,
                                  mb_error *err);

/* running -> failed, where the row is by->row_us; and an event in any case. */
MB_MUST_CHECK bool mb_history_failed(const mb_writer *by, mb_key key, mb_direction direction,
                                     const mb_error *why, mb_error *err);

MB_MUST_CHECK bool mb_history_event(const mb_writer *by, mb_key key, const char *what,
                                    const char *outcome, const char *detail, mb_error *err);

/* ---- changed without running anything; each changes one row, else is an error, and writes an
 * event ---- */

/* Applied: by a new row, or a running or failed one's.  The event has the name of the command. */
MB_MUST_CHECK bool mb_history_mark(const mb_writer *by, mb_key key, const mb_checksums *sums,
                                   size_t statements, const char *detail, mb_error *err);

/* The row, and what hangs on it, away, whatever its state. */
MB_MUST_CHECK bool mb_history_forget(const mb_writer *by, mb_key key, const char *detail,
                                     mb_error *err);

/* An applied row's sums become these. */
MB_MUST_CHECK bool mb_history_repair(const mb_writer *by, mb_key key, const mb_checksums *sums,
                                     const char *detail, mb_error *err);

/* The row, in any state, and what hangs on it, under another name; the event has the new one. */
MB_MUST_CHECK bool mb_history_rename(const mb_writer *by, mb_key from, mb_key to,
                                     const char *detail, mb_error *err);

/* ---- events ---- */

/* One of them; texts that the event does not have are NULL. */
typedef struct mb_event {
    char *at; /* ISO 8601, UTC */
    char *who, *host, *environment, *command, *stream, *name, *what, *outcome, *detail;
    int pid; /* the runner's */
} mb_event;

typedef struct mb_events {
    mb_event *items; /* newest first */
    size_t n;
} mb_events;

typedef struct mb_event_filter {
    const char *name;        /* of the migration */
    const mb_stream *stream; /* NULL: both */
    size_t limit;            /* at most so many, the newest; 0 for all */
} mb_event_filter;

MB_MUST_CHECK bool mb_history_events(mb_events *out, mb_store in, const mb_history *history,
                                     const mb_event_filter *filter, mb_error *err);
void mb_events_free(mb_events *events);

#endif

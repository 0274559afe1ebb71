/*
 * history_sql.h -- how the files that hold the history's SQL send it.
 *
 * A statement is written with `$S` for the history's schema as an identifier, and
 * `$N` for its name as a literal.  Such a template contains no name or value of a user's.
 */
#ifndef MOONBIRD_MIGRATE_LEDGER_SQL_H
#define MOONBIRD_MIGRATE_LEDGER_SQL_H

#include "moonbird/history/history.h"
#include "moonbird/pg/qualified.h"

enum { MB_HISTORY_VERSION = 3 };

/* Element n makes version n + 1 of the tables from version n. */
extern const char *const mb_history_ddl[MB_HISTORY_VERSION];

/* look.c: what is asked before anything else, as a template with one result; and that. */
extern const char mb_history_look_sql[];
MB_MUST_CHECK bool mb_history_take_look(mb_history *out, mb_store in, const mb_result *res,
                                        mb_error *err);

/* After an error that a form's guard raised: what differs.  Any other error stays. */
void mb_history_explain(mb_store in, const mb_history *history, mb_error *err);

/* A template, and its parameters. */
typedef struct mb_query {
    const char *sql;
    size_t n;
    const mb_param *params;
} mb_query;

/*
 * mb_history_query of a SELECT, outside of a transaction; of another role's `tables` ("$S.events")
 * in one in which they are as moonbird made them.
 */
MB_MUST_CHECK bool mb_history_read(mb_result **out, mb_store in, const mb_history *history,
                                   const char *tables, mb_query query, mb_error *err);

/* By a row's word for it. */
mb_state mb_state_of(const char *name);

/* The statement as it is sent; the caller frees it. */
char *mb_history_sql(const char *sql, const char *schema);

/*
 * The text with a comment that pgpool-II obeys: else it sends what begins with SELECT to a standby, whose
 * history is older than the primary's.  A session that it balances cannot be told from a direct one.  The
 * caller frees it.
 */
char *mb_history_for_primary(const char *text);

/* Typed as text, so that a parameter may stand in a statement unused. */
mb_param mb_history_text(const char *s);

/* Say what to do where a role may not read or write the history, or the session only reads. */
void mb_history_add_hint(mb_error *err, mb_store in);

/* Send a template without parameters as one message: one round trip. */
MB_MUST_CHECK bool mb_history_ask(mb_result **out, mb_store in, const char *sql, mb_error *err);

/* Send a template with parameters; `out` may be NULL. */
MB_MUST_CHECK bool mb_history_query(mb_result **out, mb_store in, mb_query query, mb_error *err);

/* The same with a text that stands as it is: one with names of a user's is no template. */
MB_MUST_CHECK bool mb_history_send(mb_result **out, mb_store in, mb_query text, mb_error *err);

/* A change of the history: a template with the parameters of every change, and its own. */
typedef struct mb_edit {
    const char *sql;
    size_t n;
    const char *const *own;
} mb_edit;

/*
 * A change of one row, and of one only; where it has an event, in the same statement: `WITH
 * row AS (...), event AS (INSERT INTO events ... FROM row) SELECT ... FROM row`.
 * Parameters: $1 stream, $2 name, $3 host, $4 pid, $5 environment, $6 command, then `own`
 * from $7 on, at most 12.  *value (may be NULL): the first column, where it gives one.
 */
MB_MUST_CHECK bool mb_history_change(const mb_writer *by, mb_key key, mb_edit edit, int64_t *value,
                                     mb_error *err);

/* A statement with the same parameters that may change nothing, and is of no stream ($1 is unused). */
MB_MUST_CHECK bool mb_history_write(const mb_writer *by, const char *name, mb_edit edit,
                                    mb_error *err);

/* environment.c: an event of what is no migration: a script, a console, a command. */
MB_MUST_CHECK bool mb_history_event_of(const mb_writer *by, const char *name, const char *what,
                                       const char *outcome, const char *detail, mb_error *err);

/* The hint where a row is not what this process made it. */
#define MB_CHANGED_MEANWHILE                                                                       \
    "Another session changed the history at the same time. Check moonbird status."

/* started_at of a row in microseconds: by it one try is told from another. */
#define MB_STARTED_US MB_US_OF("started_at")

#define MB_EVENT_COLUMNS \
    "stream, name, runner_host, runner_pid, environment, command, what, outcome"
#define MB_EVENT_VALUES "$1, $2, $3, $4::int, $5, $6"

enum { MB_NUMBER_SIZE = 24 };

const char *mb_number_text(char text[MB_NUMBER_SIZE], int64_t n);

#endif

/*
 * history_sql.h -- how the files that contain the history's SQL send it.
 *
 * A statement is a template with `$S` for the history's schema as an identifier, and `$N` for its
 * name as a literal. A template contains no names or values of the user's: those are parameters.
 */
#ifndef MOONBIRD_HISTORY_HISTORY_SQL_H
#define MOONBIRD_HISTORY_HISTORY_SQL_H

#include "moonbird/history/history.h"
#include "moonbird/base/buf.h"
#include "moonbird/pg/qualified.h"

/*
 * Comes before SQL whose names have no schema: definitions of tables, and the query that reads the
 * definitions. It also sets how the server quotes names, because a role can have another value. All
 * other SQL qualifies its names (pg/qualified.h) and needs no search_path.
 */
#define MB_HISTORY_SEARCH_PATH                                                                     \
    "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL quote_all_identifiers = off; "

enum { MB_HISTORY_VERSION = 5 };

/*
 * Element n makes version n + 1 of the tables from version n: of `migrations` and `events`, and of
 * the tables of steps and backfills. NULL: no change.
 */
extern const struct mb_history_ddl {
    const char *rows, *parts;
} mb_history_ddl[MB_HISTORY_VERSION];

/* Append the statement that marks the tables as being of that layout: a template. */
void mb_history_add_mark(mb_buf *sql, mb_layout layout);

/*
 * inspect.c: the query that mb_history_inspect sends, as a template with one result, and the
 * function that reads this result into *out.
 */
extern const char mb_history_inspect_sql[];

/*
 * inspect.c: a statement, as a template, that fails unless "events" is a plain table of the session's
 * role, without signs of objects that moonbird did not make.
 */
extern const char mb_history_events_guard[];
MB_MUST_CHECK bool mb_history_read_inspection(mb_history *out, mb_store in, const mb_result *res,
                                              mb_error *err);

/*
 * Call after a failed statement. If the guard of check_tables.h raised the error, replaces it with
 * one that says what differs, and rolls the transaction back; any other error stays.
 */
void mb_history_explain(mb_store in, const mb_history *history, mb_error *err);

/* A statement, and its parameters; all borrowed. */
typedef struct mb_query {
    const char *sql;
    size_t n;
    const mb_param *params;
} mb_query;

/*
 * mb_history_load that also sends a query on $S.events, in the message that reads the rows, which
 * saves a round trip. `read` gets the rows of the query in one or more calls, and none where there
 * is no history. After an error, the rows that it has got so far are invalid.
 */
typedef struct mb_second_query {
    mb_query query; /* its parameters are of type text */
    void (*read)(void *self, const mb_result *part);
    void *self;
} mb_second_query;

MB_MUST_CHECK bool mb_history_load_with(mb_history *out, mb_store in, mb_detail detail,
                                        const mb_second_query *second, mb_error *err);

/*
 * A SELECT with parameters of type text outside a transaction, as one message with the limits.
 * If another role owns the history, the message first checks the definitions of `tables`
 * ("$S.events"). The caller frees *out with mb_result_free.
 */
MB_MUST_CHECK bool mb_history_read(mb_result **out, mb_store in, const mb_history *history,
                                   const char *tables, mb_query query, mb_error *err);

/* The state that the column `state` names. */
mb_state mb_state_of(const char *name);

/* Fill in the `$S` and `$N` of a template; the caller frees the result. */
char *mb_history_sql(const char *sql, const char *schema);

/*
 * mb_history_sql that also writes the parameters, all of type text, into the template as literals:
 * a message of several statements cannot have parameters. The caller frees the result.
 */
char *mb_history_literals(mb_query query, const char *schema);

/*
 * Prefix the text with a comment that pgpool-II obeys; the caller frees the result. Without it,
 * pgpool-II sends a statement that begins with SELECT to a standby, whose history is older than the
 * primary's. A balanced session cannot be told from a direct one, so every statement has the
 * comment.
 */
char *mb_history_for_primary(const char *text);

/*
 * A parameter of type text. With an explicit type a statement may leave the parameter unused. `s`
 * is borrowed; NULL is SQL's NULL.
 */
mb_param mb_history_text(const char *s);

/*
 * Add a hint to *err if the role lacks a privilege on the history (42501), or the session is
 * read-only (25006); name the session that has locked the history (55P03).
 */
void mb_history_add_hint(mb_error *err, mb_store in);

/*
 * Send a template without parameters as one simple-protocol message. *out is freed by the caller.
 */
MB_MUST_CHECK bool mb_history_ask(mb_result **out, mb_store in, const char *sql, mb_error *err);

/*
 * Send a template with parameters, which are of type text outside a transaction: there the message
 * also sets the limits. `out` may be NULL; else the caller frees *out.
 */
MB_MUST_CHECK bool mb_history_query(mb_result **out, mb_store in, mb_query query, mb_error *err);

/*
 * mb_history_query in one simple-protocol message with other statements; sets with->sent. The
 * query returns a row, or `out` is NULL.
 */
MB_MUST_CHECK bool mb_history_query_with(mb_result **out, mb_store in, mb_query query,
                                         mb_message *with, mb_error *err);

/*
 * mb_history_query for a finished statement in a transaction: a statement that contains names of
 * the user's objects cannot be a template.
 */
MB_MUST_CHECK bool mb_history_send(mb_result **out, mb_store in, mb_query text, mb_error *err);

/* A change of the history: a template, and its own parameters after those that every change has. */
typedef struct mb_edit {
    const char *sql;
    size_t n;               /* number of `own` parameters, at most 12 */
    const char *const *own; /* values as text, borrowed; NULL is SQL's NULL */
} mb_edit;

/*
 * Change exactly one row, else fail with MB_HINT_ROW_CHANGED. A change with an event makes both in
 * one statement: `WITH row AS (...), event AS (INSERT INTO events ... FROM row) SELECT ... FROM
 * row`. Parameters: $1 stream, $2 name, $3 host, $4 pid, $5 environment, $6 command, then `own`
 * from $7 on. *value is the first column that the statement returns; `value` may be NULL.
 */
MB_MUST_CHECK bool mb_history_change(const mb_writer *by, mb_key key, mb_edit edit, int64_t *value,
                                     mb_error *err);

/*
 * mb_history_change for a statement that belongs to no stream ($1 is unused) and that may change
 * nothing.
 */
MB_MUST_CHECK bool mb_history_write(const mb_writer *by, const char *name, mb_edit edit,
                                    mb_error *err);

/* mb_history_write for an edit with RETURNING; *written: it returned a row. */
MB_MUST_CHECK bool mb_history_write_if(bool *written, const mb_writer *by, const char *name,
                                       mb_edit edit, mb_error *err);

/* Record an event of something other than a migration: a script, a console, a command. */
MB_MUST_CHECK bool mb_history_event_of(const mb_writer *by, const char *name, const char *what,
                                       const char *outcome, const char *detail, mb_error *err);

typedef struct mb_script_event {
    const char *name, *what, *outcome, *detail; /* as mb_history_event_of takes them */
} mb_script_event;

/*
 * mb_history_event_of outside a transaction, behind the statements `first` ("" or ending with "; ")
 * and mb_history_events_guard, in one message.
 */
MB_MUST_CHECK bool mb_history_event_after(const mb_writer *by, const char *first,
                                          const mb_script_event *event, mb_error *err);

/* The hint for a row that is not as this process left it. */
#define MB_HINT_ROW_CHANGED                                                                        \
    "Another session changed the history at the same time. Check moonbird status."

/* A row's started_at in microseconds, which tells one try from another. */
#define MB_STARTED_US MB_US_OF("started_at")

/* The columns of an event, and their values among the parameters of mb_history_change. */
#define MB_EVENT_COLUMNS \
    "stream, name, runner_host, runner_pid, environment, command, what, outcome"
#define MB_EVENT_VALUES "$1, $2, $3, $4::int, $5, $6"

/* The same for an event without a migration: it has no `stream`. */
#define MB_OTHER_EVENT_COLUMNS \
    "name, runner_host, runner_pid, environment, command, what, outcome"
#define MB_OTHER_EVENT_VALUES "$2, $3, $4::int, $5, $6"

enum { MB_NUMBER_SIZE = 24 };

/* Write `n` in decimal into `text`, and return it: a parameter's value. */
const char *mb_number_text(char text[MB_NUMBER_SIZE], int64_t n);

#endif

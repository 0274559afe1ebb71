/*
 * conn.h -- one session with one PostgreSQL server.
 *
 * Nothing here blocks in libpq: every wait looks at the interrupt flag, and an
 * interrupt cancels what runs, collects the server's answer and returns
 * MB_ERR_INTERRUPTED.  TimeZone UTC, DateStyle ISO and client_encoding UTF8 are
 * asked for at login.  Server notices go to the log.  No password ever stands in an error.
 */
#ifndef MOONBIRD_CONN_H
#define MOONBIRD_CONN_H

#include "moonbird/base/error.h"

#include <stdint.h>

typedef struct mb_conn mb_conn;
typedef struct mb_result mb_result; /* opaque; holds rows */

/*
 * Settings that no login can ask for, so that strings read the same on every server, floats
 * are exact and a NULL in an array is not the text "NULL" (a role can say otherwise, and before
 * PostgreSQL 12 all did, of floats); and no time limit that
 * the database or the role sets for its everyday statements.  pg_dump sets that to 0, too.
 * `scope`: "LOCAL" or "SESSION".
 */
#define MB_PINS(scope)                                                                             \
    "SET " scope " intervalstyle = 'postgres'; SET " scope " bytea_output = 'hex';"                \
    " SET " scope " extra_float_digits = 3; SET " scope " array_nulls = on;"                       \
    " SET " scope " statement_timeout = 0"

typedef enum mb_tx {
    MB_TX_IDLE,   /* no transaction */
    MB_TX_ACTIVE, /* a command is under way */
    MB_TX_OPEN,   /* in a transaction */
    MB_TX_FAILED, /* in a transaction that only ROLLBACK ends */
    MB_TX_LOST,   /* no connection */
} mb_tx;

/*
 * `conninfo`: a URL or key/value string, "" for what PG* variables, service and password files say.
 * Of several hosts one that does not answer within connect_timeout is left for the others; the
 * other addresses of its name are left with it.
 */
MB_MUST_CHECK bool mb_conn_open(mb_conn **out, const char *conninfo, mb_error *err);
void mb_conn_close(mb_conn *conn); /* NULL is fine */

/*
 * The same with a server that must not keep us: the login (unless connect_timeout says otherwise)
 * and each answer come within so many seconds, or the session is lost (MB_ERR_CONNECT).
 */
MB_MUST_CHECK bool mb_conn_open_within(mb_conn **out, const char *conninfo, int seconds,
                                       mb_error *err);

/*
 * Another session with the same server and database.  The connection string may lead elsewhere by
 * now (several hosts, a service file, DNS, a failover): what is not the same server, in recovery,
 * or behind what was written already, is refused with MB_ERR_FAILED, and the error says where the
 * session was and where the new one is.  Same is: the system identifier, the database's oid, a
 * timeline and a place in the WAL that are not earlier and, without a pooler, the address.
 */
MB_MUST_CHECK bool mb_conn_again(mb_conn **out, const mb_conn *like, mb_error *err);

/* A new session in place of one that was lost; its settings, locks and so on are gone.  As above. */
MB_MUST_CHECK bool mb_conn_reconnect(mb_conn *conn, mb_error *err);

/* Count the session as lost: an answer is missing, and what came of its statement is not known. */
void mb_conn_give_up(mb_conn *conn);

mb_tx mb_conn_tx(const mb_conn *conn);

/* As far as this side knows, of a session that waits for nothing: it is looked at, not asked. */
bool mb_conn_is_there(mb_conn *conn);
const char *mb_conn_setting(const mb_conn *conn, const char *name); /* reported ones; NULL if unknown */
bool mb_conn_backslashes(const mb_conn *conn);     /* is standard_conforming_strings off? */
int mb_conn_version(const mb_conn *conn);          /* 150004; 0 when the connection is lost */
int mb_conn_backend_pid(const mb_conn *conn);      /* as the server or a pooler told at login */
const char *mb_conn_host(const mb_conn *conn);     /* "" never NULL; borrowed */
const char *mb_conn_port(const mb_conn *conn);
const char *mb_conn_database(const mb_conn *conn);
const char *mb_conn_user(const mb_conn *conn);

/* How a target reads in output: host:port/database, or socket folder; never a password. Caller frees. */
char *mb_conn_describe(const mb_conn *conn);

/*
 * Does `conninfo` lead to the database of this session: one of its hosts the same
 * server, the port and the database equal?  PG* variables, service files and
 * defaults are counted in; the names of this machine (localhost, its addresses, a
 * socket) are one; other names are looked up where the rest is equal, if `ask`.
 * MB_ERR_USAGE: it cannot be read.
 */
MB_MUST_CHECK bool mb_conn_is(bool *is, mb_conn *conn, const char *conninfo, bool ask,
                              mb_error *err);

/* Its passwords are secrets (secret.h) from now on; all of it where libpq cannot read it. */
void mb_conninfo_hide(const char *conninfo);

/* Add a parameter, by libpq's name, that stands for any value before it; the old text is freed. */
MB_MUST_CHECK bool mb_conninfo_add(char **conninfo, const char *key, const char *value,
                                   mb_error *err);

/*
 * Our own SQL: one or several statements in one message (simple protocol), the
 * last result in *out (NULL `out` when it does not matter).
 */
MB_MUST_CHECK bool mb_conn_exec(mb_result **out, mb_conn *conn, const char *sql, mb_error *err);

/*
 * mb_conn_exec of one statement that reads; the first such call of a session, outside of a
 * transaction, learns in the same message which server that is.  The same round trip.
 */
MB_MUST_CHECK bool mb_conn_exec_identified(mb_result **out, mb_conn *conn, const char *sql,
                                           mb_error *err);

/*
 * A transaction that only reads, whatever is sent in it: once it has a snapshot, the server lets
 * nothing make it READ WRITE.
 */
#define MB_BEGIN_READING "BEGIN READ ONLY; SELECT"

/* What was learned: the system identifier ("" where it is not known), the database's oid (or 0). */
const char *mb_conn_system(const mb_conn *conn); /* borrowed */
uint32_t mb_conn_database_oid(const mb_conn *conn);

/* The same with the result of each statement, `least` at least; none where one failed. */
typedef struct mb_answers {
    mb_result **items;
    size_t n;
} mb_answers;

MB_MUST_CHECK bool mb_conn_exec_each(mb_answers *out, mb_conn *conn, const char *sql,
                                     size_t least, mb_error *err);
void mb_answers_free(mb_answers *answers);

/* A text parameter; NULL data is SQL NULL.  `binary` for bytea. `type` 0: left to the server. */
typedef struct mb_param {
    const char *data;
    size_t len;
    bool binary;
    uint32_t type;
} mb_param;

/*
 * One statement with parameters.  The second use of a text prepares it under a
 * name, kept until a statement other than DML runs (its plan's result type may
 * change); behind a pooler (mb_conn_set_pooled) nothing is kept.
 */
MB_MUST_CHECK bool mb_conn_query(mb_result **out, mb_conn *conn, const char *sql, size_t n,
                                 const mb_param *params, mb_error *err);

/*
 * The limits of statements that scripts send outside of migrations, in milliseconds: 0 is none,
 * less than 0 (as they are at first) leaves lock_timeout as the server has it.
 */
void mb_conn_set_limits(mb_conn *conn, int lock_timeout_ms, int statement_timeout_ms);

/* MB_PINS and these limits; the caller frees it. */
char *mb_conn_pins(const mb_conn *conn, const char *scope);

void mb_conn_set_pooled(mb_conn *conn, bool pooled);

/* mb_conn_set_pooled by what the server says: one round trip. */
MB_MUST_CHECK bool mb_conn_find_pooler(mb_conn *conn, mb_error *err);
bool mb_conn_pooled(const mb_conn *conn);

/* The types of a statement's parameters: *n of them; borrowed until the next call. */
MB_MUST_CHECK bool mb_conn_parameter_types(const uint32_t **types, size_t *n, mb_conn *conn,
                                           const char *sql, mb_error *err);

/* What one statement of a script does with data; any member may be NULL. */
typedef struct mb_sink {
    void *self;
    /* Rows as they arrive, one a call; the first call of a result may have no row. */
    void (*rows)(void *self, const mb_result *part, bool first);
    void (*rows_end)(void *self, const char *tag);
    /* COPY ... FROM STDIN: the next piece; *len = 0 ends it. */
    bool (*copy_in)(void *self, const char **data, size_t *len, mb_error *err);
    /* COPY ... TO STDOUT: one row, with its newline. */
    void (*copy_out)(void *self, const char *data, size_t len);
} mb_sink;

/*
 * One statement as it stands, unprepared; a text that holds two is refused by
 * the server (42601) before anything runs.  *affected gets the row count of its
 * tag, or 0.  NULL sink: rows and COPY output are dropped, COPY input is an error.
 */
MB_MUST_CHECK bool mb_conn_run(mb_conn *conn, const char *sql, const mb_sink *sink,
                               int64_t *affected, mb_error *err);

/* Send and collect apart, so that something can be done between: at most one is under way. */
MB_MUST_CHECK bool mb_conn_send(mb_conn *conn, const char *sql, mb_error *err);
MB_MUST_CHECK bool mb_conn_collect(mb_result **out, mb_conn *conn, mb_error *err);
MB_MUST_CHECK bool mb_conn_collect_each(mb_answers *out, mb_conn *conn, mb_error *err);

/* Wait for the answer to what was sent, but no longer than so many milliseconds: did it come? */
MB_MUST_CHECK bool mb_conn_wait(bool *came, mb_conn *conn, int ms, mb_error *err);

/*
 * Wait for what was sent ahead: pages of cursors, statements of a pipeline.  Every
 * statement does so first; whoever asks for mb_conn_tx to trust it does it himself.
 */
MB_MUST_CHECK bool mb_conn_settle(mb_conn *conn, mb_error *err);

/* Prepared statements and their types are asked for anew: names may mean something else now. */
void mb_conn_forget(mb_conn *conn);

/* How often that was done, by itself too: what was asked of types before may no longer be so. */
uint64_t mb_conn_forgot(const mb_conn *conn);

/* ROLLBACK if a transaction is open; where that fails the session is lost, which undoes as much. */
void mb_conn_rollback(mb_conn *conn);

/*
 * While on, an interrupt neither stops nor cancels: for writing down what
 * happened after one.
 */
void mb_conn_shield(mb_conn *conn, bool on);

/* Called about fifty times a second while the session waits; NULL for none. */
void mb_conn_on_wait(mb_conn *conn, void (*tick)(void *arg), void *arg);

/*
 * A cell that the answer does not have reads as NULL, and the next statement of any session
 * fails (MB_ERR_FAILED).  What is read and followed by no statement is checked first:
 */
MB_MUST_CHECK bool mb_result_expect(const mb_result *res, size_t rows, size_t columns,
                                    mb_error *err);
bool mb_result_missed(mb_error *err); /* such a cell was read: true, once, with the error */
bool mb_result_refuse(mb_error *err, const char *how); /* "the server answered HOW"; false */

size_t mb_result_rows(const mb_result *res);
size_t mb_result_columns(const mb_result *res);
const char *mb_result_name(const mb_result *res, size_t column);
uint32_t mb_result_type(const mb_result *res, size_t column); /* pg_type oid */
bool mb_result_null(const mb_result *res, size_t row, size_t column);
const char *mb_result_value(const mb_result *res, size_t row, size_t column); /* "" for null; borrowed */
size_t mb_result_length(const mb_result *res, size_t row, size_t column);
int64_t mb_result_int(const mb_result *res, size_t row, size_t column); /* 0 for null */
bool mb_result_bool(const mb_result *res, size_t row, size_t column);
int64_t mb_result_affected(const mb_result *res); /* the row count of the command tag */
void mb_result_free(mb_result *res); /* NULL is fine */

#endif

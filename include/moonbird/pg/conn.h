/*
 * conn.h -- one session with one PostgreSQL server.
 *
 * Nothing here blocks inside libpq.  Every wait checks the interrupt flag; an interrupt cancels the
 * statement, waits for the server's answer and returns MB_ERR_INTERRUPTED.  TimeZone UTC, DateStyle
 * ISO and client_encoding UTF8 are set at login.  Notices of the server go to the log.  No error
 * contains a password.
 *
 * Functions that send a statement fail with MB_ERR_SQL when the server refuses it, with
 * MB_ERR_CONNECT when the session is lost, and with MB_ERR_USAGE while something else is under way
 * on the session.
 */
#ifndef MOONBIRD_PG_CONN_H
#define MOONBIRD_PG_CONN_H

#include "moonbird/base/error.h"
#include "moonbird/pg/conninfo.h"
#include "moonbird/pg/result.h"

#include <stdint.h>

typedef struct mb_conn mb_conn;

/*
 * Settings that cannot be startup parameters. With them values have the same text on every server,
 * floats are exact, and a NULL in an array is not the string "NULL". A role can have other values
 * for all of them, and before PostgreSQL 12 the default for floats was different. `scope`: "LOCAL"
 * or "SESSION".
 */
#define MB_PINS(scope)                                                                             \
    MB_PIN_INTERVALS(scope)                                                                        \
    "; " MB_PIN_BYTEA(scope) "; " MB_PIN_FLOATS(scope) "; " MB_PIN_ARRAYS(scope)
#define MB_PIN_INTERVALS(scope) "SET " scope " intervalstyle = 'postgres'"
#define MB_PIN_BYTEA(scope) "SET " scope " bytea_output = 'hex'"
#define MB_PIN_FLOATS(scope) "SET " scope " extra_float_digits = 3"
#define MB_PIN_ARRAYS(scope) "SET " scope " array_nulls = on"

typedef enum mb_tx {
    MB_TX_IDLE,   /* no transaction */
    MB_TX_ACTIVE, /* a command is under way */
    MB_TX_OPEN,   /* in a transaction */
    MB_TX_FAILED, /* in a transaction that only ROLLBACK ends */
    MB_TX_LOST,   /* no connection */
} mb_tx;

/* ---- open and close ---- */

/*
 * `conninfo`: a URL or key=value pairs; "" for the PG* variables, service and password files alone.
 * If there are several hosts, one that does not answer within connect_timeout is skipped, together
 * with the other addresses of its name.  The caller closes *out.  MB_ERR_USAGE: it cannot be
 * parsed.  MB_ERR_CONNECT: the login failed.
 */
MB_MUST_CHECK bool mb_conn_open(mb_conn **out, const char *conninfo, mb_error *err);

/*
 * mb_conn_open with limits: the login (unless connect_timeout says otherwise) and each answer must
 * come within `seconds`, otherwise the session is lost (MB_ERR_CONNECT).
 */
MB_MUST_CHECK bool mb_conn_open_within(mb_conn **out, const char *conninfo, int seconds,
                                       mb_error *err);

void mb_conn_close(mb_conn *conn); /* NULL is fine */

typedef enum mb_ping {
    MB_PING_READY,  /* the server accepts connections; whether also this login, is not known */
    MB_PING_SILENT, /* it is starting, stopping, or does not answer within 2 seconds */
    MB_PING_WRONG,  /* the connection string is not valid, so nothing was tried */
} mb_ping;

/* Asks one of the servers of a connection string. */
mb_ping mb_conn_ping(const char *conninfo);

/*
 * What to do when a pooler does not answer for `ms`: it may have no server connection left.  `late`
 * is called once and may use another connection.  true: the wait continues,
 * without a limit.  false: the wait fails with *err and the session is lost, unless an answer has
 * arrived while `late` ran.
 */
typedef struct mb_patience {
    int ms;
    bool (*late)(void *self, mb_error *err);
    void *self;
} mb_patience;

/*
 * Opens another session with the same server and database.  The connection string may lead
 * elsewhere by now (several hosts, a service file, DNS, a failover).  Another server, a server in
 * recovery, and a server that lags behind the WAL position of this session are refused with
 * MB_ERR_FAILED; the error says where the session was and where the new one is.  The same server
 * has the same system identifier and database oid, a timeline and a WAL position that are not
 * earlier and, without a pooler, the same address.  `patience` may be NULL; it is for the login and
 * the first answer.
 */
MB_MUST_CHECK bool mb_conn_again(mb_conn **out, const mb_conn *like, const mb_patience *patience,
                                 mb_error *err);

/* Sets the patience for later answers, until it is used up; borrowed; NULL: none. */
void mb_conn_set_patience(mb_conn *conn, const mb_patience *patience);

/*
 * Changes the connection string of a session before each further login in its place: a reconnect,
 * mb_conn_again, the observer's, pg_dump's.  A password that was valid for the first login may have expired.
 * `environment`: for mb_conn_open_beside; NULL: in the session's place.
 */
typedef struct mb_before_login {
    const char *first; /* the connection string before it was changed for the first login */
    bool (*change)(char **conninfo, const char *environment, void *self, mb_error *err);
    void *self;
} mb_before_login;

void mb_conn_before_login(mb_conn *conn, const mb_before_login *before); /* borrows its pointers */

/* mb_conn_open_within for another environment's database, with the connection string changed. */
MB_MUST_CHECK bool mb_conn_open_beside(mb_conn **out, const mb_conn *like, const char *conninfo,
                                       const char *environment, int seconds, mb_error *err);

/*
 * Replaces a lost session by a new one, as mb_conn_again does; its settings, locks and so on are
 * gone.
 */
MB_MUST_CHECK bool mb_conn_reconnect(mb_conn *conn, mb_error *err);

/*
 * Closes the session, and opens it again after `seconds`, as mb_conn_reconnect does.  Until then a
 * pooler can give the server connection to another client.
 */
MB_MUST_CHECK bool mb_conn_step_aside(mb_conn *conn, double seconds, mb_error *err);

/* Marks the session lost: a reply is missing, so the outcome of its statement is unknown. */
void mb_conn_give_up(mb_conn *conn);

/* ---- facts: nothing is sent ---- */

/* The state of the session's transaction, as the server last reported it. */
mb_tx mb_conn_tx(const mb_conn *conn);

/*
 * Is the connection still open, as far as the socket tells?  For a session that waits for nothing.
 */
bool mb_conn_is_there(mb_conn *conn);

/* The value of a setting that the server reports; borrowed.  NULL: it does not. */
const char *mb_conn_setting(const mb_conn *conn, const char *name);
bool mb_conn_backslashes(const mb_conn *conn);     /* is standard_conforming_strings off? */
int mb_conn_version(const mb_conn *conn);          /* 150004; 0 when the connection is lost */
int mb_conn_backend_pid(const mb_conn *conn);      /* as the server or a pooler said at login */
const char *mb_conn_host(const mb_conn *conn);     /* these four: borrowed, "" instead of NULL */
const char *mb_conn_port(const mb_conn *conn);
const char *mb_conn_database(const mb_conn *conn);
const char *mb_conn_user(const mb_conn *conn);

/*
 * The role whose privileges the session has: the last one that was noted, or that of the login.
 * ALTER DATABASE and ALTER ROLE can set another role for a session.  The returned text is borrowed.
 */
const char *mb_conn_role(const mb_conn *conn);
void mb_conn_note_role(mb_conn *conn, const char *role);

/*
 * The target for people: "DATABASE on HOST:PORT" or "DATABASE (socket FOLDER)".  The caller frees
 * it.
 */
char *mb_conn_describe(const mb_conn *conn);

/* The server keeps this many bytes of a name, and ignores the rest when it looks the name up. */
enum { MB_NAME_BYTES = 63 };

/*
 * Does `conninfo` lead to the database of this session: is one of its hosts the same server, and
 * are the port and the database equal?  PG* variables, service files and defaults count.  The names
 * of this machine (localhost, its addresses, a socket) are one; other names are looked up where the
 * rest is equal, if `ask`.  MB_ERR_USAGE: it cannot be parsed.
 */
MB_MUST_CHECK bool mb_conn_is(bool *is, mb_conn *conn, const char *conninfo, bool ask,
                              mb_error *err);

/* ---- how the session is used ---- */

/*
 * The limits of moonbird's own statements and, outside of migrations, those of scripts, in
 * milliseconds: 0 is none.  A negative lock_timeout, which is the initial value, keeps the server's
 * setting.  A server without transaction_timeout ignores that limit.
 */
typedef struct mb_limits {
    int lock_timeout_ms, statement_timeout_ms, transaction_timeout_ms;
} mb_limits;

/* Sets them for the statements from here on; sends nothing itself. */
void mb_conn_set_limits(mb_conn *conn, mb_limits limits);

/* The statements of MB_PINS and these limits.  The caller frees it. */
char *mb_conn_pins(const mb_conn *conn, const char *scope);

/*
 * The start of a message of several statements: *n statements that set the limits for this message
 * only.  "" in a transaction, because a transaction has its own limits.  The caller frees it.
 */
char *mb_conn_limits_sql(const mb_conn *conn, size_t *n);

/* How long the last failed statement took, in microseconds. */
int64_t mb_conn_failed_after(const mb_conn *conn);

/* How often RESET ran, of one setting or of all. */
uint64_t mb_conn_resets(const mb_conn *conn);

/* Behind a pooler each transaction may have another server session. */
void mb_conn_set_pooled(mb_conn *conn, bool pooled);

/* The answer of pg_backend_pid(): behind a pooler it is not the process id of the login. */
void mb_conn_note_server_pid(mb_conn *conn, int64_t pid);

bool mb_conn_pooled(const mb_conn *conn);

/* Adds the server's own address to the hint, if the session's is that of a provider's pooler. */
void mb_conn_name_direct(mb_error *err, const mb_conn *conn);

/*
 * Asks the server whether the session is behind a pooler, in one round trip, unless that is known.
 */
MB_MUST_CHECK bool mb_conn_find_pooler(mb_conn *conn, mb_error *err);

/* While on, an interrupt neither stops nor cancels: for recording what happened after one. */
void mb_conn_shield(mb_conn *conn, bool on);

/*
 * `tick` is called about fifty times a second while the session waits, and once a pooler was
 * recognised; NULL for none.
 */
void mb_conn_on_wait(mb_conn *conn, void (*tick)(void *arg), void *arg);

/* ---- our own SQL ---- */

/*
 * One or several statements in one message (simple protocol).  *out is the last result; NULL `out`
 * when it does not matter.
 */
MB_MUST_CHECK bool mb_conn_exec(mb_result **out, mb_conn *conn, const char *sql, mb_error *err);

/* mb_conn_exec in a message that begins with mb_conn_limits_sql. */
MB_MUST_CHECK bool mb_conn_exec_limited(mb_result **out, mb_conn *conn, const char *sql,
                                        mb_error *err);

/*
 * Runs a statement that cannot run in a transaction, under the limits of mb_conn_set_limits, in a
 * session that has no other settings for them.  Behind a pooler, moonbird changes no limits of the
 * session, because other clients use it too.
 */
MB_MUST_CHECK bool mb_conn_exec_alone(mb_conn *conn, const char *sql, mb_error *err);

/* The results of the statements of one message. */
typedef struct mb_answers {
    mb_result **items;
    size_t n;
} mb_answers;

/*
 * mb_conn_exec with the result of each statement.  The caller frees *out.  MB_ERR_FAILED: there are
 * fewer than `least`; the session is then lost.  When a statement failed there are no results.
 */
MB_MUST_CHECK bool mb_conn_exec_each(mb_answers *out, mb_conn *conn, const char *sql,
                                     size_t least, mb_error *err);
void mb_answers_free(mb_answers *answers);

/* Take the last result that has columns out of the answers; NULL: there is none. */
mb_result *mb_answers_take_rows(mb_answers *answers);

/* How many statements of the last such message succeeded, also where a later one failed. */
size_t mb_conn_succeeded(const mb_conn *conn);

/*
 * mb_conn_exec for one statement that reads.  The first such call of a session, outside of a
 * transaction, also asks in the same message which server this is: no further round trip.
 */
MB_MUST_CHECK bool mb_conn_exec_identified(mb_result **out, mb_conn *conn, const char *sql,
                                           mb_error *err);

/*
 * mb_conn_exec_identified in a transaction of its own, outside of another one, and then the
 * statements `then`, which give no rows, in the same message. After an error no transaction is open.
 */
MB_MUST_CHECK bool mb_conn_exec_identified_then(mb_result **out, mb_conn *conn, const char *sql,
                                                const char *then, mb_error *err);

/*
 * Its answer: the system identifier (borrowed; "" where it is not known) and the database's oid (or
 * 0).
 */
const char *mb_conn_system(const mb_conn *conn);
uint32_t mb_conn_database_oid(const mb_conn *conn);

/*
 * Begins a transaction that can only read, whatever statements follow: once it has a snapshot, the
 * server does not let SET TRANSACTION READ WRITE through.
 */
#define MB_BEGIN_READING "BEGIN READ ONLY; SELECT"

/*
 * Ends an open transaction with mb_pooled_roll_back.  If that fails, the session is marked lost,
 * which undoes as much.
 */
void mb_conn_rollback(mb_conn *conn);

/* ---- statements with parameters ---- */

/* A parameter in text format.  NULL data is SQL NULL. */
typedef struct mb_param {
    const char *data;
    size_t len;    /* in bytes; data ends with a NUL unless `binary` */
    bool binary;   /* binary format, for bytea */
    uint32_t type; /* pg_type.oid; 0: the server decides */
} mb_param;

/*
 * One statement with parameters.  A text that is used twice is prepared, and stays prepared until a
 * statement other than DML runs (which may change a plan's result type).  Behind a pooler nothing
 * is prepared.  The caller frees *out; `out` may be NULL.
 */
MB_MUST_CHECK bool mb_conn_query(mb_result **out, mb_conn *conn, const char *sql, size_t n,
                                 const mb_param *params, mb_error *err);

/* The types of a statement's parameters, pg_type.oid: *n of them, borrowed until the next call. */
MB_MUST_CHECK bool mb_conn_parameter_types(const uint32_t **types, size_t *n, mb_conn *conn,
                                           const char *sql, mb_error *err);

/* Forgets prepared statements and their types: names may mean something else now. */
void mb_conn_forget(mb_conn *conn);

/*
 * How often they were forgotten, also by themselves: types that were asked for before may have
 * changed.
 */
uint64_t mb_conn_forgot(const mb_conn *conn);

/* ---- statements of scripts ---- */

/* Takes the data of one statement; any member may be NULL. */
typedef struct mb_sink {
    void *self;
    /* Rows as they arrive, one a call; the first call of a result may have no row. */
    void (*rows)(void *self, const mb_result *part, bool first);
    /* The end of a result, with its command tag. */
    void (*rows_end)(void *self, const char *tag);
    /*
     * COPY ... FROM STDIN: the next piece of data, borrowed until the next call; *len = 0 ends it.
     */
    bool (*copy_in)(void *self, const char **data, size_t *len, mb_error *err);
    /* COPY ... TO STDOUT: one row, with its newline. */
    void (*copy_out)(void *self, const char *data, size_t len);
} mb_sink;

/*
 * One statement, unprepared.  A text that holds two statements is refused by the server (42601)
 * before anything runs.  *affected is the row count of its command tag, or 0; it may be NULL.  With
 * a NULL sink rows and COPY output are dropped, and COPY input is an error.
 */
MB_MUST_CHECK bool mb_conn_run(mb_conn *conn, const char *sql, const mb_sink *sink,
                               int64_t *affected, mb_error *err);

/* mb_conn_run for several statements in one simple-protocol message. */
MB_MUST_CHECK bool mb_conn_run_each(mb_conn *conn, const char *sql, const mb_sink *sink,
                                    mb_error *err);

/* ---- send now, collect later ---- */

/* Sends without waiting for the answer, which mb_conn_collect reads.  At most one is under way. */
MB_MUST_CHECK bool mb_conn_send(mb_conn *conn, const char *sql, mb_error *err);
MB_MUST_CHECK bool mb_conn_collect(mb_result **out, mb_conn *conn, mb_error *err);
MB_MUST_CHECK bool mb_conn_collect_each(mb_answers *out, mb_conn *conn, mb_error *err);


/*
 * Reads the answers to statements that were sent ahead: a cursor's page, or a queue.  Every
 * statement does so first; a caller of mb_conn_tx that relies on its answer does so itself.  The
 * error comes from a statement that was sent ahead.
 */
MB_MUST_CHECK bool mb_conn_settle(mb_conn *conn, mb_error *err);

#endif

/*
 * pg.h -- private header of this layer: a session, and the declarations that its files share.
 *
 * The files call each other downwards only: conn, then login, identity, endpoint, target, observer,
 * copy_in, cursor, queue and round_trip, then rollback, pooled, query, exec, answer, wait, then
 * cache, facts, failure and result.
 */
#ifndef MOONBIRD_PG_PG_H
#define MOONBIRD_PG_PG_H

#include "pg/address/network_address.h"
#include "pg/pooler/provider_pooler.h"

#include "moonbird/pg/conn.h"

#include <libpq-fe.h>

/* An mb_result is a PGresult, opaque outside of this layer. */
#define MB_PG(res) ((const PGresult *)(res))

/* Behind a pooler, the column in which mb_pooled_save returns the state of the session. */
#define MB_LENT "moonbird_lent"

enum { MB_PREPARED_MAX = 256, MB_REPEATED_MAX = 4, MB_ROUND_TRIP_PARAMS = 24, MB_NAME_SIZE = 32 };

/* A statement of mb_conn_query or of a queue: prepared when it comes for the second time. */
typedef struct mb_prepared {
    char *sql;
    uint64_t key;     /* hash of the text and of the types that the caller gave */
    unsigned number;  /* in its name on the server; 0: not prepared yet */
    uint32_t *types;  /* of its parameters, as the server says; valid when `described` */
    size_t n_types;
    bool described;
} mb_prepared;

/* A statement of round trips that the caller says is repeated: prepared when it comes first. */
typedef struct mb_repeated {
    char *sql;        /* NULL: the slot is free */
    unsigned number;  /* in its name on the server */
} mb_repeated;

/* The identity of a server and a database. */
typedef struct mb_identity {
    mb_peer peer;      /* known from the login on; the other fields only when `known` */
    bool known;
    bool less;         /* the role may not read all of it: only database and recovery are known */
    bool recovery;     /* the server is in recovery, as a standby is */
    char system[24];   /* the system identifier; "" where it is not known */
    uint32_t database; /* pg_database.oid */
    unsigned timeline; /* 0 where it is not known */
    uint64_t flushed;  /* end of the WAL that is on disk, as a pg_lsn; 0 where it is not known */
} mb_identity;

/*
 * Statements that were sent and whose answers are not read yet: a cursor's next page, or a queue.
 * `settle` reads the answers; the owner sets it, and clears it when they are read.  There is at
 * most one, since whatever sends first calls mb_pg_ready.
 */
typedef struct mb_in_flight {
    bool (*settle)(void *self, mb_error *err); /* NULL: nothing is in flight */
    void *self;
} mb_in_flight;

/* A bit for each cursor name; all are 0 when a transaction begins. */
typedef struct mb_cursor_slots {
    uint32_t used;
    uint32_t fresh; /* declared after the innermost savepoint */
    uint32_t left;  /* closed while the transaction was aborted, so the server still has it */
} mb_cursor_slots;

struct mb_conn {
    PGconn *pg;
    PGcancel *cancel;
    char *conninfo;            /* of the last login; may hold a password, never shown */
    mb_before_login before;    /* mb_conn_before_login; its `change` is NULL: nothing is changed */
    mb_identity identity;
    bool pooled;               /* a pooler may change the server's session between transactions */
    bool pooled_known;         /* mb_conn_set_pooled was called for the present session */
    char *lent;                /* the state at BEGIN that mb_pooled_save saved; NULL: it did not */
    bool shielded;             /* mb_conn_shield: interrupts are ignored */
    mb_limits limits;          /* mb_conn_set_limits */
    bool lost;                 /* nothing more can be asked of `pg` */
    char *role;                /* see mb_conn_note_role; NULL: none was noted */
    mb_error *last_word;       /* the error that ended the session, if it came as a notice; or NULL */
    bool sent;                 /* between mb_conn_send and mb_conn_collect */
    bool copying;              /* between mb_copy_in_begin and its end */
    bool loop_left;            /* a row loop with its own transaction was left while `copying` */
    unsigned copies;           /* COPY results of the statement under way */
    mb_in_flight in_flight;
    size_t succeeded; /* mb_conn_succeeded */
    struct mb_queue *queue;    /* NULL until statements are first queued */
    mb_cursor_slots cursors;
    int64_t since;             /* when the present statement was sent; times are mb_now_us */
    int64_t failed_since;      /* when the statement that failed last was sent */
    int64_t failed_after_us;   /* mb_conn_failed_after */
    int64_t patience_us;       /* how long an answer may take; 0: without limit */
    const mb_patience *patience; /* mb_conn_set_patience; NULL: none, or used up */
    int64_t cancelled;         /* when its last cancel request was sent; 0: none was */
    int64_t interrupted;       /* when the present wait first saw an interrupt; 0: it did not */
    unsigned mark;             /* part of the names of this session's prepared statements */
    mb_repeated repeated[MB_REPEATED_MAX];
    unsigned last_repeated;    /* the highest number so far */
    mb_prepared *prepared;     /* MB_PREPARED_MAX of them; NULL until the first */
    size_t n_prepared;
    uint64_t forgot;           /* how often prepared statements were forgotten */
    uint64_t resets;           /* how often RESET ran */
    unsigned last_prepared;    /* the highest number so far */
    unsigned tidied;           /* `last_prepared` at the last DEALLOCATE ALL */
    void (*tick)(void *arg);   /* mb_conn_on_wait */
    void *tick_arg;
};

/* ---- facts.c ---- */

/*
 * After a command: is text still UTF-8 on its way?  MB_ERR_USAGE: a statement has changed
 * client_encoding.
 */
MB_MUST_CHECK bool mb_pg_check_encoding(const mb_conn *conn, mb_error *err);

/* ---- failure.c ---- */

/* Copies message, SQLSTATE, detail, hint, context, names and position of an error or notice. */
void mb_pg_fields(mb_error *err, const PGresult *res);

/*
 * A failed result, or a lost connection when `res` is NULL or has no message, as an error:
 * MB_ERR_SQL, MB_ERR_CONNECT when the session ended, MB_ERR_FAILED when libpq complains,
 * MB_ERR_INTERRUPTED for the answer to our own cancel request.  Does not free `res`.  Returns
 * false.
 */
bool mb_pg_fail(mb_error *err, mb_conn *conn, const PGresult *res);

/*
 * Marks the session lost, even if libpq does not: a reply is missing, and the next one would be
 * mistaken for it.  MB_ERR_CONNECT.  Returns false.
 */
bool mb_pg_fail_lost(mb_error *err, mb_conn *conn);

/* `ok` is the result of a PQsend function.  False: mb_pg_fail says why. */
MB_MUST_CHECK bool mb_pg_sent(mb_conn *conn, int ok, mb_error *err);

/*
 * A notice receiver that writes to the log; libpq's own would write to stderr.  `arg`: the session,
 * which keeps an error that ended it; NULL during the login.
 */
void mb_pg_notice(void *arg, const PGresult *res);

/* ---- cache.c: prepared statements; nothing is sent from there ---- */

/* A hash of the text and of the parameter types that are not 0. */
uint64_t mb_pg_key(const char *sql, size_t n, const mb_param *params);

/* The statement, or NULL.  Valid until the next statement is remembered or forgotten. */
mb_prepared *mb_pg_find_prepared(mb_conn *conn, const char *sql, uint64_t key);

/* Adds a statement, not prepared yet; forgets all others when there is no more room. */
mb_prepared *mb_pg_remember(mb_conn *conn, const char *sql, uint64_t key);

/*
 * The slot of a repeated statement.  *added: it is new, and the caller has to prepare it.  NULL
 * when there is no more room.
 */
mb_repeated *mb_pg_repeated(mb_conn *conn, const char *sql, bool *added);

/* Empties all slots: the session has no prepared statements any more. */
void mb_pg_forget_repeated(mb_conn *conn);

/*
 * Does the first word of this text or command tag show that the statement changes no table
 * definition?  Any other statement may change the result type of a plan.
 */
bool mb_pg_keeps_definitions(const char *text);

/* A statement with this command tag was run: forgets cached facts that it may have changed. */
void mb_pg_forget_after(mb_conn *conn, const char *tag);

/*
 * The name of a prepared statement on the server.  It differs from session to session: a server
 * such as PGlite gives all clients one session, where the names of earlier clients are still in
 * use.
 */
void mb_pg_name(char name[MB_NAME_SIZE], const mb_conn *conn, const char *kind, unsigned number);

/* ---- wait.c ---- */

/*
 * Before a statement: finishes the statements in flight; their error becomes that of this call.
 * Fails without sending anything while rows are copied in, after a send without collect, when the
 * session is lost, and after an interrupt.
 */
MB_MUST_CHECK bool mb_pg_ready(mb_conn *conn, mb_error *err);

/* mb_conn_name_direct, for a connection that may not be a session yet. */
void mb_pg_name_direct(mb_error *err, const PGconn *pg);

/*
 * Asks *patience, if it is used up since `since`, and sets it to NULL.  false: nothing has arrived
 * at the socket, the wait is over, and *err says why.
 */
MB_MUST_CHECK bool mb_pg_is_patient(const mb_patience **patience, int socket, int64_t since,
                                    mb_error *err);

/* Sends the data that libpq has buffered. */
MB_MUST_CHECK bool mb_pg_flush(mb_conn *conn, mb_error *err);

/* Waits until PQgetResult does not block.  An interrupt cancels the statement; the wait goes on. */
MB_MUST_CHECK bool mb_pg_wait(mb_conn *conn, mb_error *err);

/* Waits for more bytes while rows of a COPY arrive. */
MB_MUST_CHECK bool mb_pg_more(mb_conn *conn, mb_error *err);

/* ---- answer.c ---- */

/*
 * One PQgetResult, after mb_pg_wait; *out is NULL at the end, else the caller clears it.  A session
 * whose answers never leave COPY, as libpq reports a server that breaks the protocol, is lost.
 */
MB_MUST_CHECK bool mb_pg_next(PGresult **out, mb_conn *conn, mb_error *err);

/* Reads the rows of COPY TO STDOUT to their end, into a sink that may be NULL. */
MB_MUST_CHECK bool mb_pg_copy_out(mb_conn *conn, const mb_sink *sink, mb_error *err);

/* Reads all results of a command; the first error wins.  On success the caller frees *out. */
MB_MUST_CHECK bool mb_pg_finish_each(mb_answers *out, mb_conn *conn, mb_error *err);

/* Likewise, and gives the last result alone.  The caller clears it. */
MB_MUST_CHECK bool mb_pg_finish(PGresult **out, mb_conn *conn, mb_error *err);

/* Likewise, as an mb_result; `out` may be NULL. */
MB_MUST_CHECK bool mb_pg_give(mb_result **out, mb_conn *conn, mb_error *err);

/* ---- exec.c ---- */

/*
 * Sends a statement without parameters, and returns the result of PQsendQuery.  COPY goes by the
 * simple protocol: a pooler such as pgpool-II waits forever where it comes by the extended one.
 */
int mb_pg_send(mb_conn *conn, const char *sql);

/* ---- query.c ---- */

/*
 * Sends a statement in pipeline mode.  *prepares: a Parse message goes before it, so that its own
 * result is the second one.
 */
MB_MUST_CHECK bool mb_pg_send_queued(mb_conn *conn, const char *sql, size_t n,
                                     const mb_param *params, bool *prepares, mb_error *err);

/* ---- queue.c ---- */

/* Frees the queue with its entries. */
void mb_pg_free_queue(mb_conn *conn);

/* ---- cursor.c ---- */

/* Ends a row loop's own transaction: COMMIT, or ROLLBACK where a statement in it failed. */
void mb_pg_end_loop(mb_conn *conn);

/* ---- login.c ---- */

/*
 * Logs in; the caller finishes *out.  `seconds` is the limit for each host where the connection
 * string has no connect_timeout; 0: none.  MB_ERR_CONNECT, or MB_ERR_USAGE for a connect_timeout
 * that is not a number.  `patience` may be NULL.
 */
MB_MUST_CHECK bool mb_pg_log_in(PGconn **out, const char *conninfo, int seconds,
                                const mb_patience *patience, mb_error *err);

/* ---- conn.c ---- */

/*
 * The connection string for the next login in place of the session, as mb_before_login changes it.
 */
MB_MUST_CHECK bool mb_pg_next_conninfo(char **out, const mb_conn *conn, mb_error *err);

/* ---- identity.c ---- */

/*
 * Is the new session `is` with the server and the database that the lost session `was` was with?
 * MB_ERR_FAILED: it is not; the error says where both are.
 */
MB_MUST_CHECK bool mb_pg_same_server(const mb_conn *was, mb_conn *is, mb_error *err);

/* ---- address/check_conninfo.c ---- */

/* Can libpq parse it, and would it read the password that was meant?  MB_ERR_USAGE: no. */
MB_MUST_CHECK bool mb_pg_check_conninfo(const char *conninfo, mb_error *err);

/* ---- address/start_login.c ---- */

/*
 * PQconnectStartParams with expand_dbname; values[0] is the connection string, as "dbname".  An
 * empty one is left out, since an empty dbname would hide PGDATABASE.  PGSERVICE counts only for a
 * connection string that uses PG* variables.
 */
PGconn *mb_pg_start_login(const char *const *keys, const char *const *values);

/* ---- address/conninfo.c: the port ---- */

/* The port that libpq uses where none or an empty one was given.  Static. */
const char *mb_pg_default_port(void);

/* The port that libpq uses for the connection: PQport, which is "" for the default.  Borrowed. */
const char *mb_pg_port(const PGconn *pg);

#endif

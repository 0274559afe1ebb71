/* pg.h -- private header of the pg floor: what its files share of a session. */
#ifndef MOONBIRD_PG_PG_H
#define MOONBIRD_PG_PG_H

#include "address.h"

#include "moonbird/pg/conn.h"

#include <libpq-fe.h>

enum { MB_PREPARED_MAX = 256 };

typedef struct mb_prepared {
    char *sql;
    uint64_t key;     /* of text and parameter types */
    unsigned number;  /* its name is mb_NUMBER; 0: seen once, not prepared */
    uint32_t *types;  /* of the parameters, once asked for */
    size_t n_types;
    bool described;
} mb_prepared;

enum { MB_KEPT_MAX = 4, MB_BUNDLE_PARAMS = 24 };

/* A statement that bundles of this session have prepared under mb_kept_NUMBER. */
typedef struct mb_kept {
    char *sql;
    unsigned number;
} mb_kept;

/* identity.c: what tells one server and database from another. */
typedef struct mb_identity {
    mb_peer peer;      /* known from the login on; the rest: */
    bool known;        /* was asked for */
    bool less;         /* without what only some roles may ask for */
    bool recovery;
    char system[24];   /* the system identifier; "" where it is not known */
    uint32_t database; /* pg_database.oid */
    unsigned timeline; /* 0 where it is not known */
    uint64_t flushed;  /* how far the WAL was written for good; 0 where it is not known */
} mb_identity;

struct mb_conn {
    PGconn *pg;
    PGcancel *cancel;
    char *conninfo;          /* as given; a secret, never shown */
    mb_identity identity;
    bool pooled, shielded;
    int lock_timeout_ms, statement_timeout_ms; /* mb_conn_set_limits */
    bool lost;               /* nothing more can be asked of `pg` */
    bool sent;               /* mb_conn_send without its mb_conn_collect */
    unsigned copies;         /* COPY results of the statement under way */
    bool copying;            /* between mb_load_begin and its end */
    bool loop_left;          /* a row loop whose transaction it was went while rows were copied */
    struct mb_cursor *ahead; /* whose next page is under way */
    struct mb_pipeline *pipeline; /* statements queued; NULL until the first */
    uint32_t cursors;        /* a bit for each cursor name in use */
    int64_t since;           /* when the present statement was sent */
    int64_t patience_us;     /* so long an answer may take; 0: as long as it takes */
    int64_t cancelled;       /* when an interrupt last sent its cancel request; 0: not yet */
    int64_t interrupted;     /* when the present statement's wait first saw an interrupt; or 0 */
    mb_kept kept[MB_KEPT_MAX];
    unsigned mark;           /* in the names of its prepared statements */
    unsigned last_kept;
    unsigned last_prepared;
    unsigned tidied;         /* the last one when all were dropped */
    mb_prepared *prepared;
    size_t n_prepared;
    uint64_t forgot;         /* how often */
    void (*tick)(void *arg);
    void *tick_arg;
};

/* An mb_result is a PGresult seen from outside this floor. */
#define MB_PG(res) ((const PGresult *)(res))

/* Can libpq parse it, and would it read the password that was meant? */
MB_MUST_CHECK bool mb_pg_check_conninfo(const char *conninfo, mb_error *err);

/*
 * identity.c: is the new session with the server and the database that the lost one was with?
 * MB_ERR_FAILED: it is not; the error says where both are.
 */
MB_MUST_CHECK bool mb_pg_same_server(const mb_conn *was, mb_conn *is, mb_error *err);

/* To the log; libpq itself would write it to stderr as it is. */
void mb_pg_notice(void *arg, const PGresult *res);

/* A new session, to be closed by the caller.  `seconds` for each host; 0: as long as it takes. */
MB_MUST_CHECK bool mb_pg_log_in(PGconn **out, const char *conninfo, int seconds, mb_error *err);

/* Wait until a result can be had without blocking; on an interrupt cancel and go on waiting. */
MB_MUST_CHECK bool mb_pg_wait(mb_conn *conn, mb_error *err);

/* Wait for more bytes while rows of a COPY arrive. */
MB_MUST_CHECK bool mb_pg_more(mb_conn *conn, mb_error *err);

/*
 * Send a statement without parameters.  COPY goes by the simple protocol: a pooler such as
 * pgpool-II waits for ever where it comes by the extended one.
 */
int mb_pg_send(mb_conn *conn, const char *sql);

/* The rows of COPY TO STDOUT up to their end, to a sink that may be NULL. */
MB_MUST_CHECK bool mb_pg_copy_out(mb_conn *conn, const mb_sink *sink, mb_error *err);

/* The end of a row loop's own transaction: kept, or rolled back where a statement in it failed. */
void mb_pg_end_loop(mb_conn *conn);

/* Push everything out that was sent. */
MB_MUST_CHECK bool mb_pg_flush(mb_conn *conn, mb_error *err);

/*
 * One PQgetResult that does not block beyond mb_pg_wait; *out is NULL at the end.  A session
 * that is in COPY for ever, as libpq says where the server does not keep to the protocol, is lost.
 */
MB_MUST_CHECK bool mb_pg_next(PGresult **out, mb_conn *conn, mb_error *err);

/* The last result of a command, the first error; everything is read. */
MB_MUST_CHECK bool mb_pg_finish(PGresult **out, mb_conn *conn, mb_error *err);

/* The same with all results. */
MB_MUST_CHECK bool mb_pg_finish_each(mb_answers *out, mb_conn *conn, mb_error *err);

/* The last for who asked; `out` may be NULL. */
MB_MUST_CHECK bool mb_pg_give(mb_result **out, mb_conn *conn, mb_error *err);

/* What a failed send (`ok` is 0) means: the session is gone, or the request was malformed. */
MB_MUST_CHECK bool mb_pg_sent(mb_conn *conn, int ok, mb_error *err);

/* A failed result, or a lost connection, as an error; does not free. */
bool mb_pg_fail(mb_error *err, mb_conn *conn, const PGresult *res);

/* The fields of an error or notice. */
void mb_pg_fields(mb_error *err, const PGresult *res);

/*
 * Before a statement: what was sent ahead or queued is collected, and its error
 * is ours; nothing new is begun after an interrupt.
 */
MB_MUST_CHECK bool mb_pg_ready(mb_conn *conn, mb_error *err);

/* The first part of it alone. */
MB_MUST_CHECK bool mb_pg_settle(mb_conn *conn, mb_error *err);

/* One statement into a pipeline; *prepares: a result of making it ready comes before its own. */
MB_MUST_CHECK bool mb_pg_queue(mb_conn *conn, const char *sql, size_t n, const mb_param *params,
                               bool *prepares, mb_error *err);

bool mb_pipeline_waits(const mb_conn *conn); /* are there statements whose end is not known? */
void mb_pipeline_free(mb_conn *conn);

/* Forget what is prepared when `tag` is of a statement that can change tables. */
void mb_pg_ran(mb_conn *conn, const char *tag);

void mb_pg_forget_prepared(mb_conn *conn);

/*
 * The name of a statement that `conn` prepares, of its own: a server such as PGlite gives all its
 * clients one session, in which the statements of those before are still prepared.
 */
enum { MB_NAME_SIZE = 32 };
void mb_pg_name(char name[MB_NAME_SIZE], const mb_conn *conn, const char *kind, unsigned number);

/* The same of what bundles prepared. */
void mb_pg_forget_kept(mb_conn *conn);

#endif

#include "moonbird/pg/observer.h"

#include "pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/pg/version.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AFTER_MS = 1000, LOOK_EVERY_US = 1000000 };

typedef enum stage { STAGE_NONE, STAGE_LOGIN, STAGE_IDLE, STAGE_QUERY, STAGE_GIVEN_UP } stage;

struct mb_observer {
    mb_conn *conn;      /* the session that is watched */
    mb_observed observed;
    void *self;
    PGconn *pg;         /* the observer's own session; NULL before its login and after it gave up */
    stage stage;
    PostgresPollingStatusType login;
    int after_ms;       /* mb_observer_after */
    int64_t statement;  /* when the statement that is watched was sent */
    int64_t looked;     /* when the server was last asked about it */
    int64_t asked;      /* the statement about which it was */
    int64_t blocked;    /* the statement that these sessions blocked: */
    char blockers[2048];
    char said[512];     /* the last text that was reported */
};

/* The object of a row of pg_locks. */
#define LOCKED(lock)                                                                               \
    "pg_catalog.concat_ws(' ', " lock ".locktype, " lock ".database, " lock ".relation, " lock     \
    ".transactionid)"

/* pg_blocking_pids gives 0 for a prepared transaction, which no session holds. */
static const char blockers_sql[] =
    "SELECT pg_catalog.string_agg(s.line, E'\\n' ORDER BY s.pid) FROM (SELECT b.pid, "
    MB_SESSION_TEXT
    " AS line FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(%d)) x (pid)"
    " JOIN pg_catalog.pg_stat_activity b ON b.pid" MB_EQ "x.pid"
    " UNION ALL SELECT 0, pg_catalog.format('prepared transaction %%L (of role %%s, since %%s)',"
    " p.gid, p.owner, " MB_ISO_UTC("p.prepared") ") FROM pg_catalog.pg_locks w"
    " JOIN pg_catalog.pg_locks l ON l.pid IS NULL AND l.granted AND " LOCKED("l") MB_EQ
    LOCKED("w") " JOIN pg_catalog.pg_locks o ON o.pid IS NULL AND o.virtualtransaction" MB_EQ
    "l.virtualtransaction JOIN pg_catalog.pg_prepared_xacts p ON p.transaction" MB_EQ
    "o.transactionid"
    " WHERE w.pid" MB_EQ "%d AND NOT w.granted"
    " AND '0'" MB_EQ "ANY (pg_catalog.pg_blocking_pids(%d))) s";

#define PERCENT(done, total)                                                                       \
    "CASE WHEN " total MB_NE "0 THEN pg_catalog.round((100.0" MB_OP("*") done ")" MB_OP("/") total \
    ")" MB_CAT "'%%' END"

/* The name of a relation; NULL if its transaction made it, so that other sessions do not see it. */
#define NAME_OF(oid)                                                                               \
    "(SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname) FROM pg_catalog.pg_class c"        \
    " JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace WHERE c.oid" MB_EQ oid ")"

static const char progress_sql[] =
    "; SELECT pg_catalog.concat_ws(', ', pg_catalog.concat(p.object, ': ', p.phase), p.part, CASE WHEN b.pid IS NOT NULL THEN"
    " 'waiting for '" MB_CAT MB_SESSION_TEXT " END) FROM ("
    "SELECT pg_catalog.concat_ws(' ', 'index', " NAME_OF("index_relid") ", 'on ' " MB_CAT
    NAME_OF("relid") ") AS object, phase, " PERCENT("blocks_done", "blocks_total") " AS part,"
    " current_locker_pid AS locker FROM pg_catalog.pg_stat_progress_create_index WHERE pid" MB_EQ
    "%d"
    " UNION ALL SELECT " NAME_OF("relid") ", phase, "
    PERCENT("heap_blks_scanned", "heap_blks_total") ", NULL"
    " FROM pg_catalog.pg_stat_progress_vacuum WHERE pid" MB_EQ "%d"
    " UNION ALL SELECT " NAME_OF("relid") ", phase, "
    PERCENT("heap_blks_scanned", "heap_blks_total") ", NULL"
    " FROM pg_catalog.pg_stat_progress_cluster WHERE pid" MB_EQ "%d"
    ") p LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid" MB_EQ "p.locker LIMIT 1";

static void give_up(mb_observer *o)
{
    PQfinish(o->pg);
    o->pg = NULL;
    o->stage = STAGE_GIVEN_UP;
}

static bool is_ready(const mb_observer *o, short events)
{
    struct pollfd fd = {.fd = PQsocket(o->pg), .events = events};

    return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* Notices of the observer's own session are of no interest. */
static void ignore_notice(void *self, const PGresult *res)
{
    (void)self;
    (void)res;
}

static void start_login(mb_observer *o)
{
    const PGconn *pg = o->conn->pg; /* the one of several hosts that the session uses */
    const char *keys[] = {"dbname", "application_name", "host", "hostaddr", "port", NULL};
    const char *values[] = {NULL,           "moonbird observer", PQhost(pg),
                            PQhostaddr(pg), mb_pg_port(pg),      NULL};
    mb_error unseen; /* without an observer, waits are reported with less */
    char *conninfo;

    if (!mb_pg_next_conninfo(&conninfo, o->conn, &unseen)) {
        give_up(o);
        return;
    }
    values[0] = conninfo;
    o->pg = mb_pg_start_login(keys, values);
    free(conninfo);
    o->login = PGRES_POLLING_WRITING;
    o->stage = STAGE_LOGIN;
    if (!o->pg || PQstatus(o->pg) == CONNECTION_BAD)
        give_up(o);
    else
        PQsetNoticeReceiver(o->pg, ignore_notice, NULL);
}

static void go_on_with_login(mb_observer *o)
{
    if (!is_ready(o, o->login == PGRES_POLLING_READING ? POLLIN : POLLOUT))
        return;
    o->login = PQconnectPoll(o->pg);
    if (o->login == PGRES_POLLING_FAILED)
        give_up(o);
    if (o->login != PGRES_POLLING_OK)
        return;
    PQsetnonblocking(o->pg, 1);
    o->stage = STAGE_IDLE;
}

static void ask(mb_observer *o, int64_t now)
{
    int pid = PQbackendPID(o->conn->pg);
    mb_buf sql = {0};

    if (now - o->looked < LOOK_EVERY_US)
        return;
    o->looked = now;
    o->asked = o->statement;
    mb_buf_printf(&sql, blockers_sql, pid, pid, pid);
    if (mb_conn_has(o->conn, MB_FEATURE_PROGRESS))
        mb_buf_printf(&sql, progress_sql, pid, pid, pid);
    o->stage = PQsendQuery(o->pg, mb_buf_str(&sql)) ? STAGE_QUERY : STAGE_IDLE;
    mb_buf_free(&sql);
}

static const char *text_of(const PGresult *res)
{
    bool there = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) && PQnfields(res);

    return there ? PQgetvalue(res, 0, 0) : "";
}

/* Reports what changed. */
static void notify(mb_observer *o, const char *blockers, const char *progress)
{
    char text[sizeof o->said];

    if (*blockers)
        snprintf(text, sizeof text, "waiting for %.*s", (int)strcspn(blockers, "\n"), blockers);
    else
        snprintf(text, sizeof text, "%s", progress);
    if (!*text || strcmp(text, o->said) == 0)
        return;
    memcpy(o->said, text, sizeof text);
    if (o->observed)
        o->observed(o->self, o->said, *blockers != '\0');
}

static void read_answer(mb_observer *o)
{
    char blockers[sizeof o->blockers] = "", progress[sizeof o->said] = "";
    PGresult *res;

    if (PQflush(o->pg) < 0 || (is_ready(o, POLLIN) && !PQconsumeInput(o->pg))) {
        give_up(o);
        return;
    }
    if (PQisBusy(o->pg))
        return;
    for (int i = 0; (res = PQgetResult(o->pg)) != NULL; i++) {
        if (i == 0)
            snprintf(blockers, sizeof blockers, "%s", text_of(res));
        else
            snprintf(progress, sizeof progress, "%s", text_of(res));
        PQclear(res);
    }
    o->stage = STAGE_IDLE;
    if (*blockers) {
        memcpy(o->blockers, blockers, sizeof blockers);
        o->blocked = o->asked;
    }
    notify(o, blockers, progress);
}

/* One step of the observer's work; called repeatedly while the session waits. */
static void on_wait(void *self)
{
    mb_observer *o = self;
    int64_t now = mb_now_us();

    if (mb_conn_pooled(o->conn))
        give_up(o);
    if (o->statement != o->conn->since) {
        o->statement = o->conn->since;
        o->said[0] = '\0';
        o->looked = 0;
    }
    if (now - o->statement < (int64_t)o->after_ms * 1000)
        return;
    switch (o->stage) {
    case STAGE_NONE:
        start_login(o);
        break;
    case STAGE_LOGIN:
        go_on_with_login(o);
        break;
    case STAGE_IDLE:
        ask(o, now);
        break;
    case STAGE_QUERY:
        read_answer(o);
        break;
    case STAGE_GIVEN_UP:
        break;
    }
}

mb_observer *mb_observer_new(mb_conn *conn, mb_observed observed, void *self)
{
    mb_observer *o = mb_alloc(sizeof *o);

    *o = (mb_observer){
        .conn = conn, .observed = observed, .self = self, .after_ms = LOOK_AFTER_MS};
    mb_conn_on_wait(conn, on_wait, o);
    return o;
}

void mb_observer_free(mb_observer *o)
{
    if (!o)
        return;
    mb_conn_on_wait(o->conn, NULL, NULL);
    PQfinish(o->pg);
    free(o);
}

void mb_observer_after(mb_observer *o, int ms)
{
    o->after_ms = ms;
}

const char *mb_observer_blockers(const mb_observer *o)
{
    return o->blocked && o->blocked == o->conn->failed_since ? o->blockers : "";
}

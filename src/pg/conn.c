#include "pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- the session ---- */

/* What a DROP ... CASCADE took along stands in the detail. */
static void log_notice(mb_level level, const char *severity, const mb_error *notice)
{
    mb_log(level, "%s%s%s%s%s%s%s", severity, *severity ? ": " : "", notice->message,
           notice->detail[0] ? "\nDETAIL: " : "", notice->detail,
           notice->hint[0] ? "\nHINT: " : "", notice->hint);
}

void mb_pg_notice(void *arg, const PGresult *res)
{
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    mb_error notice = {0};

    (void)arg;
    mb_pg_fields(&notice, res);
    if (severity && strcmp(severity, "WARNING") == 0)
        log_notice(MB_LOG_WARN, "", &notice);
    else
        log_notice(MB_LOG_INFO, severity ? severity : "NOTICE", &notice);
}

static void adopt(mb_conn *conn, PGconn *pg)
{
    conn->pg = pg;
    conn->cancel = PQgetCancel(pg);
    conn->sent = conn->copying = conn->lost = false;
    conn->cancelled = 0;
    conn->ahead = NULL;
    conn->cursors = 0;
    conn->mark = (unsigned)mb_now_us();
    mb_peer_of(&conn->identity.peer, PQsocket(pg));
    PQsetnonblocking(pg, 1);
}

static void drop(mb_conn *conn)
{
    mb_interrupt_on_exit(NULL, NULL);
    mb_pipeline_free(conn);
    mb_pg_forget_prepared(conn);
    mb_pg_forget_kept(conn);
    PQfreeCancel(conn->cancel);
    PQfinish(conn->pg);
}

bool mb_conn_open(mb_conn **out, const char *conninfo, mb_error *err)
{
    return mb_conn_open_within(out, conninfo, 0, err);
}

bool mb_conn_open_within(mb_conn **out, const char *conninfo, int seconds, mb_error *err)
{
    PGconn *pg = NULL;
    mb_conn *conn;

    if (!mb_pg_check_conninfo(conninfo, err) || !mb_interrupt_check(err) ||
        !mb_pg_log_in(&pg, conninfo, seconds, err))
        return false;
    conn = mb_alloc(sizeof *conn);
    conn->conninfo = mb_strdup(conninfo);
    conn->patience_us = seconds * INT64_C(1000000);
    mb_conn_set_limits(conn, -1, -1);
    adopt(conn, pg);
    *out = conn;
    return true;
}

bool mb_conn_again(mb_conn **out, const mb_conn *like, mb_error *err)
{
    mb_conn *conn;

    if (!mb_conn_open(&conn, like->conninfo, err))
        return false;
    conn->shielded = like->shielded;
    if (!mb_pg_same_server(like, conn, err)) {
        mb_conn_close(conn);
        return false;
    }
    conn->shielded = false;
    *out = conn;
    return true;
}

/* Its libpq session and what is known of it become `conn`'s. */
static void take_over(mb_conn *conn, mb_conn *fresh)
{
    drop(conn);
    conn->identity = fresh->identity;
    adopt(conn, fresh->pg);
    PQfreeCancel(fresh->cancel);
    free(fresh->prepared);
    free(fresh->conninfo);
    free(fresh);
}

bool mb_conn_reconnect(mb_conn *conn, mb_error *err)
{
    mb_conn *fresh;

    if (!mb_conn_again(&fresh, conn, err))
        return false;
    take_over(conn, fresh);
    return true;
}

void mb_conn_give_up(mb_conn *conn)
{
    conn->lost = true;
}

void mb_conn_close(mb_conn *conn)
{
    if (!conn)
        return;
    drop(conn);
    free(conn->prepared);
    free(conn->conninfo);
    free(conn);
}

/* ---- facts ---- */

mb_tx mb_conn_tx(const mb_conn *conn)
{
    if (conn->lost || PQstatus(conn->pg) == CONNECTION_BAD)
        return MB_TX_LOST;
    switch (PQtransactionStatus(conn->pg)) {
    case PQTRANS_IDLE:
        return MB_TX_IDLE;
    case PQTRANS_INTRANS:
        return MB_TX_OPEN;
    case PQTRANS_INERROR:
        return MB_TX_FAILED;
    case PQTRANS_ACTIVE:
        /* Both are only sent inside a transaction, and are collected before anything else. */
        return conn->ahead || mb_pipeline_waits(conn) ? MB_TX_OPEN : MB_TX_ACTIVE;
    default:
        return MB_TX_LOST;
    }
}

bool mb_conn_is_there(mb_conn *conn)
{
    for (int reads = 0; reads < 2; reads++) /* the server's last words, then the end */
        if (!PQconsumeInput(conn->pg))
            conn->lost = true;
    return mb_conn_tx(conn) != MB_TX_LOST;
}

const char *mb_conn_setting(const mb_conn *conn, const char *name)
{
    return PQparameterStatus(conn->pg, name);
}

bool mb_conn_backslashes(const mb_conn *conn)
{
    const char *standard = mb_conn_setting(conn, "standard_conforming_strings");

    return standard && strcmp(standard, "off") == 0;
}

int mb_conn_version(const mb_conn *conn)
{
    return PQserverVersion(conn->pg);
}

int mb_conn_backend_pid(const mb_conn *conn)
{
    return PQbackendPID(conn->pg);
}

static const char *text_or_empty(const char *s)
{
    return s ? s : "";
}

const char *mb_conn_host(const mb_conn *conn)
{
    return text_or_empty(PQhost(conn->pg));
}

const char *mb_conn_port(const mb_conn *conn)
{
    return text_or_empty(PQport(conn->pg));
}

const char *mb_conn_database(const mb_conn *conn)
{
    return text_or_empty(PQdb(conn->pg));
}

const char *mb_conn_user(const mb_conn *conn)
{
    return text_or_empty(PQuser(conn->pg));
}

char *mb_conn_describe(const mb_conn *conn)
{
    const char *host = mb_conn_host(conn);

    if (host[0] == '/')
        return mb_format("%s (socket %s)", mb_conn_database(conn), host);
    return mb_format("%s on %s:%s", mb_conn_database(conn), host, mb_conn_port(conn));
}

void mb_conn_set_pooled(mb_conn *conn, bool pooled)
{
    conn->pooled = pooled;
}

bool mb_conn_pooled(const mb_conn *conn)
{
    return conn->pooled;
}

void mb_conn_shield(mb_conn *conn, bool on)
{
    conn->shielded = on;
}

void mb_conn_on_wait(mb_conn *conn, void (*tick)(void *arg), void *arg)
{
    conn->tick = tick;
    conn->tick_arg = arg;
}

/* conn.c -- the life of a session: open, lost and opened again, closed. */
#include "pg.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A new libpq connection becomes the session's; facts about the old one are forgotten. */
static void adopt(mb_conn *conn, PGconn *pg)
{
    conn->pg = pg;
    conn->cancel = PQgetCancel(pg);
    conn->sent = conn->copying = conn->lost = conn->pooled_known = false;
    conn->cancelled = 0;
    conn->in_flight = (mb_in_flight){0};
    conn->cursors = (mb_cursor_slots){0};
    conn->mark = (unsigned)mb_now_us();
    mb_peer_of(&conn->identity.peer, PQsocket(pg));
    PQsetnonblocking(pg, 1);
    PQsetNoticeReceiver(pg, mb_pg_notice, conn);
}

static void drop(mb_conn *conn)
{
    mb_interrupt_on_exit(NULL, NULL);
    mb_pg_free_queue(conn);
    mb_conn_forget(conn);
    mb_pg_forget_repeated(conn);
    free(conn->lent);
    conn->lent = NULL;
    free(conn->last_word);
    conn->last_word = NULL;
    PQfreeCancel(conn->cancel);
    PQfinish(conn->pg);
}

bool mb_conn_open(mb_conn **out, const char *conninfo, mb_error *err)
{
    return mb_conn_open_within(out, conninfo, 0, err);
}

static bool open_session(mb_conn **out, const char *conninfo, int seconds,
                         const mb_patience *patience, mb_error *err)
{
    PGconn *pg = NULL;
    mb_conn *conn;

    if (!mb_pg_check_conninfo(conninfo, err) || !mb_interrupt_check(err) ||
        !mb_pg_log_in(&pg, conninfo, seconds, patience, err))
        return false;
    conn = mb_alloc(sizeof *conn);
    conn->conninfo = mb_strdup(conninfo);
    conn->patience_us = seconds * INT64_C(1000000);
    mb_conn_set_limits(conn, (mb_limits){.lock_timeout_ms = -1});
    adopt(conn, pg);
    *out = conn;
    return true;
}

bool mb_conn_open_within(mb_conn **out, const char *conninfo, int seconds, mb_error *err)
{
    return open_session(out, conninfo, seconds, NULL, err);
}

void mb_conn_before_login(mb_conn *conn, const mb_before_login *before)
{
    conn->before = *before;
}

/* *out is a copy of `conninfo`, changed. */
static bool change(char **out, const mb_conn *conn, const char *conninfo, const char *environment,
                   mb_error *err)
{
    const mb_before_login *before = &conn->before;

    *out = mb_strdup(conninfo);
    if (!before->change || before->change(out, environment, before->self, err))
        return true;
    free(*out);
    *out = NULL;
    return false;
}

bool mb_pg_next_conninfo(char **out, const mb_conn *conn, mb_error *err)
{
    return change(out, conn, conn->before.change ? conn->before.first : conn->conninfo, NULL, err);
}

bool mb_conn_open_beside(mb_conn **out, const mb_conn *like, const char *conninfo,
                         const char *environment, int seconds, mb_error *err)
{
    char *changed;
    bool ok = change(&changed, like, conninfo, environment, err) &&
              mb_conn_open_within(out, changed, seconds, err);

    free(changed);
    return ok;
}

bool mb_conn_again(mb_conn **out, const mb_conn *like, const mb_patience *patience, mb_error *err)
{
    char *conninfo;
    mb_conn *conn;
    bool ok;

    if (!mb_pg_next_conninfo(&conninfo, like, err))
        return false;
    ok = open_session(&conn, conninfo, 0, patience, err);
    free(conninfo);
    if (!ok)
        return false;
    conn->before = like->before;
    conn->shielded = like->shielded;
    conn->patience = patience;
    if (!mb_pg_same_server(like, conn, err)) {
        mb_conn_close(conn);
        return false;
    }
    conn->shielded = false;
    conn->patience = NULL;
    *out = conn;
    return true;
}

/* Moves the new session's libpq connection and identity into `conn`. */
static void take_over(mb_conn *conn, mb_conn *fresh)
{
    drop(conn);
    conn->identity = fresh->identity;
    adopt(conn, fresh->pg);
    PQfreeCancel(fresh->cancel);
    free(fresh->prepared);
    free(conn->conninfo);
    conn->conninfo = fresh->conninfo;
    free(fresh);
}

bool mb_conn_reconnect(mb_conn *conn, mb_error *err)
{
    mb_conn *fresh;

    if (!mb_conn_again(&fresh, conn, NULL, err))
        return false;
    take_over(conn, fresh);
    return true;
}

/*
 * The closed connection stays: the facts that libpq has about the old session are compared with the
 * new one.
 */
bool mb_conn_step_aside(mb_conn *conn, double seconds, mb_error *err)
{
    bool pooled = conn->pooled;

    shutdown(PQsocket(conn->pg), SHUT_RDWR);
    conn->lost = true;
    if (!mb_sleep(seconds, err) || !mb_conn_reconnect(conn, err))
        return false;
    mb_conn_set_pooled(conn, pooled);
    return true;
}

void mb_conn_close(mb_conn *conn)
{
    if (!conn)
        return;
    drop(conn);
    free(conn->prepared);
    free(conn->conninfo);
    free(conn->role);
    free(conn);
}

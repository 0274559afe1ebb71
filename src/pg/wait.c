/*
 * wait.c -- waiting for the server without blocking in libpq; interrupts; the checks before each
 * statement.
 */
#include "pg.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/live.h"
#include "moonbird/os/log.h"

#include <poll.h>

enum {
    TICK_MS = 20, /* short: the observer logs in during these waits, within a lock_timeout */
    CANCEL_EVERY_US = 1000000,
    ANSWER_US = 15000000, /* how long a statement may go on after an interrupt */
};

static void cancel_at_exit(void *arg)
{
    char text[256];

    PQcancel(arg, text, sizeof text);
}

/*
 * The two-second clock of the interrupt stops once the server has taken the request.  The request
 * is repeated while the statement goes on: the first one may arrive before the statement does.
 */
static void cancel(mb_conn *conn, const mb_error *why)
{
    bool first = !conn->cancelled;
    char text[256];

    if (!first && mb_now_us() - conn->cancelled < CANCEL_EVERY_US)
        return;
    if (first)
        mb_log(MB_LOG_WARN, "%s: cancelling the statement", why->message);
    if (PQcancel(conn->cancel, text, sizeof text))
        mb_interrupt_seen();
    else if (first)
        mb_log(MB_LOG_WARN, "could not send the cancel request: %s", text);
    conn->cancelled = mb_now_us();
}

void mb_conn_set_patience(mb_conn *conn, const mb_patience *patience)
{
    conn->patience = patience;
}

bool mb_pg_is_patient(const mb_patience **patience, int socket, int64_t since, mb_error *err)
{
    const mb_patience *p = *patience;
    struct pollfd fd = {.fd = socket, .events = POLLIN};

    if (!p || mb_now_us() - since < p->ms * INT64_C(1000))
        return true;
    *patience = NULL; /* `late` may wait on another connection */
    return p->late(p->self, err) || poll(&fd, 1, 0) > 0;
}

/* A pooler may have lost the statement: then no cancel request brings an answer. */
static bool is_in_time(mb_conn *conn, mb_error *err)
{
    mb_error why;

    if (conn->patience_us && mb_now_us() - conn->since > conn->patience_us) {
        conn->lost = true;
        return mb_fail(err, MB_ERR_CONNECT, "the server did not answer within %d s",
                       (int)(conn->patience_us / 1000000));
    }
    if (!mb_pg_is_patient(&conn->patience, PQsocket(conn->pg), conn->since, err)) {
        conn->lost = true;
        return false;
    }
    if (mb_interrupt_check(&why))
        return true;
    if (!conn->interrupted)
        conn->interrupted = mb_now_us();
    if (mb_now_us() - conn->interrupted < ANSWER_US)
        return true;
    conn->lost = true;
    *err = why;
    return mb_fail_detail(err, "The server did not answer within %d s of the interrupt. The "
                               "connection is closed; uncommitted changes are rolled back.",
                          ANSWER_US / 1000000);
}

/*
 * Waits for the socket.  An interrupt cancels the statement; the wait for its answer goes on, up to
 * ANSWER_US.
 */
static bool wait_socket(mb_conn *conn, short events, mb_error *err)
{
    struct pollfd fd = {.fd = PQsocket(conn->pg), .events = events};
    mb_error why;
    bool ready;

    if (fd.fd < 0)
        return mb_pg_fail_lost(err, conn);
    ready = poll(&fd, 1, TICK_MS) > 0;
    /* checked at each turn: a server that sends rows without a pause never makes us wait */
    if (!conn->shielded && !mb_interrupt_check(&why))
        cancel(conn, &why);
    if (ready)
        return true;
    mb_live_tick();
    if (conn->tick)
        conn->tick(conn->tick_arg);
    return is_in_time(conn, err);
}

bool mb_pg_flush(mb_conn *conn, mb_error *err)
{
    int state;

    while ((state = PQflush(conn->pg)) == 1) {
        if (!wait_socket(conn, POLLIN | POLLOUT, err))
            return false;
        if (!PQconsumeInput(conn->pg))
            return mb_pg_fail_lost(err, conn);
    }
    return state == 0 || mb_pg_fail_lost(err, conn);
}

bool mb_pg_more(mb_conn *conn, mb_error *err)
{
    if (!wait_socket(conn, POLLIN, err))
        return false;
    return PQconsumeInput(conn->pg) || mb_pg_fail_lost(err, conn);
}

bool mb_pg_wait(mb_conn *conn, mb_error *err)
{
    if (!mb_pg_flush(conn, err))
        return false;
    while (PQisBusy(conn->pg)) {
        if (!wait_socket(conn, POLLIN, err))
            return false;
        /* After a failed read PQgetResult still returns the error that the server sent last. */
        if (!PQconsumeInput(conn->pg))
            return true;
    }
    return true;
}

static bool fail_copying(mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "a COPY is in progress on this connection");
    return mb_fail_hint(err, "Run other queries before the copy begins, or on another connection "
                             "(moonbird.connect).");
}

bool mb_conn_settle(mb_conn *conn, mb_error *err)
{
    return !conn->in_flight.settle || conn->in_flight.settle(conn->in_flight.self, err);
}

bool mb_pg_ready(mb_conn *conn, mb_error *err)
{
    if (conn->copying)
        return fail_copying(err);
    if (!mb_conn_settle(conn, err))
        return false;
    if (conn->sent)
        return mb_fail(err, MB_ERR_USAGE, "another statement is in progress on this connection");
    if (conn->lost)
        return mb_pg_fail_lost(err, conn);
    if (mb_result_missed(err))
        return false;
    mb_interrupt_on_exit(cancel_at_exit, conn->cancel);
    conn->since = mb_now_us();
    if (!conn->shielded && !mb_interrupt_check(err))
        return false;
    if (mb_conn_tx(conn) == MB_TX_IDLE)
        conn->cursors = (mb_cursor_slots){0};
    conn->interrupted = 0;
    conn->cancelled = 0; /* a time limit that ended one script does not count for the next */
    return true;
}

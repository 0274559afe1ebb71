/* wait.c -- waiting for the server without blocking, and what its answers mean. */
#include "pg.h"

#include "moonbird/pg/cursor.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/pipeline.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    TICK_MS = 20, /* short, so that an observer's login does not take longer than a lock_timeout */
    CANCEL_EVERY_US = 1000000,
    ANSWER_US = 15000000, /* after an interrupt, of one statement: longer than a clean-up takes */
};

static void copy_field(char *dst, size_t size, const PGresult *res, int field)
{
    const char *s = PQresultErrorField(res, field);

    mb_fill(dst, size, "%s", s ? s : "");
}

void mb_pg_fields(mb_error *err, const PGresult *res)
{
    const char *position = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);

    copy_field(err->message, sizeof err->message, res, PG_DIAG_MESSAGE_PRIMARY);
    copy_field(err->sqlstate, sizeof err->sqlstate, res, PG_DIAG_SQLSTATE);
    copy_field(err->detail, sizeof err->detail, res, PG_DIAG_MESSAGE_DETAIL);
    copy_field(err->hint, sizeof err->hint, res, PG_DIAG_MESSAGE_HINT);
    copy_field(err->context, sizeof err->context, res, PG_DIAG_CONTEXT);
    copy_field(err->schema, sizeof err->schema, res, PG_DIAG_SCHEMA_NAME);
    copy_field(err->table, sizeof err->table, res, PG_DIAG_TABLE_NAME);
    copy_field(err->column_name, sizeof err->column_name, res, PG_DIAG_COLUMN_NAME);
    copy_field(err->constraint, sizeof err->constraint, res, PG_DIAG_CONSTRAINT_NAME);
    err->position = 0;
    if (position)
        sscanf(position, "%d", &err->position);
    if (!err->message[0])
        snprintf(err->message, sizeof err->message, "the server sent an error without a message");
}

/*
 * Also where libpq still hopes: an answer is missing, and the next would be taken for it.
 * recover.c asks the history what was done, and puts that in place of the hint.
 */
static bool fail_lost(mb_error *err, mb_conn *conn)
{
    const char *text = PQerrorMessage(conn->pg);

    conn->lost = true;
    mb_fail(err, MB_ERR_CONNECT, "the connection to the server was lost");
    mb_fail_detail(err, "%.*s", (int)strcspn(text, "\n"), text);
    return mb_fail_hint(err, "What was not committed is rolled back.  Run it again once the server "
                             "is there.");
}

/* After FATAL the server closes: its last words come before the loss can be seen. */
static bool is_last_word(const PGresult *res)
{
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* What ends a session without a word of what to do about it. */
static void add_hint(mb_error *err)
{
    static const struct {
        const char *sqlstate, *hint;
    } hints[] = {
        /* a pooler that refuses or ends a client says no more, and names its own setting */
        {"08P01", "If a pooler such as PgBouncer answered: moonbird needs transaction or session "
                  "pooling (not pool_mode = statement), and two server connections "
                  "(default_pool_size), since the run lock keeps one.  Or connect to the server "
                  "itself."},
        {"25P03", "The transaction was idle, as while a script computes, for longer than "
                  "idle_in_transaction_session_timeout allows. Let the script compute before its "
                  "first statement, or begin it with "
                  "db:set(\"idle_in_transaction_session_timeout\", 0)."},
        {"25P04", "The transaction took longer than transaction_timeout allows. Raise the limit "
                  "for this role or database, or do the work in steps."},
        {"57P05", "The session was idle, as while a script computes, for longer than "
                  "idle_session_timeout allows. Begin the script with "
                  "db:exec \"SET idle_session_timeout = 0\"."},
    };

    for (size_t i = 0; i < sizeof hints / sizeof hints[0] && !err->hint[0]; i++)
        if (strcmp(err->sqlstate, hints[i].sqlstate) == 0)
            mb_fail_hint(err, "%s", hints[i].hint);
}

bool mb_pg_fail(mb_error *err, mb_conn *conn, const PGresult *res)
{
    bool lost = PQstatus(conn->pg) == CONNECTION_BAD || (res && is_last_word(res));

    if (!res || !PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)) {
        const char *text = PQerrorMessage(conn->pg);

        if (lost)
            return fail_lost(err, conn);
        text += strspn(text, "\n\t ");
        if (!*text)
            text = "the server sent an error without a message";
        return mb_fail(err, MB_ERR_FAILED, "%.*s", (int)strcspn(text, "\n"), text);
    }
    conn->lost = conn->lost || lost;
    mb_fail(err, lost ? MB_ERR_CONNECT : MB_ERR_SQL, "%s", "");
    mb_pg_fields(err, res);
    add_hint(err);
    /* 57014 is the answer to our own cancel, but also to a statement_timeout. */
    if (!conn->shielded && strcmp(err->sqlstate, "57014") == 0)
        (void)!mb_interrupt_check(err);
    return false;
}

static void cancel_at_exit(void *arg)
{
    char text[256];

    PQcancel(arg, text, sizeof text);
}

/*
 * The clock of the interrupt runs until the server has taken the request.  Again
 * while the statement goes on: a request may come before the statement does.
 */
static void cancel(mb_conn *conn, const mb_error *why)
{
    bool first = !conn->cancelled;
    char text[256];

    if (!first && mb_now_us() - conn->cancelled < CANCEL_EVERY_US)
        return;
    if (first)
        mb_log(MB_LOG_WARN, "%s: cancelling what runs and rolling back", why->message);
    if (PQcancel(conn->cancel, text, sizeof text))
        mb_interrupt_seen();
    else if (first)
        mb_log(MB_LOG_WARN, "the cancel request did not reach the server: %s", text);
    conn->cancelled = mb_now_us();
}

/* A pooler may have lost the statement, and then no request to cancel brings an answer. */
static bool is_in_time(mb_conn *conn, mb_error *err)
{
    mb_error why;

    if (conn->patience_us && mb_now_us() - conn->since > conn->patience_us) {
        conn->lost = true;
        return mb_fail(err, MB_ERR_CONNECT, "the server did not answer within %d s",
                       (int)(conn->patience_us / 1000000));
    }
    if (mb_interrupt_check(&why))
        return true;
    if (!conn->interrupted)
        conn->interrupted = mb_now_us();
    if (mb_now_us() - conn->interrupted < ANSWER_US)
        return true;
    conn->lost = true;
    *err = why;
    return mb_fail_detail(err, "The server did not answer within %d s of the interrupt.  The "
                               "connection is closed; what was not committed is rolled back.",
                          ANSWER_US / 1000000);
}

/* Wait for the socket; an interrupt cancels, and the wait goes on for the answer, for a while. */
static bool wait_socket(mb_conn *conn, short events, mb_error *err)
{
    struct pollfd fd = {.fd = PQsocket(conn->pg), .events = events};
    mb_error why;
    bool ready;

    if (fd.fd < 0)
        return fail_lost(err, conn);
    ready = poll(&fd, 1, TICK_MS) > 0;
    /* Also where the server sends rows without a pause. */
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
            return fail_lost(err, conn);
    }
    return state == 0 || fail_lost(err, conn);
}

bool mb_pg_more(mb_conn *conn, mb_error *err)
{
    if (!wait_socket(conn, POLLIN, err))
        return false;
    return PQconsumeInput(conn->pg) || fail_lost(err, conn);
}

bool mb_pg_wait(mb_conn *conn, mb_error *err)
{
    if (!mb_pg_flush(conn, err))
        return false;
    while (PQisBusy(conn->pg)) {
        if (!wait_socket(conn, POLLIN, err))
            return false;
        /* A failed read still leaves the server's last words to PQgetResult. */
        if (!PQconsumeInput(conn->pg))
            return true;
    }
    return true;
}

bool mb_conn_wait(bool *came, mb_conn *conn, int ms, mb_error *err)
{
    while (!(*came = !PQisBusy(conn->pg)) && mb_now_us() - conn->since < ms * INT64_C(1000))
        if (!mb_pg_more(conn, err))
            return false;
    return true;
}

enum { COPIES_MOST = 1000 }; /* of one message */

/* PQgetResult repeats them until the COPY is left, which COPY in both directions never is. */
static bool is_endless(mb_conn *conn, ExecStatusType status)
{
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
        conn->copies++;
    return status == PGRES_COPY_BOTH || conn->copies > COPIES_MOST;
}

bool mb_pg_next(PGresult **out, mb_conn *conn, mb_error *err)
{
    ExecStatusType status;

    if (!mb_pg_wait(conn, err))
        return false;
    *out = PQgetResult(conn->pg);
    status = PQresultStatus(*out);
    if (!*out)
        conn->copies = 0;
    if (!*out || !is_endless(conn, status))
        return true;
    PQclear(*out);
    mb_conn_give_up(conn);
    return mb_result_refuse(err, "with a COPY that was not asked for");
}

/*
 * COPY is another protocol: leave it, and say that it is not possible here.
 * PQgetResult repeats PGRES_COPY_OUT until the last row was fetched.
 */
static bool leave_copy(mb_conn *conn, ExecStatusType status, mb_error *err)
{
    if (status == PGRES_COPY_IN)
        PQputCopyEnd(conn->pg, "COPY is not possible here");
    else if (!mb_pg_copy_out(conn, NULL, err))
        return false;
    mb_fail(err, MB_ERR_USAGE, "COPY FROM STDIN and COPY TO STDOUT are not possible here");
    return mb_fail_hint(err, "Put the statement into an SQL file.");
}

static bool is_error(ExecStatusType status)
{
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

/* `ok`: nothing failed before it. */
static bool check_result(mb_conn *conn, PGresult *res, bool ok, mb_error *err)
{
    ExecStatusType status = PQresultStatus(res);

    if (ok && (status == PGRES_COPY_IN || status == PGRES_COPY_OUT))
        ok = leave_copy(conn, status, err);
    else if (ok && is_error(status))
        ok = mb_pg_fail(err, conn, res);
    mb_pg_ran(conn, PQcmdStatus(res));
    return ok;
}

bool mb_pg_finish_each(mb_answers *out, mb_conn *conn, mb_error *err)
{
    PGresult *res;
    bool ok = true;

    *out = (mb_answers){0};
    while (mb_pg_next(&res, conn, ok ? err : &(mb_error){0})) {
        if (!res && ok && out->n == 0)
            return mb_pg_fail(err, conn, NULL);
        if (!res && ok)
            return true;
        if (!res)
            break;
        ok = check_result(conn, res, ok, err);
        out->items = mb_grow(out->items, out->n, sizeof *out->items);
        out->items[out->n++] = (mb_result *)res;
    }
    mb_answers_free(out);
    return false;
}

bool mb_pg_finish(PGresult **out, mb_conn *conn, mb_error *err)
{
    mb_answers all;

    if (!mb_pg_finish_each(&all, conn, err))
        return false;
    *out = (PGresult *)all.items[--all.n];
    mb_answers_free(&all);
    return true;
}

bool mb_pg_give(mb_result **out, mb_conn *conn, mb_error *err)
{
    PGresult *res = NULL;

    if (!mb_pg_finish(&res, conn, err))
        return false;
    if (out)
        *out = (mb_result *)res;
    else
        PQclear(res);
    return true;
}

bool mb_pg_sent(mb_conn *conn, int ok, mb_error *err)
{
    return ok || mb_pg_fail(err, conn, NULL);
}

static bool fail_copying(mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "rows are being copied over this connection, which takes no other "
                               "statement meanwhile");
    return mb_fail_hint(err, "Read what the rows are made of before, or from a connection of its "
                             "own (moonbird.connect).");
}

bool mb_pg_settle(mb_conn *conn, mb_error *err)
{
    return (!conn->ahead || mb_cursor_settle(conn->ahead, err)) &&
           (!mb_pipeline_waits(conn) || mb_pipeline_settle(conn, err));
}

bool mb_pg_ready(mb_conn *conn, mb_error *err)
{
    if (conn->copying)
        return fail_copying(err);
    if (!mb_pg_settle(conn, err))
        return false;
    if (conn->sent)
        return mb_fail(err, MB_ERR_USAGE, "another statement is under way on this connection");
    if (conn->lost)
        return fail_lost(err, conn);
    if (mb_result_missed(err))
        return false;
    mb_interrupt_on_exit(cancel_at_exit, conn->cancel);
    conn->since = mb_now_us();
    if (!conn->shielded && !mb_interrupt_check(err))
        return false;
    conn->interrupted = 0;
    conn->cancelled = 0; /* a time limit that ended one script is no matter of the next */
    return true;
}

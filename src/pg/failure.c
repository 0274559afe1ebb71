/* failure.c -- errors and notices of the server, as errors and log lines. */
#include "pg.h"

#include "moonbird/base/secret.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"

#include <stdio.h>
#include <string.h>

/* An error of class 22 can quote a word of a value, and the value can be a secret. */
static bool is_data_exception(const PGresult *res)
{
    const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    return sqlstate && strncmp(sqlstate, "22", 2) == 0;
}

static void copy_field(char *dst, size_t size, const PGresult *res, int field)
{
    const char *s = PQresultErrorField(res, field);
    mb_buf masked = {0};

    if (s && mb_secret_any() && is_data_exception(res)) {
        mb_secret_mask_quoted(&masked, s);
        s = mb_buf_str(&masked);
    }
    mb_format_into(dst, size, "%s", s ? s : "");
    mb_buf_free(&masked);
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
 * lost_connection.c replaces the hint once it has read in the history which changes were committed.
 */
bool mb_pg_fail_lost(mb_error *err, mb_conn *conn)
{
    const char *text = PQerrorMessage(conn->pg);

    conn->lost = true;
    if (conn->last_word) {
        *err = *conn->last_word;
    } else {
        mb_fail(err, MB_ERR_CONNECT, "the connection to the server was lost");
        mb_fail_detail(err, "%.*s", (int)strcspn(text, "\n"), text);
    }
    if (!err->hint[0])
        mb_fail_hint(err, "Uncommitted changes are rolled back. Run the command again when the "
                          "server is available.");
    return false;
}

/*
 * After FATAL or PANIC the server closes the connection; the error arrives before libpq sees that.
 * PgBouncer, which does not translate, sends one severity only.
 */
static bool is_last_word(const PGresult *res)
{
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (!severity)
        severity = PQresultErrorField(res, PG_DIAG_SEVERITY);
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

void mb_pg_name_direct(mb_error *err, const PGconn *pg)
{
    const char *host = PQhost(pg), *port = mb_pg_port(pg), *user = PQuser(pg);
    size_t len = strlen(err->hint);
    char direct[MB_DIRECT_SIZE];

    if (mb_direct_address(direct, host ? host : "", port, user ? user : ""))
        mb_format_into(err->hint + len, sizeof err->hint - len,
                       "%sThis is the address of a pooler; the server's own address is %s.",
                       len ? " " : "", direct);
}

void mb_conn_name_direct(mb_error *err, const mb_conn *conn)
{
    mb_pg_name_direct(err, conn->pg);
}

/* Hints for errors that end a session and have none of their own. */
static void add_hint(mb_error *err, const mb_conn *conn)
{
    static const struct {
        const char *sqlstate, *hint;
    } hints[] = {
        /* a pooler that refuses or ends a client names only its own setting */
        {MB_SQLSTATE_PROTOCOL_VIOLATION,
         "If this is a pooler such as PgBouncer: set pool_mode to transaction or session, "
         "default_pool_size to 2 or more (the run lock holds one connection), and query_timeout "
         "and idle_transaction_timeout to 0 or to more than a migration takes. Or connect "
         "directly to the server."},
        {MB_SQLSTATE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
         "The transaction was idle, for example while a script computed, for longer than "
         "idle_in_transaction_session_timeout allows. Compute before the script's first "
         "statement, or begin the script with db:set(\"idle_in_transaction_session_timeout\", 0)."},
        {MB_SQLSTATE_TRANSACTION_TIMEOUT,
         "The transaction took longer than transaction_timeout allows. Raise the limit, or do the "
         "work in steps."},
        {MB_SQLSTATE_IDLE_SESSION_TIMEOUT,
         "The session was idle, for example while a script computed, for longer than "
         "idle_session_timeout allows. Begin the script with db:exec \"SET idle_session_timeout "
         "= 0\"."},
    };

    for (size_t i = 0; i < sizeof hints / sizeof hints[0] && !err->hint[0]; i++)
        if (strcmp(err->sqlstate, hints[i].sqlstate) == 0)
            mb_fail_hint(err, "%s", hints[i].hint);
    if (mb_error_is(err, MB_SQLSTATE_PROTOCOL_VIOLATION))
        mb_conn_name_direct(err, conn);
}

/*
 * The server refuses ALTER TABLE and the like for two reasons with one SQLSTATE, and gives no hint.
 * Its message can be in any language; the function that raised the error cannot.
 */
static void add_in_use_hint(mb_error *err, const PGresult *res)
{
    const char *raised_by = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);

    if (!raised_by || strcmp(raised_by, "CheckTableNotInUse") != 0)
        return;
    mb_fail_hint(err, "If deferred constraints or triggers are waiting: run SET CONSTRAINTS ALL "
                      "IMMEDIATE before this statement. If a loop still reads the table: leave "
                      "the loop first.");
}

bool mb_pg_fail(mb_error *err, mb_conn *conn, const PGresult *res)
{
    bool lost = PQstatus(conn->pg) == CONNECTION_BAD || (res && is_last_word(res));

    conn->failed_since = conn->since;
    conn->failed_after_us = mb_now_us() - conn->since;
    if (!res || !PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)) {
        const char *text = PQerrorMessage(conn->pg);

        if (lost)
            return mb_pg_fail_lost(err, conn);
        text += strspn(text, "\n\t ");
        if (!*text)
            text = "the server sent an error without a message";
        return mb_fail(err, MB_ERR_FAILED, "%.*s", (int)strcspn(text, "\n"), text);
    }
    conn->lost = conn->lost || lost;
    mb_fail(err, lost ? MB_ERR_CONNECT : MB_ERR_SQL, "%s", "");
    mb_pg_fields(err, res);
    if (lost || !PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED)) /* none from PgBouncer */
        add_hint(err, conn);
    add_in_use_hint(err, res);
    /* 57014 (query_canceled) answers our own cancel request, but also a statement_timeout. */
    if (!conn->shielded && mb_error_is(err, MB_SQLSTATE_QUERY_CANCELED))
        (void)!mb_interrupt_check(err);
    return false;
}

bool mb_pg_sent(mb_conn *conn, int ok, mb_error *err)
{
    return ok || mb_pg_fail(err, conn, NULL);
}

/* The detail lists what a DROP ... CASCADE dropped. */
static void log_notice(mb_level level, const char *severity, const mb_error *notice)
{
    mb_log(level, "%s%s%s%s%s%s%s", severity, *severity ? ": " : "", notice->message,
           notice->detail[0] ? "\nDETAIL: " : "", notice->detail, notice->hint[0] ? "\nHINT: " : "",
           notice->hint);
}

/* An error that ends the session and came before libpq had sent the next statement completely. */
static void keep_last_word(mb_conn *conn, const PGresult *res)
{
    if (!conn->last_word)
        conn->last_word = mb_alloc(sizeof *conn->last_word);
    mb_fail(conn->last_word, MB_ERR_CONNECT, "%s", "");
    mb_pg_fields(conn->last_word, res);
    add_hint(conn->last_word, conn);
}

void mb_pg_notice(void *arg, const PGresult *res)
{
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    mb_error notice = {0};

    if (arg && is_last_word(res)) {
        keep_last_word(arg, res);
        return;
    }
    mb_pg_fields(&notice, res);
    if (severity && strcmp(severity, "WARNING") == 0)
        log_notice(MB_LOG_WARN, "", &notice);
    else
        log_notice(MB_LOG_INFO, severity ? severity : "NOTICE", &notice);
}

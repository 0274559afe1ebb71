/*
 * limits.c -- the limits of a session's statements.
 *
 * A database or role can have limits that are meant for everyday statements.  moonbird's own
 * statements run under the limits of the configuration instead.
 */
#include "pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/pg/version.h"

#include <stdlib.h>
#include <string.h>

void mb_conn_set_limits(mb_conn *conn, mb_limits limits)
{
    conn->limits = limits;
}

typedef struct limit {
    const char *name;
    int ms;
} limit;

enum { LIMITS_MOST = 3 };

/* Writes the limits that moonbird sets, and returns their number. */
static size_t list_limits(limit out[LIMITS_MOST], const mb_conn *conn)
{
    const mb_limits *l = &conn->limits;
    size_t n = 0;

    if (l->lock_timeout_ms >= 0)
        out[n++] = (limit){"lock_timeout", l->lock_timeout_ms};
    out[n++] = (limit){"statement_timeout", l->statement_timeout_ms};
    if (mb_conn_has(conn, MB_FEATURE_TRANSACTION_TIMEOUT))
        out[n++] = (limit){"transaction_timeout", l->transaction_timeout_ms};
    return n;
}

char *mb_conn_pins(const mb_conn *conn, const char *scope)
{
    limit limits[LIMITS_MOST];
    size_t n = list_limits(limits, conn);
    mb_buf sql = {0};

    mb_buf_puts(&sql, strcmp(scope, "LOCAL") == 0 ? MB_PINS("LOCAL") : MB_PINS("SESSION"));
    for (size_t i = 0; i < n; i++)
        mb_buf_printf(&sql, "; SET %s %s = %d", scope, limits[i].name, limits[i].ms);
    return sql.data;
}

char *mb_conn_limits_sql(const mb_conn *conn, size_t *n)
{
    limit limits[LIMITS_MOST];
    mb_buf sql = {0};

    *n = mb_conn_tx(conn) == MB_TX_IDLE ? list_limits(limits, conn) : 0;
    mb_buf_puts(&sql, "");
    for (size_t i = 0; i < *n; i++)
        mb_buf_printf(&sql, "SET LOCAL %s = %d; ", limits[i].name, limits[i].ms);
    return sql.data;
}

bool mb_conn_exec_limited(mb_result **out, mb_conn *conn, const char *sql, mb_error *err)
{
    size_t n;
    char *limits = mb_conn_limits_sql(conn, &n), *text = mb_format("%s%s", limits, sql);
    bool ok = mb_conn_exec(out, conn, text, err);

    free(text);
    free(limits);
    return ok;
}

/* ---- a statement that cannot run in a transaction ---- */

/*
 * Sets the limits for the session. *set: they were set. Behind a pooler they are not set, because
 * other clients would get them; a changed server process shows that there is a pooler.
 */
static bool set_for_session(bool *set, mb_conn *conn, mb_error *err)
{
    limit limits[LIMITS_MOST];
    size_t n = list_limits(limits, conn);
    mb_result *res;
    mb_buf sql = {0};
    bool ok;

    for (size_t i = 0; i < n; i++)
        mb_buf_printf(&sql, "%s pg_catalog.set_config('%s', '%d', false)", i ? "," : "SELECT",
                      limits[i].name, limits[i].ms);
    mb_buf_printf(&sql, " WHERE pg_catalog.pg_backend_pid()" MB_EQ "%d",
                  mb_conn_backend_pid(conn));
    ok = mb_conn_exec(&res, conn, mb_buf_str(&sql), err);
    mb_buf_free(&sql);
    *set = ok && mb_result_rows(res) > 0;
    if (ok)
        mb_result_free(res);
    return ok;
}

static bool reset_for_session(mb_conn *conn, mb_error *err)
{
    limit limits[LIMITS_MOST];
    size_t n = list_limits(limits, conn);
    mb_buf sql = {0};
    bool was_shielded = conn->shielded, ok;

    for (size_t i = 0; i < n; i++)
        mb_buf_printf(&sql, "RESET %s; ", limits[i].name);
    mb_conn_shield(conn, true);
    ok = mb_conn_exec(NULL, conn, mb_buf_str(&sql), err);
    mb_conn_shield(conn, was_shielded);
    mb_buf_free(&sql);
    return ok;
}

bool mb_conn_exec_alone(mb_conn *conn, const char *sql, mb_error *err)
{
    mb_error ignored;
    bool set, ok;

    if (!set_for_session(&set, conn, err))
        return false;
    ok = mb_conn_exec(NULL, conn, sql, err);
    if (set && mb_conn_tx(conn) == MB_TX_IDLE && !reset_for_session(conn, &ignored))
        mb_conn_give_up(conn);
    return ok;
}

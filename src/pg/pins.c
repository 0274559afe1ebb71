/* pins.c -- whose a session is, and the settings under which scripts run outside of migrations. */
#include "pg.h"

#include "moonbird/base/buf.h"

#include <string.h>

bool mb_conn_find_pooler(mb_conn *conn, mb_error *err)
{
    mb_result *res = NULL;

    if (!mb_conn_exec_identified(&res, conn, "SELECT pg_catalog.pg_backend_pid()", err))
        return false;
    mb_conn_set_pooled(conn, mb_result_int(res, 0, 0) != mb_conn_backend_pid(conn));
    mb_result_free(res);
    return true;
}

void mb_conn_set_limits(mb_conn *conn, int lock_timeout_ms, int statement_timeout_ms)
{
    conn->lock_timeout_ms = lock_timeout_ms;
    conn->statement_timeout_ms = statement_timeout_ms;
}

char *mb_conn_pins(const mb_conn *conn, const char *scope)
{
    bool local = strcmp(scope, "LOCAL") == 0;
    mb_buf sql = {0};

    mb_buf_puts(&sql, local ? MB_PINS("LOCAL") : MB_PINS("SESSION"));
    if (conn->lock_timeout_ms >= 0)
        mb_buf_printf(&sql, "; SET %s lock_timeout = %d", scope, conn->lock_timeout_ms);
    if (conn->statement_timeout_ms > 0)
        mb_buf_printf(&sql, "; SET %s statement_timeout = %d", scope, conn->statement_timeout_ms);
    return sql.data;
}

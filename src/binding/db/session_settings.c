/*
 * session_settings.c -- the settings under which scripts read and write values, for a transaction
 * or a session.
 */
#include "binding/binding.h"

#include "moonbird/pg/lent_session.h"

#include <stdlib.h>

static char *pins_sql(const mb_conn *conn, const char *begin)
{
    char *pins = mb_conn_pins(conn, *begin ? "LOCAL" : "SESSION");
    char *sql = mb_format("%s%s%s", begin, *begin ? mb_pooled_save(conn) : "", pins);

    free(pins);
    return sql;
}

char *mb_lua_begin_sql(const mb_conn *conn)
{
    return pins_sql(conn, "BEGIN; ");
}

bool mb_lua_set_pins(mb_conn *conn, const char *begin, mb_error *err)
{
    char *sql = pins_sql(conn, begin);
    bool ok = mb_conn_exec(NULL, conn, sql, err);

    free(sql);
    return ok;
}

bool mb_lua_commit(mb_conn *conn, mb_error *err)
{
    return mb_pooled_end(conn, err) && mb_conn_exec(NULL, conn, "COMMIT", err);
}

bool mb_lua_pin(mb_conn *conn, mb_error *err)
{
    return mb_conn_find_pooler(conn, err) &&
           (mb_conn_pooled(conn) || mb_lua_set_pins(conn, "", err));
}

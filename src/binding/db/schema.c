/* schema.c -- db:with_schema: sets search_path while a function runs. */
#include "binding/binding.h"

#include "moonbird/sql/quote.h"

#include <string.h>

/*
 * $1: the new path; $2: only until the end of the transaction.  No row: the schema does not exist.
 */
static const char set_sql[] =
    "SELECT pg_catalog.current_setting('search_path'),"
    " pg_catalog.set_config('search_path', $1, $2::boolean)"
    " WHERE pg_catalog.to_regnamespace($1) IS NOT NULL";

static const char restore_sql[] = "SELECT pg_catalog.set_config('search_path', $1, $2::boolean)";

static mb_param text(const char *s)
{
    return (mb_param){.data = s, .len = strlen(s)};
}

/* Sets the new path and pushes the old one. */
static void enter(lua_State *L, mb_conn *conn, bool local)
{
    const char *name = mb_lua_check_name(L, 2);
    mb_result **res = mb_lua_new_result(L);
    mb_buf *path = mb_lua_new_buf(L);
    mb_error err;

    mb_quote_identifier(path, name);
    if (!mb_conn_query(res, conn, set_sql, 2,
                       (mb_param[]){text(path->data), text(local ? "true" : "false")}, &err))
        mb_lua_raise(L, &err);
    if (mb_result_rows(*res) == 0)
        mb_lua_fail(L, MB_ERR_USAGE, "schema \"%s\" does not exist", name);
    lua_pushstring(L, mb_result_value(*res, 0, 0));
    mb_conn_forget(conn);
}

/*
 * Restores the path.  In an aborted transaction, its rollback or that of a savepoint restores it.
 */
static bool leave(mb_conn *conn, const char *path, bool local, mb_error *err)
{
    const mb_param params[] = {text(path), text(local ? "true" : "false")};
    mb_result *res = NULL;
    bool ok = mb_conn_settle(conn, err);

    if (mb_conn_tx(conn) == MB_TX_IDLE || mb_conn_tx(conn) == MB_TX_OPEN)
        ok = mb_conn_query(&res, conn, restore_sql, 2, params, err) && ok;
    mb_result_free(res);
    mb_conn_forget(conn);
    return ok;
}

/* db:with_schema(name, fn, ...) -> results of fn(...) */
static int db_with_schema(lua_State *L)
{
    mb_conn *conn = mb_lua_ready(L, 1);
    bool local = mb_conn_tx(conn) == MB_TX_OPEN;
    mb_error *err = mb_lua_scratch(L);
    int n = lua_gettop(L) - 3, status;

    luaL_checktype(L, 3, LUA_TFUNCTION);
    mb_lua_check_schema_outside(L, mb_lua_check_db(L, 1));
    enter(L, conn, local);                  /* -- db name fn ... path */
    lua_replace(L, 2);                      /* -- db path fn ... */
    lua_settop(L, n + 3);
    status = mb_lua_call_inside(L, mb_lua_check_db(L, 1), n, LUA_MULTRET);
    if (!leave(conn, lua_tostring(L, 2), local, err) && status == LUA_OK)
        return mb_lua_raise(L, err);
    if (status != LUA_OK)
        return lua_error(L);
    return lua_gettop(L) - 2;
}

const luaL_Reg mb_db_schema[] = {{"with_schema", db_with_schema}, {NULL, NULL}};

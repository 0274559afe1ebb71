/* statement.c -- one statement with parameters, and its rows as Lua tables. */
#include "binding/binding.h"

#include <string.h>

mb_result **mb_lua_query(lua_State *L, int index, const char *sql, int first, int n)
{
    mb_conn *conn = mb_lua_ready(L, index);
    const mb_param *params = mb_lua_push_params(L, index, sql, first, n);
    mb_result **res = mb_lua_new_result(L);
    mb_error err;

    mb_lua_check_outside(L, mb_lua_check_db(L, index), sql, strlen(sql));
    if (!mb_conn_query(res, conn, sql, (size_t)n, params, &err))
        mb_lua_raise_counted(L, index, sql, (size_t)n, &err);
    return res;
}

mb_result **mb_lua_query_told(lua_State *L, int index, const char *sql, int first, int n)
{
    mb_result **res;
    int64_t since;

    mb_lua_ready(L, index);
    since = mb_lua_tell_before(L, mb_lua_check_db(L, index), sql);
    res = mb_lua_query(L, index, sql, first, n);
    mb_lua_tell_after(L, mb_lua_check_db(L, index), sql, since, mb_result_affected(*res));
    return res;
}

void mb_lua_free_result(mb_result **res)
{
    mb_result_free(*res);
    *res = NULL;
}

void mb_lua_add_rows(lua_State *L, int index, int list, mb_result **res)
{
    const mb_column *columns = mb_lua_push_columns(L, index, *res);
    lua_Integer n = (lua_Integer)lua_rawlen(L, list);
    int names = lua_gettop(L) + 1;

    mb_lua_push_names(L, *res);
    for (size_t i = 0; i < mb_result_rows(*res); i++) {
        mb_lua_push_row(L, *res, i, 0, columns, names);
        lua_rawseti(L, list, ++n);
    }
    lua_settop(L, names - 2);
    mb_lua_free_result(res);
}

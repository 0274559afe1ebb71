/* clause.c -- columns, options and RETURNING. */
#include "clause.h"

#include "binding/value/field.h"

#include "moonbird/sql/quote.h"

#include <string.h>

void mb_clause_check_options(lua_State *L, int options, const char *what, const char *const *names)
{
    if (lua_isnil(L, options)) {
        lua_newtable(L);
        lua_replace(L, options);
    }
    luaL_checktype(L, options, LUA_TTABLE);
    mb_field_check_names(L, options, what, names);
}

void mb_clause_add_keys(lua_State *L, int row, int seen)
{
    if (mb_lua_push_row_columns(L, row)) {
        mb_clause_add_keys(L, lua_gettop(L), seen);
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, row); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            mb_lua_fail(L, MB_ERR_USAGE, "the keys of a row must be column names, not %s",
                        luaL_typename(L, -2));
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, seen);
    }
}

void mb_clause_sort(lua_State *L)
{
    int set = lua_gettop(L);
    lua_Integer n = 0;

    lua_newtable(L); /* -- set columns */
    for (lua_pushnil(L); lua_next(L, set); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_rawseti(L, set + 1, ++n);
    }
    lua_replace(L, set);
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, set);
    lua_call(L, 1, 0);
    lua_settop(L, set);
}

bool mb_clause_push_value(lua_State *L, int row)
{
    bool found;

    lua_pushvalue(L, -1);
    if (lua_rawget(L, row) != LUA_TNIL || !mb_lua_push_row_columns(L, row)) { /* -- name value */
        lua_remove(L, -2);
        return !lua_isnil(L, -1);
    }
    lua_pushvalue(L, -3); /* -- name nil columns name */
    found = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    lua_remove(L, -2);
    return found;
}

void mb_clause_check_list(lua_State *L, const char *what, const char *instead)
{
    lua_Integer n;
    mb_table_shape shape = lua_istable(L, -1) ? mb_lua_shape(L, lua_gettop(L), &n) : MB_NEITHER;

    if (shape == MB_EMPTY)
        mb_lua_fail(L, MB_ERR_USAGE, "%s has no columns: %s", what, instead);
    if (shape != MB_SEQUENCE)
        mb_lua_fail(L, MB_ERR_USAGE, "%s must be a list of columns, not a %s", what,
                    lua_istable(L, -1) ? "table with other keys" : luaL_typename(L, -1));
}

void mb_clause_add_names(lua_State *L, mb_buf *sql, int names)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, names);

    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, names, i) != LUA_TSTRING)
            mb_lua_fail(L, MB_ERR_USAGE, "a column name must be a string, not %s",
                        luaL_typename(L, -1));
        mb_buf_puts(sql, i > 1 ? ", " : "");
        mb_quote_identifier(sql, mb_lua_check_name(L, -1));
        lua_pop(L, 1);
    }
}

bool mb_clause_add_returning(lua_State *L, mb_buf *sql, int options)
{
    int top = lua_gettop(L);
    int type = mb_field_get(L, options, "returning");

    if (type == LUA_TTABLE) {
        mb_clause_check_list(L, "returning", "give \"*\" for all columns, or omit it to get the "
                                             "number of rows");
        mb_buf_puts(sql, " RETURNING ");
        mb_clause_add_names(L, sql, top + 1);
    } else if (type == LUA_TSTRING && strcmp(lua_tostring(L, -1), "*") == 0) {
        mb_buf_puts(sql, " RETURNING *");
    } else if (type == LUA_TSTRING) {
        mb_buf_puts(sql, " RETURNING ");
        mb_quote_identifier(sql, mb_lua_check_name(L, -1));
    } else if (type != LUA_TNIL) {
        mb_lua_fail(L, MB_ERR_USAGE, "returning must be \"*\", a column or a list of columns");
    }
    lua_settop(L, top);
    return type != LUA_TNIL;
}

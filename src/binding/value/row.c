/*
 * row.c -- rows as tables with the names of their columns.
 *
 * NULL is nil, and so would be a column that does not exist.  So the metatable of the rows, one for
 * each result, knows the columns and raises for any other name.
 */
#include "binding/binding.h"

/* The metatable key for the set of the row's columns. */
static const char columns_key;

/* __index: nil for a column, which is NULL; raises for any other name. */
static int row_index(lua_State *L)
{
    const char *key;

    lua_pushvalue(L, 2);
    if (!lua_isnil(L, 2) && lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 0;
    if (lua_type(L, 2) != LUA_TSTRING)
        return mb_lua_fail(L, MB_ERR_USAGE,
                           "the keys of a row are column names, not a %s",
                           luaL_typename(L, 2));
    key = lua_tostring(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    return mb_lua_unknown_key(L, "column", key);
}

void mb_lua_push_row_class(lua_State *L, int names)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, names);

    names = lua_absindex(L, names);
    lua_createtable(L, 0, 3);      /* -- class */
    lua_createtable(L, 0, (int)n); /* -- class columns */
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, names, i);
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    lua_pushvalue(L, -1);
    lua_rawsetp(L, -3, &columns_key);
    lua_pushcclosure(L, row_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
}

void mb_lua_push_names(lua_State *L, const mb_result *res)
{
    size_t n = mb_result_columns(res);

    lua_createtable(L, (int)n, 0); /* -- names */
    lua_createtable(L, 0, (int)n); /* -- names seen */
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, mb_result_name(res, i));
        lua_pushvalue(L, -1); /* -- names seen name name */
        if (lua_rawget(L, -3) != LUA_TNIL) {
            mb_error err;

            mb_fail(&err, MB_ERR_USAGE, "two columns have the name \"%s\"", mb_result_name(res, i));
            mb_fail_hint(&err, "Give one of them another name with AS.");
            mb_lua_raise(L, &err);
        }
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, (lua_Integer)i + 1); /* -- names seen name */
        lua_pushboolean(L, 1);
        lua_rawset(L, -3); /* -- names seen */
    }
    lua_pop(L, 1);
    mb_lua_push_row_class(L, lua_gettop(L)); /* -- names class */
}

void mb_lua_push_row(lua_State *L, const mb_result *res, size_t row, size_t first,
                     const mb_column *columns, int names)
{
    size_t n = mb_result_columns(res);

    lua_createtable(L, 0, (int)(n - first)); /* -- row */
    for (size_t i = first; i < n; i++) {
        size_t length;
        const char *value = mb_result_cell(res, row, i, &length);

        if (!value)
            continue;
        lua_rawgeti(L, names, (lua_Integer)(i - first) + 1); /* -- row name */
        mb_lua_push_value(L, &columns[i], value, length);
        lua_rawset(L, -3); /* -- row */
    }
    lua_pushvalue(L, names + 1);
    lua_setmetatable(L, -2);
}

bool mb_lua_push_row_columns(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return false;
    if (lua_rawgetp(L, -1, &columns_key) == LUA_TTABLE) {
        lua_remove(L, -2);
        return true;
    }
    lua_pop(L, 2);
    return false;
}

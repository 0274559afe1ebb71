#include "field.h"

#include "moonbird/base/suggest.h"

#include <string.h>

int mb_field_get(lua_State *L, int index, const char *key)
{
    index = lua_absindex(L, index);
    lua_pushstring(L, key);
    return lua_rawget(L, index);
}

/* Raises for the key below the top; the hint has the names that it could be. */
static void raise_unknown(lua_State *L, const char *what, const char *const *known)
{
    bool named = lua_type(L, -2) == LUA_TSTRING;
    const char *key = named ? lua_tostring(L, -2) : "";
    size_t n = 0;
    mb_error err;

    while (known[n])
        n++;
    if (named)
        mb_fail(&err, MB_ERR_USAGE, "unknown %s \"%s\"", what, key);
    else
        mb_fail(&err, MB_ERR_USAGE, "unknown %s: the key is a %s, not a name", what,
                luaL_typename(L, -2));
    mb_suggest_key(&err, key, known, n);
    mb_lua_raise(L, &err);
}

void mb_field_check_names(lua_State *L, int index, const char *what, const char *const *known)
{
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        bool named = lua_type(L, -2) == LUA_TSTRING;
        size_t i = 0;

        while (named && known[i] && strcmp(known[i], lua_tostring(L, -2)) != 0)
            i++;
        if (!named || !known[i])
            raise_unknown(L, what, known);
    }
}

lua_Integer mb_list_length(lua_State *L, int index)
{
    lua_Integer n;
    mb_table_shape shape =
        lua_istable(L, index) ? mb_lua_shape(L, lua_absindex(L, index), &n) : MB_NEITHER;

    return shape == MB_SEQUENCE ? n : shape == MB_EMPTY ? 0 : -1;
}

void mb_field_text(lua_State *L, const char *key, const char *text)
{
    if (text)
        lua_pushstring(L, text);
    else
        mb_lua_push_null(L);
    lua_setfield(L, -2, key);
}

void mb_field_flag(lua_State *L, const char *key, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, key);
}

void mb_field_count(lua_State *L, const char *key, size_t n)
{
    lua_pushinteger(L, (lua_Integer)n);
    lua_setfield(L, -2, key);
}

void mb_field_ms(lua_State *L, const char *key, int64_t us)
{
    if (us >= 0)
        lua_pushnumber(L, (lua_Number)us / 1000);
    else
        mb_lua_push_null(L);
    lua_setfield(L, -2, key);
}

void mb_array_push(lua_State *L)
{
    lua_newtable(L);
    mb_lua_mark_array(L);
}

void mb_array_append(lua_State *L)
{
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

void mb_array_of_names(lua_State *L, char *const *names, size_t n)
{
    mb_array_push(L);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, names[i]);
        mb_array_append(L);
    }
}

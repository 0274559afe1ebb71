#include "field.h"

#include <string.h>

int mb_field_get(lua_State *L, int index, const char *key)
{
    index = lua_absindex(L, index);
    lua_pushstring(L, key);
    return lua_rawget(L, index);
}

void mb_field_check_names(lua_State *L, int index, const char *what, const char *const *known)
{
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        const char *key = mb_lua_check_key(L, what);
        size_t i = 0;

        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            mb_lua_unknown(L, what, key, known);
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

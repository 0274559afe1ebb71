/* sentinel.c -- values that Lua does not have: null, exact decimals, a value with its SQL type. */
#include "binding/binding.h"

#include "moonbird/base/number.h"

#include <string.h>

#define DECIMAL "moonbird.decimal"
#define TYPED   "moonbird.typed"

void mb_lua_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

bool mb_lua_is_null(lua_State *L, int index)
{
    return lua_islightuserdata(L, index) && lua_touserdata(L, index) == NULL;
}

static int null_tostring(lua_State *L)
{
    lua_pushstring(L, lua_touserdata(L, 1) ? "userdata" : "null");
    return 1;
}

void mb_lua_push_decimal(lua_State *L, const char *text, size_t len)
{
    lua_newuserdatauv(L, 0, 1);
    lua_pushlstring(L, text, len);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, DECIMAL);
}

const char *mb_lua_to_decimal(lua_State *L, int index)
{
    const char *text;

    if (lua_type(L, index) != LUA_TUSERDATA || !luaL_testudata(L, index, DECIMAL))
        return NULL;
    lua_getiuservalue(L, index, 1);
    text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
}

bool mb_lua_push_typed(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || !luaL_testudata(L, index, TYPED))
        return false;
    lua_getiuservalue(L, index, 1);
    lua_getiuservalue(L, index, 2);
    return true;
}

void mb_lua_make_typed(lua_State *L, const char *type)
{
    lua_newuserdatauv(L, 0, 2); /* -- value typed */
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    lua_pushstring(L, type);
    lua_setiuservalue(L, -2, 2);
    luaL_setmetatable(L, TYPED);
}

static int decimal_tostring(lua_State *L)
{
    lua_pushstring(L, mb_lua_to_decimal(L, 1));
    return 1;
}

static int decimal_eq(lua_State *L)
{
    const char *a = mb_lua_to_decimal(L, 1), *b = mb_lua_to_decimal(L, 2);

    lua_pushboolean(L, a && b && strcmp(a, b) == 0);
    return 1;
}

int mb_lua_decimal(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    luaL_argcheck(L, len > 0 && mb_number_length(text, len) == len, 1, "not a decimal number");
    mb_lua_push_decimal(L, text, len);
    return 1;
}

int mb_lua_typed(lua_State *L)
{
    luaL_checkany(L, 1);
    mb_lua_check_name(L, 2);
    if (mb_lua_push_typed(L, 1)) { /* the value has a type already: the new one replaces it */
        lua_pop(L, 1);
        lua_replace(L, 1);
    }
    lua_pushvalue(L, 1);
    mb_lua_make_typed(L, lua_tostring(L, 2));
    return 1;
}

/* __index: the fields "value" and "type"; any other name raises. */
static int typed_index(lua_State *L)
{
    static const char *const names[] = {"value", "type", NULL};
    const char *key = luaL_tolstring(L, 2, NULL);

    luaL_checkudata(L, 1, TYPED);
    for (int i = 0; names[i]; i++)
        if (strcmp(key, names[i]) == 0)
            return lua_getiuservalue(L, 1, i + 1), 1;
    return mb_lua_unknown(L, "field of a typed value", key, names);
}

static int typed_tostring(lua_State *L)
{
    luaL_checkudata(L, 1, TYPED);
    lua_getiuservalue(L, 1, 1);
    luaL_tolstring(L, -1, NULL);
    return 1;
}

static int typed_eq(lua_State *L)
{
    bool same = mb_lua_push_typed(L, 1) && mb_lua_push_typed(L, 2); /* -- a type b type */

    lua_pushboolean(L, same && lua_rawequal(L, -1, -3) && lua_compare(L, -2, -4, LUA_OPEQ));
    return 1;
}

static int typed_len(lua_State *L)
{
    luaL_checkudata(L, 1, TYPED);
    lua_getiuservalue(L, 1, 1);
    lua_len(L, -1);
    return 1;
}

int mb_open_sentinels(lua_State *L)
{
    static const luaL_Reg decimal[] = {
        {"__tostring", decimal_tostring}, {"__eq", decimal_eq}, {NULL, NULL}};
    static const luaL_Reg typed[] = {{"__index", typed_index},   {"__tostring", typed_tostring},
                                     {"__eq", typed_eq},         {"__concat", mb_lua_concat},
                                     {"__len", typed_len},       {NULL, NULL}};

    mb_lua_new_class(L, DECIMAL, decimal);
    mb_lua_new_class(L, TYPED, typed);
    mb_lua_push_null(L);
    lua_createtable(L, 0, 3);
    lua_pushliteral(L, "protected");
    lua_setfield(L, -2, "__metatable");
    lua_pushcfunction(L, null_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "null");
    lua_setfield(L, -2, "__name");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    return 0;
}

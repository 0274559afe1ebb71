/* typed.c -- moonbird.typed: a value with its SQL type. */
#include "binding/binding.h"

#include <string.h>

#define TYPED "moonbird.typed"

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

int mb_open_typed(lua_State *L)
{
    static const luaL_Reg typed[] = {{"__index", typed_index},   {"__tostring", typed_tostring},
                                     {"__eq", typed_eq},         {"__concat", mb_lua_concat},
                                     {"__len", typed_len},       {NULL, NULL}};

    mb_lua_new_class(L, TYPED, typed);
    return 0;
}

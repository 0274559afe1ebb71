#include "ctx_conn.h"

#include "moonbird/base/secret.h"

#include <string.h>

static bool is_conn(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), "conn") == 0;
}

static void hide(lua_State *L, int index)
{
    static const char *const secrets[] = {"password", "sslpassword"};

    if (lua_type(L, index) == LUA_TSTRING)
        mb_conninfo_hide(lua_tostring(L, index));
    for (size_t i = 0; lua_istable(L, index) && i < sizeof secrets / sizeof secrets[0]; i++) {
        lua_pushstring(L, secrets[i]);
        if (lua_rawget(L, index) == LUA_TSTRING)
            mb_secret_add(lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

/* The upvalue of both is a table with the value; __index also has the ctx's own __index. */

static int conn_index(lua_State *L)
{
    if (is_conn(L, 2)) {
        lua_rawgeti(L, lua_upvalueindex(1), 1);
        return 1;
    }
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

/* The value is not a field of the ctx itself, so that each assignment comes here. */
static int conn_newindex(lua_State *L)
{
    if (!is_conn(L, 2)) {
        lua_rawset(L, 1);
        return 0;
    }
    hide(L, 3);
    lua_rawseti(L, lua_upvalueindex(1), 1);
    return 0;
}

void mb_ctx_conn_add(lua_State *L, const char *conninfo)
{
    mb_conninfo_hide(conninfo);
    lua_getmetatable(L, -1);  /* -- ctx meta */
    lua_createtable(L, 1, 0); /* -- ctx meta value */
    lua_pushstring(L, conninfo);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, -1);
    lua_getfield(L, -3, "__index");
    lua_pushcclosure(L, conn_index, 2);
    lua_setfield(L, -3, "__index");
    lua_pushcclosure(L, conn_newindex, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pop(L, 1);
}

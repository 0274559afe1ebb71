/* strict.c -- tables in which a missing name is an error. */
#include "binding/binding.h"

/* __index of such a table: a missing name is a typing error, so it raises. */
static int missing(lua_State *L)
{
    const char *key = luaL_tolstring(L, 2, NULL);

    lua_pushvalue(L, 1);
    return mb_lua_unknown_key(L, lua_tostring(L, lua_upvalueindex(1)), key);
}

void mb_lua_strict(lua_State *L, const char *what)
{
    lua_createtable(L, 0, 1);
    lua_pushstring(L, what);
    lua_pushcclosure(L, missing, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

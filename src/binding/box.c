/* box.c -- userdata that own things of C. */
#include "binding.h"

#define BUF    "moonbird.buf"
#define RESULT "moonbird.result"

void *mb_lua_new_box(lua_State *L, const char *class)
{
    void **box = lua_newuserdatauv(L, sizeof *box, 1);

    *box = NULL;
    luaL_setmetatable(L, class);
    return box;
}

void *mb_lua_check_box(lua_State *L, int index, const char *class)
{
    return luaL_checkudata(L, index, class);
}

mb_buf *mb_lua_new_buf(lua_State *L)
{
    mb_buf *buf = lua_newuserdatauv(L, sizeof *buf, 0);

    *buf = (mb_buf){0};
    luaL_setmetatable(L, BUF);
    return buf;
}

mb_result **mb_lua_new_result(lua_State *L)
{
    return mb_lua_new_box(L, RESULT);
}

void mb_lua_new_class(lua_State *L, const char *class, const luaL_Reg *methods)
{
    luaL_newmetatable(L, class);        /* -- mt */
    lua_pushvalue(L, -1);               /* -- mt mt */
    lua_setfield(L, -2, "__index");     /* -- mt */
    lua_pushliteral(L, "protected");    /* -- mt text */
    lua_setfield(L, -2, "__metatable"); /* -- mt */
    luaL_setfuncs(L, methods, 0);
    lua_pop(L, 1);
}

static int free_buf(lua_State *L)
{
    mb_buf_free(luaL_checkudata(L, 1, BUF));
    return 0;
}

static int free_result(lua_State *L)
{
    mb_result **box = mb_lua_check_box(L, 1, RESULT);

    mb_result_free(*box);
    *box = NULL;
    return 0;
}

int mb_open_box(lua_State *L)
{
    static const luaL_Reg buf[] = {{"__gc", free_buf}, {NULL, NULL}};
    static const luaL_Reg result[] = {{"__gc", free_result}, {NULL, NULL}};

    mb_lua_new_class(L, BUF, buf);
    mb_lua_new_class(L, RESULT, result);
    return 0;
}

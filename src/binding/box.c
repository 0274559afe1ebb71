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

/* The buffer first: who holds it knows nothing of the rest. */
typedef struct charged_buf {
    mb_buf buf;
    size_t charged; /* bytes that count as the script's */
} charged_buf;

mb_buf *mb_lua_new_buf(lua_State *L)
{
    charged_buf *box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = (charged_buf){0};
    luaL_setmetatable(L, BUF);
    return &box->buf;
}

void mb_lua_charge(lua_State *L, mb_buf *buf)
{
    charged_buf *box = (charged_buf *)buf;

    if (buf->cap == box->charged)
        return;
    if (!mb_lua_count(L, box->charged, buf->cap)) {
        lua_gc(L, LUA_GCCOLLECT);
        if (!mb_lua_count(L, box->charged, buf->cap))
            mb_lua_raise_memory(L);
    }
    box->charged = buf->cap;
}

void mb_lua_free_buf(lua_State *L, mb_buf *buf)
{
    charged_buf *box = (charged_buf *)buf;

    (void)!mb_lua_count(L, box->charged, 0);
    box->charged = 0;
    mb_buf_free(buf);
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
    mb_lua_free_buf(L, luaL_checkudata(L, 1, BUF));
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

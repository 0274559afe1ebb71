/* handle.c -- userdata that own objects of C, and their classes. */
#include "buffer.h"

#include <string.h>

#define RESULT "moonbird.result"

void *mb_lua_new_zeroed(lua_State *L, size_t size, const char *class)
{
    void *self = lua_newuserdatauv(L, size, 0);

    memset(self, 0, size);
    luaL_setmetatable(L, class);
    return self;
}

void *mb_lua_new_handle(lua_State *L, const char *class)
{
    void **handle = lua_newuserdatauv(L, sizeof *handle, 1);

    *handle = NULL;
    luaL_setmetatable(L, class);
    return handle;
}

/* The word of a class that is named "moonbird.WORD". */
static const char *word_of(const char *class)
{
    const char *dot = strrchr(class, '.');

    return dot ? dot + 1 : class;
}

void *mb_lua_check_class(lua_State *L, int index, const char *class)
{
    const char *word, *name = "method";
    void *self = luaL_testudata(L, index, class);
    lua_Debug ar;
    mb_error err;

    if (self)
        return self;
    word = word_of(class);
    if (lua_getstack(L, 0, &ar) && lua_getinfo(L, "n", &ar) && ar.name)
        name = ar.name;
    mb_fail(&err, MB_ERR_USAGE, "\"%s\" is a method of %s but was called on %s%s", name, word,
            lua_isnone(L, index) ? "nothing" : "a ",
            lua_isnone(L, index) ? "" : luaL_typename(L, index));
    mb_fail_hint(&err, "Call it with a colon: %s:%s(...).", word, name);
    mb_lua_raise(L, &err);
    return NULL;
}

void *mb_lua_check_handle(lua_State *L, int index, const char *class)
{
    return mb_lua_check_class(L, index, class);
}

void mb_lua_charge(lua_State *L, mb_buf *buf)
{
    mb_charged_buf *handle = (mb_charged_buf *)buf;

    if (buf->cap == handle->charged)
        return;
    if (!mb_lua_count(L, handle->charged, buf->cap)) {
        lua_gc(L, LUA_GCCOLLECT);
        if (!mb_lua_count(L, handle->charged, buf->cap))
            mb_lua_raise_memory(L);
    }
    handle->charged = buf->cap;
}

mb_result **mb_lua_new_result(lua_State *L)
{
    return mb_lua_new_handle(L, RESULT);
}

/* __index: returns a method.  Metamethods and unknown names raise. */
static int class_index(lua_State *L)
{
    const char *key = luaL_tolstring(L, 2, NULL);
    const char *what;

    lua_pushvalue(L, 2);
    if (strncmp(key, "__", 2) != 0 && lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    what = lua_pushfstring(L, "method of %s", lua_tostring(L, lua_upvalueindex(2)));
    lua_pushvalue(L, lua_upvalueindex(1));
    return mb_lua_unknown_key(L, what, key);
}

void mb_lua_new_class(lua_State *L, const char *class, const luaL_Reg *methods)
{
    luaL_newmetatable(L, class);                 /* -- mt */
    lua_pushvalue(L, -1);                        /* -- mt mt */
    lua_pushstring(L, word_of(class));           /* -- mt mt word */
    lua_pushcclosure(L, class_index, 2);
    lua_setfield(L, -2, "__index");              /* -- mt */
    lua_pushliteral(L, "protected");    /* -- mt text */
    lua_setfield(L, -2, "__metatable"); /* -- mt */
    luaL_setfuncs(L, methods, 0);
    lua_pop(L, 1);
}

static int free_buf(lua_State *L)
{
    mb_lua_free_buf(L, luaL_checkudata(L, 1, MB_META_BUF));
    return 0;
}

static int free_result(lua_State *L)
{
    mb_result **handle = mb_lua_check_handle(L, 1, RESULT);

    mb_result_free(*handle);
    *handle = NULL;
    return 0;
}

int mb_open_handle(lua_State *L)
{
    static const luaL_Reg buf[] = {{"__gc", free_buf}, {NULL, NULL}};
    static const luaL_Reg result[] = {{"__gc", free_result}, {NULL, NULL}};

    mb_lua_new_class(L, MB_META_BUF, buf);
    mb_lua_new_class(L, RESULT, result);
    return 0;
}

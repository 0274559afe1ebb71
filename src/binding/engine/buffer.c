#include "buffer.h"

mb_buf *mb_lua_new_buf(lua_State *L)
{
    mb_charged_buf *handle = lua_newuserdatauv(L, sizeof *handle, 0);

    *handle = (mb_charged_buf){0};
    luaL_setmetatable(L, MB_META_BUF);
    return &handle->buf;
}

void mb_lua_free_buf(lua_State *L, mb_buf *buf)
{
    mb_charged_buf *handle = (mb_charged_buf *)buf;

    (void)!mb_lua_count(L, handle->charged, 0);
    handle->charged = 0;
    mb_buf_free(buf);
}

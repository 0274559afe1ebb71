#include "buffer.h"

mb_buf *mb_lua_new_buf(lua_State *L)
{
    mb_charged_buf *box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = (mb_charged_buf){0};
    luaL_setmetatable(L, MB_META_BUF);
    return &box->buf;
}

void mb_lua_free_buf(lua_State *L, mb_buf *buf)
{
    mb_charged_buf *box = (mb_charged_buf *)buf;

    (void)!mb_lua_count(L, box->charged, 0);
    box->charged = 0;
    mb_buf_free(buf);
}

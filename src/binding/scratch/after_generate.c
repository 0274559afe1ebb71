/* after_generate.c -- project:after_generate, with which a generated migration passes its hooks. */
#include "binding/command/session.h"
#include "binding/project/methods.h"

#include "moonbird/base/mem.h"

/* project:after_generate(up, down) -> the two texts, as the hooks have changed them */
static int after_generate(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    mb_buf *up = mb_lua_new_buf(L), *down = mb_lua_new_buf(L);
    mb_error err;

    up->data = mb_strdup(luaL_checkstring(L, 2));
    down->data = mb_strdup(luaL_checkstring(L, 3));
    if (!mb_hook_scripts_generated(s->hook_scripts, &up->data, &down->data, &err))
        return mb_lua_raise_plain(L, &err);
    lua_pushstring(L, up->data);
    lua_pushstring(L, down->data);
    mb_buf_free(up);
    mb_buf_free(down);
    return 2;
}

const luaL_Reg mb_after_generate_methods[] = {{"after_generate", after_generate}, {NULL, NULL}};

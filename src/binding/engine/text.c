/* text.c -- values of scripts as text for people, and the path of the running script. */
#include "binding/binding.h"

#include <string.h>

const char *mb_lua_text(lua_State *L, int index)
{
    luaL_Buffer out;
    const char *text;
    size_t len;

    index = lua_absindex(L, index);
    text = luaL_tolstring(L, index, &len);
    if (memchr(text, '\0', len)) {
        luaL_buffinit(L, &out);
        for (size_t i = 0; i < len; i++)
            if (text[i])
                luaL_addchar(&out, text[i]);
            else
                luaL_addstring(&out, "\\x00");
        luaL_pushresult(&out);
        lua_remove(L, -2);
    }
    lua_replace(L, index);
    return lua_tostring(L, index);
}

const char *mb_lua_script(lua_State *L)
{
    lua_Debug ar;

    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (ar.source[0] == '@' && strncmp(ar.source, MB_BUILTIN, strlen(MB_BUILTIN)) != 0)
            return ar.source + 1;
    }
    return "";
}

int mb_lua_concat(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

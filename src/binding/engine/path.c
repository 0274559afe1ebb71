/* path.c -- the paths and names that scripts pass. */
#include "binding/binding.h"

#include <string.h>

const char *mb_lua_check_path(lua_State *L, int arg)
{
    size_t len;
    const char *path = luaL_checklstring(L, arg, &len);

    luaL_argcheck(L, strlen(path) == len, arg, "the path contains a zero byte");
    return path;
}

const char *mb_lua_check_name(lua_State *L, int index)
{
    size_t len;
    const char *name = luaL_checklstring(L, index, &len);

    if (strlen(name) != len)
        mb_lua_fail(L, MB_ERR_USAGE, "a name or a setting cannot contain a zero byte");
    return name;
}

/* The path is relative to the folder of the innermost script; without one, to the project. */
const char *mb_lua_push_path(lua_State *L, const char *path)
{
    const char *script = mb_lua_script(L), *slash = strrchr(script, '/');
    const char *root = mb_lua_env(L)->root;
    mb_buf *out;

    if (path[0] == '/')
        return lua_pushstring(L, path);
    out = mb_lua_new_buf(L);
    if (script[0] != '/' && strcmp(root, ".") != 0)
        mb_buf_printf(out, "%s/", root);
    if (slash)
        mb_buf_printf(out, "%.*s/", (int)(slash - script), script);
    mb_buf_puts(out, path);
    lua_pushlstring(L, out->data, out->len);
    mb_buf_free(out);
    lua_remove(L, -2);
    return lua_tostring(L, -1);
}

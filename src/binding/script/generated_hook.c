/* generated_hook.c -- the after_generate hooks, which can change the text of a generated migration. */
#include "hook_files.h"

#include "function.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct generated {
    char **up, **down;
    mb_call call;
    mb_call_scope scope;
} generated;

/* The text `key` of the table on top replaces *text; raises unless it is a string. */
static void take_text(lua_State *L, const char *key, char **text)
{
    size_t len;

    if (lua_getfield(L, -1, key) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "ctx.generated.%s must be a string, not %s%s", key,
                    lua_isnil(L, -1) ? "" : "a ", luaL_typename(L, -1));
    if (strlen(lua_tolstring(L, -1, &len)) != len)
        mb_lua_fail(L, MB_ERR_USAGE, "ctx.generated.%s contains a zero byte", key);
    free(*text);
    *text = mb_strdup(lua_tostring(L, -1));
    lua_pop(L, 1);
}

static int generated_protected(lua_State *L)
{
    generated *what = lua_touserdata(L, 1);

    mb_function_push(L);
    mb_call_scope_begin(L, &what->scope, NULL, &what->call); /* -- what function db ctx */
    mb_schema_methods_add(L);
    lua_pushvalue(L, -1);
    lua_insert(L, 2);  /* -- what ctx function db ctx */
    lua_call(L, 2, 2); /* -- what ctx verdict why */
    mb_function_check_verdict(L, "it");
    if (lua_getfield(L, 2, "generated") != LUA_TTABLE)
        mb_lua_fail(L, MB_ERR_USAGE, "ctx.generated must be a table with the texts up and down");
    take_text(L, "up", what->up);
    take_text(L, "down", what->down);
    return 0;
}

static bool call(mb_lua *lua, void *arg, mb_error *err)
{
    generated *what = arg;
    const mb_call_generated texts = {*what->up, *what->down};
    bool ok;

    what->call = (mb_call){.command = "generate", .attempt = 1, .generated = &texts};
    ok = mb_lua_enter(lua, generated_protected, what, err);
    mb_call_scope_end(&what->scope, ok);
    if (!ok && err->code != MB_ERR_INTERRUPTED)
        err->code = MB_ERR_SCRIPT;
    return ok;
}

bool mb_hook_scripts_generated(mb_hook_scripts *s, char **up, char **down, mb_error *err)
{
    generated what = {.up = up, .down = down};

    return mb_hook_scripts_each(s, MB_AFTER_GENERATE, call, &what, err);
}

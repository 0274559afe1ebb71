/*
 * core.c -- the module "core": what the built-in Lua is made of, and a team's
 * commands have no need of.
 */
#include "session.h"

#include "moonbird/asset.h"
#include "moonbird/file.h"
#include "moonbird/suggest.h"

#include <string.h>
#include <unistd.h>

#define NAMES "moonbird.names"

/* fail(kind, message [, hint [, file]]) */
static int fail(lua_State *L)
{
    mb_error err;

    mb_fail(&err, mb_code_from_name(luaL_checkstring(L, 1)), "%s", luaL_checkstring(L, 2));
    if (!lua_isnoneornil(L, 3))
        mb_fail_hint(&err, "%s", luaL_checkstring(L, 3));
    if (!lua_isnoneornil(L, 4))
        mb_fail_at(&err, luaL_checkstring(L, 4), 0, 0);
    return mb_lua_raise(L, &err);
}

/* nearest(word, words) -> the one that was meant, or nil */
static int nearest(lua_State *L)
{
    const char *word = luaL_checkstring(L, 1);
    lua_Integer n = (luaL_checktype(L, 2, LUA_TTABLE), luaL_len(L, 2));
    const char **words = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *words, 0);

    for (lua_Integer i = 0; i < n; i++) {
        lua_geti(L, 2, i + 1);
        words[i] = luaL_checkstring(L, -1); /* the table keeps it */
        lua_pop(L, 1);
    }
    lua_pushstring(L, mb_nearest(word, words, (size_t)n));
    return 1;
}

/* enter(folder): what -C does */
static int enter(lua_State *L)
{
    const char *folder = luaL_checkstring(L, 1);
    mb_error err;

    if (chdir(folder) == 0)
        return 0;
    mb_fail_errno(&err, folder, "cannot enter the folder");
    return mb_lua_raise(L, &err);
}

static bool ends_in_lua(const char *name, size_t *stem)
{
    size_t len = strlen(name);

    *stem = len - 4;
    return len > 4 && strcmp(name + len - 4, ".lua") == 0;
}

/* built_in("commands/") -> the names of the .lua files there, without .lua */
static int built_in(lua_State *L)
{
    size_t len, stem;
    const char *folder = luaL_checklstring(L, 1, &len);

    lua_newtable(L);
    for (const mb_asset *a = mb_assets; a->path; a++) {
        const char *name = a->path + len;

        if (strncmp(a->path, folder, len) != 0 || strchr(name, '/') || !ends_in_lua(name, &stem))
            continue;
        lua_pushlstring(L, name, stem);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    return 1;
}

static int free_names(lua_State *L)
{
    mb_names_free(lua_touserdata(L, 1));
    return 0;
}

void mb_scripts_push(lua_State *L, const char *folder)
{
    mb_names *names = lua_newuserdatauv(L, sizeof *names, 0);
    mb_error err;
    size_t stem;

    *names = (mb_names){0};
    luaL_setmetatable(L, NAMES);
    if (mb_folder_exists(folder) && !mb_folder_list(names, folder, &err))
        mb_lua_raise(L, &err);
    lua_newtable(L);
    for (size_t i = 0; i < names->n; i++) {
        if (!ends_in_lua(names->items[i], &stem))
            continue;
        lua_pushlstring(L, names->items[i], stem);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    lua_remove(L, -2);
}

/* scripts(folder) -> the same for a folder of the project; it may be absent */
static int scripts(lua_State *L)
{
    mb_scripts_push(L, luaL_checkstring(L, 1));
    return 1;
}

/* exists(path) -> is there such a file? */
static int exists(lua_State *L)
{
    lua_pushboolean(L, mb_file_exists(luaL_checkstring(L, 1)));
    return 1;
}

/* script(path) -> what a file of the project returns */
static int script(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    mb_buf *text = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_file_read(text, path, &err))
        return mb_lua_raise(L, &err);
    mb_lua_load(L, path, mb_buf_str(text), text->len);
    mb_session_call(L);
    return 1;
}

int mb_open_core(lua_State *L)
{
    static const luaL_Reg class[] = {{"__gc", free_names}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"fail", fail},       {"nearest", nearest}, {"enter", enter},
        {"exists", exists},   {"script", script},   {"scripts", scripts},
        {"built_in", built_in}, {NULL, NULL},
    };

    mb_lua_new_class(L, NAMES, class);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);  /* -- loaded */
    luaL_newlib(L, functions);                                 /* -- loaded core */
    mb_open_out(L);
    mb_open_session(L);
    lua_setfield(L, -2, "session");
    mb_open_server(L);
    lua_setfield(L, -2, "server");
    lua_setfield(L, -2, "core");
    lua_pop(L, 1);
    return 0;
}

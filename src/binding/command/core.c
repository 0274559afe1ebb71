/*
 * core.c -- the module `core`, which cli.lua and its modules have and commands do not.
 */
#include "session.h"
#include "binding/configuration/config_key.h"
#include "binding/engine/place.h"
#include "binding/project/methods.h"
#include "binding/value/key_line.h"

#include "binding/library/library.h"
#include "binding/studio/studio.h"
#include "moonbird/binding/asset.h"
#include "moonbird/os/file.h"
#include "moonbird/os/git.h"
#include "moonbird/format/format.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"
#include "moonbird/pg/conninfo.h"
#include "moonbird/project/find_root.h"
#include "moonbird/base/suggest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * fail(kind, message [, hint [, file [, detail]]]): raises an error for people, without a place in a
 * script
 */
static int fail(lua_State *L)
{
    mb_error err;

    mb_fail(&err, mb_code_from_name(luaL_checkstring(L, 1)), "%s", luaL_checkstring(L, 2));
    if (!lua_isnoneornil(L, 3))
        mb_fail_hint(&err, "%s", luaL_checkstring(L, 3));
    if (!lua_isnoneornil(L, 4))
        mb_fail_at(&err, luaL_checkstring(L, 4), (int)luaL_optinteger(L, 6, 0), 0);
    if (!lua_isnoneornil(L, 5))
        mb_fail_detail(&err, "%s", luaL_checkstring(L, 5));
    return mb_lua_raise_plain(L, &err);
}

/* caller() -> the file and the line of the innermost script that is not built in; or nothing */
static int caller(lua_State *L)
{
    lua_Debug ar;

    if (!mb_lua_find_script(L, &ar))
        return 0;
    lua_pushstring(L, ar.source + 1);
    lua_pushinteger(L, ar.currentline);
    return 2;
}

/* key_line(path, key[, within]) -> the line of a script with the key of a table, or 0 */
static int key_line(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), *key = luaL_checkstring(L, 2);
    const char *within = luaL_optstring(L, 3, NULL);
    mb_buf *text = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_file_read(text, path, &err))
        return mb_lua_raise(L, &err);
    lua_pushinteger(L, within ? mb_key_line_within(mb_buf_str(text), within, key)
                              : mb_key_line(mb_buf_str(text), key));
    mb_buf_free(text);
    return 1;
}

/* config_path() -> the path of the configuration file; nil without one */
static int config_path(lua_State *L)
{
    const mb_settings *settings = mb_lua_env(L)->settings;

    lua_pushstring(L, settings && settings->config ? settings->config : mb_config_find(L));
    return 1;
}

/* nearest(word, words) -> the nearest word, or nil */
static int nearest(lua_State *L)
{
    const char *word = luaL_checkstring(L, 1);
    lua_Integer n = (luaL_checktype(L, 2, LUA_TTABLE), luaL_len(L, 2));
    const char **words = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *words, 0);

    for (lua_Integer i = 0; i < n; i++) {
        lua_geti(L, 2, i + 1);
        words[i] = luaL_checkstring(L, -1); /* the table keeps the string alive */
        lua_pop(L, 1);
    }
    lua_pushstring(L, mb_nearest(word, words, (size_t)n));
    return 1;
}

/* hide_connection(text): the passwords in a connection string are not shown */
static int hide_connection(lua_State *L)
{
    mb_conninfo_hide(luaL_checkstring(L, 1));
    return 0;
}

/* enter(folder): changes to the folder, for -C */
static int enter(lua_State *L)
{
    const char *folder = luaL_checkstring(L, 1);
    mb_error err;

    if (chdir(folder) == 0)
        return 0;
    mb_fail_errno(&err, folder, "cannot enter the folder");
    return mb_lua_raise(L, &err);
}

/* scripts(folder) -> the names of the .lua files in a folder of the project, without .lua */
static int scripts(lua_State *L)
{
    mb_scripts_push(L, luaL_checkstring(L, 1));
    return 1;
}

/* built_in_script(file) -> the value of a built-in file; nil when there is none */
static int built_in_script(lua_State *L)
{
    if (!mb_lua_load_builtin(L, luaL_checkstring(L, 1)))
        return 0;
    lua_call(L, 0, 1);
    return 1;
}

/* built_in_text(file) -> its text */
static int built_in_text(lua_State *L)
{
    const char *file = luaL_checkstring(L, 1), *folder = mb_lua_builtin_folder();
    const mb_asset *asset = folder ? NULL : mb_lua_find_builtin(file);
    mb_buf *text = mb_lua_new_buf(L);
    mb_error err;

    if (asset)
        mb_buf_add(text, asset->data, asset->len);
    else if (!folder)
        return mb_lua_fail(L, MB_ERR_FILE, "built-in \"%s\" does not exist", file);
    else if (!mb_file_read(text, lua_pushfstring(L, "%s/%s", folder, file), &err))
        return mb_lua_raise(L, &err);
    lua_pushlstring(L, mb_buf_str(text), text->len);
    mb_buf_free(text);
    return 1;
}

/* exists(path) -> is there such a file? */
static int exists(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    mb_error err;
    bool found;

    if (!mb_file_find(&found, path, &err))
        return mb_lua_raise(L, &err);
    lua_pushboolean(L, found);
    return 1;
}

/*
 * find_root() -> the folder of the project that this folder is inside of, and this folder, relative
 * to that one; nil when this folder is the project's
 */
static int find_root(lua_State *L)
{
    mb_buf *path = mb_lua_new_buf(L), *below = mb_lua_new_buf(L);
    mb_root root;
    mb_error err;

    if (!mb_project_find_root(&root, &err))
        return mb_lua_raise_plain(L, &err);
    path->data = root.path;
    below->data = root.below;
    lua_pushstring(L, path->data);
    lua_pushstring(L, below->data);
    mb_buf_free(path);
    mb_buf_free(below);
    return 2;
}

static int push_path(lua_State *L, char *(*convert)(const char *, const char *))
{
    const char *folder = luaL_checkstring(L, 1), *path = mb_lua_check_path(L, 2);
    mb_buf *converted = mb_lua_new_buf(L);

    converted->data = convert(folder, path);
    lua_pushstring(L, converted->data);
    mb_buf_free(converted);
    return 1;
}

/* path_from(folder, path) -> a path that is relative to a folder of the project, from its root */
static int path_from(lua_State *L)
{
    return push_path(L, mb_path_from_below);
}

/* path_to(folder, path) -> a path of the project, relative to a folder of it */
static int path_to(lua_State *L)
{
    return push_path(L, mb_path_to_below);
}

/* same_folder(a, b) -> do both lead to the same folder? */
static int same_folder(lua_State *L)
{
    lua_pushboolean(L, mb_path_same(mb_lua_check_path(L, 1), mb_lua_check_path(L, 2)));
    return 1;
}

/* script(path) -> the value of a file of the project */
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

/* read(path) -> the text of a file, as it is */
static int read_text(lua_State *L)
{
    mb_buf *text = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_file_read(text, mb_lua_check_path(L, 1), &err))
        return mb_lua_raise_plain(L, &err);
    lua_pushlstring(L, mb_buf_str(text), text->len);
    mb_buf_free(text);
    return 1;
}

static bool leads_elsewhere(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* is_link(path) -> is the file a symbolic link? */
static int is_link(lua_State *L)
{
    lua_pushboolean(L, leads_elsewhere(mb_lua_check_path(L, 1)));
    return 1;
}

/*
 * replace(path, old [, new]) -> was the file replaced?  Not if its text is no longer `old`.  A link
 * is refused, because the file would take its place.  Without `new`: would it be replaced?
 */
static int replace(lua_State *L)
{
    const char *path = mb_lua_check_path(L, 1);
    size_t old_len, len;
    const char *old = luaL_checklstring(L, 2, &old_len), *text = luaL_optlstring(L, 3, NULL, &len);
    mb_buf *now = mb_lua_new_buf(L);
    bool same;
    mb_error err;

    if (leads_elsewhere(path))
        return mb_lua_fail(L, MB_ERR_FILE, "%s is a link, so it is not replaced", path);
    if (!mb_file_read(now, path, &err))
        return mb_lua_raise_plain(L, &err);
    same = now->len == old_len && memcmp(mb_buf_str(now), old, old_len) == 0;
    mb_buf_free(now);
    if (same && text && !mb_file_write(path, text, len, true, &err))
        return mb_lua_raise_plain(L, &err);
    lua_pushboolean(L, same);
    return 1;
}

/* limit_memory(): gives the state the limit of the configuration, if that has one */
static int limit_memory(lua_State *L)
{
    size_t configured = mb_lua_env(L)->memory;

    if (configured)
        mb_lua_set_memory(L, configured);
    return 0;
}

/* lift_memory(): removes the limit, which is for scripts, for a built-in command */
static int lift_memory(lua_State *L)
{
    mb_lua_set_memory(L, SIZE_MAX);
    return 0;
}

/* git_command() -> list: the words before git's subcommand */
static int git_command(lua_State *L)
{
    mb_names command = {0};
    mb_error err;
    bool ok = mb_git_command(&command, mb_lua_env(L)->root, &err);

    lua_createtable(L, (int)command.n, 0); /* -- list */
    for (size_t i = 0; i < command.n; i++) {
        lua_pushstring(L, command.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    mb_names_free(&command);
    return ok ? 1 : mb_lua_raise(L, &err);
}

int mb_open_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"fail", fail},
        {"nearest", nearest},
        {"enter", enter},
        {"caller", caller},
        {"key_line", key_line},
        {"config_path", config_path},
        {"exists", exists},
        {"is_link", is_link},
        {"read", read_text},
        {"replace", replace},
        {"script", script},
        {"scripts", scripts},
        {"built_in", mb_lua_built_in},
        {"built_in_script", built_in_script},
        {"built_in_text", built_in_text},
        {"find_root", find_root},
        {"lift_memory", lift_memory},
        {"limit_memory", limit_memory},
        {"hide_connection", hide_connection},
        {"run_program", mb_lua_run_program},
        {"git_command", git_command},
        {"path_from", path_from},
        {"path_to", path_to},
        {"same_folder", same_folder},
        {NULL, NULL},
    };

    mb_open_scripts(L);
    luaL_newlib(L, functions); /* -- core */
    mb_open_out(L);
    mb_open_parameters(L);
    mb_open_session(L);
    lua_setfield(L, -2, "session");
    mb_open_server(L);
    lua_setfield(L, -2, "server");
    mb_open_studio(L);
    lua_setfield(L, -2, "studio");
    return 1;
}

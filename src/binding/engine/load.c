/* load.c -- loads chunks of Lua: scripts, libraries that they require, and built-in files. */
#include "binding/binding.h"
#include "check_text.h"

#include "moonbird/base/hash.h"
#include "moonbird/binding/asset.h"
#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

const char *mb_lua_builtin_folder(void)
{
    const char *folder = getenv("MOONBIRD_LUA");

    return folder && *folder ? folder : NULL;
}

const mb_asset *mb_lua_find_builtin(const char *file)
{
    for (const mb_asset *a = mb_assets; a->path; a++)
        if (strcmp(a->path, file) == 0)
            return a;
    return NULL;
}

static void load_chunk(lua_State *L, const char *name, const char *text, size_t len)
{
    mb_error *err = mb_lua_scratch(L);

    if (len > 0 && text[0] == LUA_SIGNATURE[0]) {
        mb_fail(err, MB_ERR_FILE, "the file is compiled Lua, but moonbird loads only source text");
        mb_fail_at(err, name + 1, 0, 0);
        mb_lua_raise(L, err);
    }
    if (luaL_loadbufferx(L, text, len, name, "t") != LUA_OK)
        mb_lua_raise_syntax(L, name + 1);
}

void mb_lua_load(lua_State *L, const char *path, const char *text, size_t len)
{
    const char *name = lua_pushfstring(L, "@%s", path);
    size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    load_chunk(L, name, text + mark, len - mark);
    if (!mb_lua_check_keys(path, text + mark, len - mark, mb_lua_scratch(L)))
        mb_lua_raise(L, mb_lua_scratch(L));
    lua_remove(L, -2);
}

void mb_lua_check_loaded(lua_State *L, const char *what)
{
    mb_error err;

    if (!mb_lua_is_loading(L))
        return;
    mb_fail(&err, MB_ERR_USAGE, "%s cannot be used while a file is being loaded", what);
    mb_fail_hint(&err, "Use it in a function of the script, such as up. moonbird loads files for "
                       "plan, verify and help too, which must not change anything.");
    mb_lua_raise(L, &err);
}

/*
 * Pushes the chunk of the file `path` with the chunk name `name`; false: the file does not exist.
 */
static bool load_file(lua_State *L, const char *path, const char *name)
{
    mb_buf *text;
    mb_error *err = mb_lua_scratch(L);
    bool found;

    if (!mb_file_find(&found, path, err))
        mb_lua_raise(L, err);
    if (!found)
        return false;
    text = mb_lua_new_buf(L);
    if (!mb_file_read(text, path, err))
        mb_lua_raise(L, err);
    load_chunk(L, name, mb_buf_str(text), text->len);
    mb_buf_free(text);
    lua_remove(L, -2);
    return true;
}

/* Another release of Lua could refuse the compiled chunk; it has the text then. */
static void load_asset(lua_State *L, const mb_asset *asset, const char *name)
{
    if (luaL_loadbufferx(L, asset->code, asset->code_len, name, "b") == LUA_OK)
        return;
    lua_pop(L, 1);
    load_chunk(L, name, asset->data, asset->len);
}

bool mb_lua_load_builtin(lua_State *L, const char *file)
{
    const char *folder = mb_lua_builtin_folder();
    const char *name = lua_pushfstring(L, MB_BUILTIN "%s", file);
    const mb_asset *asset = folder ? NULL : mb_lua_find_builtin(file);
    bool found = asset != NULL;

    if (asset)
        load_asset(L, asset, name);
    else if (folder)
        found = load_file(L, lua_pushfstring(L, "%s/%s", folder, file), name);
    return found;
}

/* True when a line of the list is for this path; another path may end like it. */
static bool is_loaded(const char *list, const char *path)
{
    for (const char *at = list; (at = strstr(at, path)) != NULL; at++)
        if ((at == list || at[-1] == '\n') && at[strlen(path)] == ' ')
            return true;
    return false;
}

void mb_lua_add_loaded(lua_State *L, const char *path)
{
    mb_buf *list = mb_lua_loaded_list(L);
    char *in_root = mb_path_in_root(mb_lua_env(L)->root, path), sum[MB_HASH_HEX];
    mb_error unread; /* the caller that loads the file reports the error */

    if (!is_loaded(mb_buf_str(list), in_root) && mb_file_sum(sum, path, &unread))
        mb_buf_printf(list, "%s%s %s", list->len ? "\n" : "", in_root, sum);
    free(in_root);
}

static bool load_library(lua_State *L, const char *file)
{
    const mb_script_env *env = mb_lua_env(L);
    const char *shown = lua_pushfstring(L, "%s/%s", env->lib, file);
    const char *path = lua_pushfstring(L, "%s/%s", env->root, shown);

    mb_lua_add_loaded(L, path);
    return load_file(L, path, lua_pushfstring(L, "@%s", shown));
}

static const char *check_module_name(lua_State *L)
{
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);

    if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != len)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" is not a module name", name);
    return name;
}

/* Pushes "a/b.lua" for the module "a.b". */
static const char *push_module_file(lua_State *L, const char *name)
{
    const char *file = lua_pushfstring(L, "%s.lua", luaL_gsub(L, name, ".", "/"));

    lua_remove(L, -2);
    return file;
}

/* require(name) -> the value of a file of the project's library.  There is no table `package`. */
int mb_lua_require(lua_State *L)
{
    const char *name = check_module_name(L);
    const char *file;

    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); /* -- name loaded */
    if (lua_getfield(L, 2, name) != LUA_TNIL)
        return lua_touserdata(L, -1) == mb_lua_of(L)
                   ? mb_lua_fail(L, MB_ERR_SCRIPT, "\"%s\" requires itself, or failed to load "
                                                   "before", name)
                   : 1;
    file = push_module_file(L, name);
    if (!load_library(L, file))
        return mb_lua_fail(L, MB_ERR_FILE, "\"%s\" does not exist in %s", file, mb_lua_env(L)->lib);
    lua_pushlightuserdata(L, mb_lua_of(L));
    lua_setfield(L, 2, name);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1); /* -- name loaded … value */
    if (lua_isnil(L, -1))
        lua_pushboolean(L, true);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    return 1;
}

/*
 * core.require(name) -> the value of a module of the command line, which is called with core.
 * Commands do not get it, so that built-in commands can do no more than those of a project.
 */
int mb_lua_require_builtin(lua_State *L)
{
    const char *name = check_module_name(L);
    const char *file;

    lua_settop(L, 1);
    if (lua_getfield(L, lua_upvalueindex(2), name) != LUA_TNIL)
        return 1;
    file = push_module_file(L, name);
    if (!mb_lua_load_builtin(L, file))
        return mb_lua_fail(L, MB_ERR_FILE, "built-in \"%s\" does not exist", file);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, lua_upvalueindex(2), name);
    return 1;
}

/* The registry key of core.require in a state of the command line. */
static const char require_key;

void mb_lua_keep_require(lua_State *L)
{
    lua_rawsetp(L, LUA_REGISTRYINDEX, &require_key);
}

void mb_lua_push_module(lua_State *L, const char *name)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &require_key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushcfunction(L, mb_lua_env(L)->openers->command_line);
        lua_call(L, 0, 0);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &require_key);
    }
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
}

/*
 * grant.c -- functions that need a grant in moonbird.lua: "exec" for moonbird.exec, "fs" for write,
 * list and remove.
 *
 * The grant must be for the file that has the call.
 */
#include "binding/value/field.h"

#include "moonbird/os/file.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"
#include "moonbird/os/program.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define END   "moonbird.program"
#define NAMES "moonbird.folder"

static const size_t most_output = (size_t)64 << 20;

/* Does `named`, a path in the project, lead to the script, by whatever spelling? */
static bool is_script(const char *root, const char *named, const char *script)
{
    char *a = mb_path_join(root, named), *b = mb_path_join(root, script);
    bool same = strcmp(a, b) == 0 || mb_path_same(a, b);

    free(a);
    free(b);
    return same;
}

/* Is the word in the list at the top? */
static bool has_word(lua_State *L, const char *word)
{
    int top = lua_gettop(L);
    bool found = false;

    for (lua_Integer i = 1; !found && lua_geti(L, top, i) == LUA_TSTRING; lua_settop(L, top), i++)
        found = strcmp(lua_tostring(L, -1), word) == 0;
    lua_settop(L, top);
    return found;
}

static bool is_granted(lua_State *L, const char *script, const char *grant)
{
    int top = lua_gettop(L);
    bool found = false;

    mb_lua_push_config(L, "grants"); /* -- grants */
    if (!lua_istable(L, -1))
        lua_newtable(L);
    for (lua_pushnil(L); !found && lua_next(L, -2); lua_pop(L, 1)) /* -- grants key list */
        found = is_script(mb_lua_env(L)->root, lua_tostring(L, -2), script) && has_word(L, grant);
    lua_settop(L, top);
    return found;
}

static void check_grant(lua_State *L, const char *grant)
{
    const char *script = mb_lua_script(L);
    char *path;
    mb_error err;

    mb_lua_check_loaded(L, lua_pushfstring(L, "the grant \"%s\"", grant));
    lua_pop(L, 1);
    if (is_granted(L, script, grant))
        return;
    path = mb_path_in_root(mb_lua_env(L)->root, script);
    mb_fail(&err, MB_ERR_POLICY, "\"%s\" does not have the grant \"%s\"", script, grant);
    mb_fail_hint(&err, "Grant it in moonbird.lua: grants = { [\"%s\"] = { \"%s\" } }.", path,
                 grant);
    free(path);
    mb_lua_raise(L, &err);
}

/* ---- exec ---- */

static const char **push_argv(lua_State *L)
{
    lua_Integer n = (luaL_checktype(L, 1, LUA_TTABLE), mb_list_length(L, 1));
    const char **argv;

    luaL_argcheck(L, n >= 0, 1, "the keys of an array must be 1 to n");
    luaL_argcheck(L, n > 0 && n < INT_MAX, 1, "the program is missing");
    argv = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *argv, 1); /* -- argv */
    lua_createtable(L, (int)n, 0); /* -- argv words */
    for (lua_Integer i = 0; i < n; i++) {
        size_t len;

        lua_rawgeti(L, 1, i + 1);
        argv[i] = luaL_tolstring(L, -1, &len);
        luaL_argcheck(L, strlen(argv[i]) == len, 1, "an argument contains a zero byte");
        lua_rawseti(L, -3, i + 1);
        lua_pop(L, 1);
    }
    lua_setiuservalue(L, -2, 1);
    argv[n] = NULL;
    return argv;
}

static int end_gc(lua_State *L)
{
    mb_program_end_free(luaL_checkudata(L, 1, END));
    return 0;
}

int mb_lua_run_program(lua_State *L)
{
    mb_program program = {.folder = mb_lua_env(L)->root, .most = most_output};
    mb_program_end *end;
    mb_error err;

    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        mb_field_get(L, 2, "stdin");
        program.input = luaL_optlstring(L, -1, NULL, &program.input_len);
    }
    program.argv = push_argv(L);
    end = mb_lua_new_zeroed(L, sizeof *end, END);
    if (!mb_program_run(end, &program, &err))
        return mb_lua_raise(L, &err);
    lua_pushinteger(L, end->status);
    lua_pushlstring(L, mb_buf_str(&end->out), end->out.len);
    lua_pushlstring(L, mb_buf_str(&end->err), end->err.len);
    mb_program_end_free(end);
    *end = (mb_program_end){0};
    return 3;
}

/* exec(argv [, { stdin = text }]) -> status, stdout, stderr */
int mb_lua_exec(lua_State *L)
{
    check_grant(L, "exec");
    return mb_lua_run_program(L);
}

/* ---- files ---- */

/* write(path, text): replaces the file atomically; missing folders are created */
int mb_lua_write(lua_State *L)
{
    size_t len;
    const char *path, *text = luaL_checklstring(L, 2, &len);
    mb_error err;

    check_grant(L, "fs");
    path = mb_lua_push_path(L, mb_lua_check_path(L, 1));
    if (!mb_path_make_inside(mb_lua_env(L)->root, path, &err) ||
        !mb_file_write(path, text, len, true, &err))
        return mb_lua_raise(L, &err);
    return 0;
}

static int names_gc(lua_State *L)
{
    mb_names_free(luaL_checkudata(L, 1, NAMES));
    return 0;
}

/* list(folder) -> the sorted names of its files */
int mb_lua_list(lua_State *L)
{
    const char *path, *root = mb_lua_env(L)->root;
    mb_names *names;
    mb_error err;

    check_grant(L, "fs");
    path = mb_lua_push_path(L, mb_lua_check_path(L, 1));
    names = mb_lua_new_zeroed(L, sizeof *names, NAMES);
    if (!mb_path_within(root, path, &err) || !mb_folder_list(names, path, &err))
        return mb_lua_raise(L, &err);
    lua_createtable(L, (int)names->n, 0);
    for (size_t i = 0; i < names->n; i++) {
        lua_pushstring(L, names->items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* remove(path) -> did it exist?  Removes a file, or a symbolic link and not its target. */
int mb_lua_remove(lua_State *L)
{
    const char *path, *folder;
    mb_buf *dir;
    mb_error err;
    bool there;

    check_grant(L, "fs");
    path = mb_lua_push_path(L, mb_lua_check_path(L, 1));
    dir = mb_lua_new_buf(L);
    dir->data = mb_path_dir(path);
    folder = mb_buf_str(dir);
    if (!mb_folder_find(&there, folder, &err) ||
        (there && !mb_path_within(mb_lua_env(L)->root, folder, &err)))
        return mb_lua_raise(L, &err);
    if (there && mb_folder_exists(path))
        return mb_lua_fail(L, MB_ERR_FILE, "\"%s\" is a folder", path);
    if (there && unlink(path) != 0) {
        if (errno != ENOENT) {
            mb_fail_errno(&err, path, "cannot remove the file");
            return mb_lua_raise(L, &err);
        }
        there = false;
    }
    lua_pushboolean(L, there);
    return 1;
}

int mb_open_grant(lua_State *L)
{
    static const luaL_Reg end[] = {{"__gc", end_gc}, {NULL, NULL}};
    static const luaL_Reg names[] = {{"__gc", names_gc}, {NULL, NULL}};

    mb_lua_new_class(L, END, end);
    mb_lua_new_class(L, NAMES, names);
    return 0;
}

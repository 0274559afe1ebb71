/*
 * state.c -- makes Lua states: memory limit, interrupt, libraries, modules.
 *
 * A state is cheap and private: a script can spoil nothing but its own.
 */
#include "binding/binding.h"

#include "moonbird/binding/asset.h"
#include "moonbird/os/file.h"
#include "moonbird/base/hash.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"
#include "moonbird/binding/lua.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

/* Instructions until a hook. */
enum { AT_ONCE = 1, WAY_OUT = 10000 };

static const size_t default_memory = (size_t)256 << 20;

struct mb_lua {
    lua_State *L;
    const mb_world *world;
    mb_error *caught;
    size_t used, limit;
    lua_State *volatile running; /* the coroutine */
    mb_lua *volatile outer;      /* entered before this one */
    int entered;
    bool leaving; /* an interrupt was raised */
    bool only_reads;
    mb_db *dbs;
    mb_buf loaded; /* files: "PATH SUM" lines */
    mb_error scratch;
};

/* The innermost of those entered. */
static mb_lua *volatile active;

/* Metatables are made by the openers, so each exists before anything can raise. */
static const lua_CFunction modules[] = {
    mb_open_error, mb_open_box,   mb_open_special,  mb_open_db,
    mb_open_rows,  mb_open_batch, mb_open_csv,      mb_open_person,
    mb_open_grant, mb_open_moonbird, mb_open_sandbox,
};

mb_lua *mb_lua_of(lua_State *L)
{
    return *(mb_lua **)lua_getextraspace(L);
}

const mb_world *mb_lua_world(lua_State *L)
{
    return mb_lua_of(L)->world;
}

void mb_lua_set_world(lua_State *L, const mb_world *world)
{
    mb_lua_of(L)->world = world;
}

mb_db **mb_lua_dbs(mb_lua *lua)
{
    return &lua->dbs;
}

void mb_lua_push_config(lua_State *L, const char *key)
{
    const char *config = mb_lua_world(L)->config;

    if (!config) {
        lua_pushnil(L);
        return;
    }
    mb_lua_push_json(L, config, strlen(config));
    lua_getfield(L, -1, key);
    lua_remove(L, -2);
}

size_t mb_lua_memory(lua_State *L)
{
    return mb_lua_of(L)->limit;
}

bool mb_lua_count(lua_State *L, size_t had, size_t has)
{
    mb_lua *lua = mb_lua_of(L);

    if (has > had && has - had > lua->limit - lua->used)
        return false;
    lua->used = lua->used - had + has;
    return true;
}

mb_error *mb_lua_scratch(lua_State *L)
{
    return &mb_lua_of(L)->scratch;
}

mb_error **mb_lua_caught(lua_State *L)
{
    return &mb_lua_of(L)->caught;
}

/* lua_Alloc; for a new block `had` is a type tag, not a size. */
static void *allocate(void *self, void *old, size_t had, size_t size)
{
    mb_lua *lua = self;
    void *new;

    if (!old)
        had = 0;
    if (size == 0) {
        lua->used -= had;
        free(old);
        return NULL;
    }
    if (size > had && size - had > lua->limit - lua->used)
        return NULL;
    new = realloc(old, size);
    if (new)
        lua->used += size - had;
    return new;
}

/* A hook costs every instruction: it is there for one, after a tick or a signal. */
static void on_instruction(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    mb_live_tick();
    mb_lua_check_interrupt(L);
}

const char *mb_lua_builtin_folder(void)
{
    const char *folder = getenv("MOONBIRD_LUA");

    return folder && *folder ? folder : NULL;
}

static void hook(lua_State *L, int instructions)
{
    lua_sethook(L, on_instruction, LUA_MASKCOUNT, instructions);
}

void mb_lua_leave(lua_State *L)
{
    mb_lua_of(L)->leaving = true;
    hook(L, WAY_OUT);
}

void mb_lua_stay(lua_State *L)
{
    mb_lua_of(L)->leaving = false;
}

void mb_lua_only_read(lua_State *L)
{
    mb_lua_of(L)->only_reads = true;
}

bool mb_lua_only_reads(lua_State *L)
{
    return mb_lua_of(L)->only_reads;
}

/*
 * In a signal handler, as the stand-alone interpreter does it (lua.c, laction).
 * Only the innermost: those outside get its error, which knows its place.
 */
static void on_tick(void)
{
    mb_lua *lua = active;
    int instructions = lua && lua->leaving ? WAY_OUT : AT_ONCE;

    if (!lua)
        return;
    hook(lua->L, instructions);
    hook(lua->running, instructions);
}

int mb_lua_switch(lua_State *L, lua_State *co, int nargs)
{
    mb_lua *lua = mb_lua_of(L);
    int status;

    lua->running = co;
    if (mb_interrupted())
        mb_lua_leave(co);
    status = lua_pcall(L, nargs, LUA_MULTRET, 0);
    lua->running = L;
    return status;
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
        mb_fail(err, MB_ERR_FILE, "this is compiled Lua; only text is loaded");
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
    lua_remove(L, -2);
}

/* Push the chunk in the file `path`, shown as `name`; false when there is no such file. */
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

bool mb_lua_load_builtin(lua_State *L, const char *file)
{
    const char *folder = mb_lua_builtin_folder();
    const char *name = lua_pushfstring(L, MB_BUILTIN "%s", file);
    const mb_asset *asset = folder ? NULL : mb_lua_find_builtin(file);
    bool found = asset != NULL;

    if (asset)
        load_chunk(L, name, asset->data, asset->len);
    else if (folder)
        found = load_file(L, lua_pushfstring(L, "%s/%s", folder, file), name);
    return found;
}

/* Is a line of the list the path's?  Another path may end in this one. */
static bool is_loaded(const char *list, const char *shown)
{
    for (const char *at = list; (at = strstr(at, shown)) != NULL; at++)
        if ((at == list || at[-1] == '\n') && at[strlen(shown)] == ' ')
            return true;
    return false;
}

void mb_lua_add_loaded(lua_State *L, const char *shown, const char *path)
{
    mb_buf *list = &mb_lua_of(L)->loaded;
    char sum[MB_HASH_HEX];
    mb_error unread; /* who loads it says so */

    if (is_loaded(mb_buf_str(list), shown))
        return;
    if (mb_file_sum(sum, path, &unread))
        mb_buf_printf(list, "%s%s %s", list->len ? "\n" : "", shown, sum);
}

const char *mb_lua_loaded(const mb_lua *lua)
{
    return mb_buf_str(&lua->loaded);
}

static bool load_library(lua_State *L, const char *file)
{
    const mb_world *world = mb_lua_world(L);
    const char *shown = lua_pushfstring(L, "%s/%s", world->lib, file);
    const char *path = lua_pushfstring(L, "%s/%s", world->root, shown);

    mb_lua_add_loaded(L, shown, path);
    return load_file(L, path, lua_pushfstring(L, "@%s", shown));
}

static const char *check_module_name(lua_State *L)
{
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);

    if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != len)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" is no module name", name);
    return name;
}

/* "a.b" -> "a/b.lua", pushed */
static const char *push_module_file(lua_State *L, const char *name)
{
    const char *file = lua_pushfstring(L, "%s.lua", luaL_gsub(L, name, ".", "/"));

    lua_remove(L, -2);
    return file;
}

/* require(name): what the project's library returns.  There is no path to change and no package table. */
static int require_module(lua_State *L)
{
    const char *name = check_module_name(L);
    const char *file;

    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); /* -- name loaded */
    if (lua_getfield(L, 2, name) != LUA_TNIL)
        return lua_touserdata(L, -1) == mb_lua_of(L)
                   ? mb_lua_fail(L, MB_ERR_SCRIPT, "\"%s\" requires itself, or failed before", name)
                   : 1;
    file = push_module_file(L, name);
    if (!load_library(L, file))
        return mb_lua_fail(L, MB_ERR_FILE, "there is no \"%s\" in %s", file,
                           mb_lua_world(L)->lib);
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
 * core.require(name): a module of the command line itself, which is called with
 * core.  It reaches no command: those have what a team's own have.
 */
static int require_builtin(lua_State *L)
{
    const char *name = check_module_name(L);
    const char *file;

    lua_settop(L, 1);
    if (lua_getfield(L, lua_upvalueindex(2), name) != LUA_TNIL)
        return 1;
    file = push_module_file(L, name);
    if (!mb_lua_load_builtin(L, file))
        return mb_lua_fail(L, MB_ERR_FILE, "there is no built-in \"%s\"", file);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, lua_upvalueindex(2), name);
    return 1;
}

/* Where a state of the command line keeps core.require. */
static const char require_key;

static void open_command_line(lua_State *L)
{
    mb_open_core(L);                             /* -- core */
    lua_pushvalue(L, -1);
    lua_newtable(L);
    lua_pushcclosure(L, require_builtin, 2);     /* -- core require */
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "require");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &require_key);
    lua_pop(L, 1);
}

/* Runs protected: the lua_State is still empty. */
static int set_up(lua_State *L)
{
    const mb_lua_kind *kind = lua_touserdata(L, 1);

    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        lua_pushcfunction(L, modules[i]);
        lua_call(L, 0, 0);
    }
    lua_pushcfunction(L, require_module);
    lua_setglobal(L, "require");
    if (*kind == MB_LUA_COMMANDS)
        open_command_line(L);
    return 0;
}

bool mb_lua_open(mb_lua **out, mb_lua_kind kind, const mb_world *world, mb_error *err)
{
    mb_lua *lua = mb_alloc(sizeof *lua);

    *out = NULL;
    lua->world = world;
    lua->limit = world->memory ? world->memory : default_memory;
    lua->L = lua_newstate(allocate, lua);
    if (!lua->L) {
        free(lua);
        return mb_fail(err, MB_ERR_FAILED, "not enough memory for a script");
    }
    *(mb_lua **)lua_getextraspace(lua->L) = lua;
    lua->running = lua->L;
    mb_interrupt_on_tick(on_tick);
    if (!mb_lua_enter(lua, set_up, &kind, err)) {
        mb_lua_close(lua);
        return false;
    }
    *out = lua;
    return true;
}

void mb_lua_close(mb_lua *lua)
{
    if (!lua)
        return;
    lua_close(lua->L);
    mb_buf_free(&lua->loaded);
    free(lua);
}

bool mb_lua_enter(mb_lua *lua, lua_CFunction fn, void *payload, mb_error *err)
{
    bool ok;

    if (lua->entered++ == 0) {
        lua->outer = active;
        active = lua;
    }
    lua_pushcfunction(lua->L, fn);
    lua_pushlightuserdata(lua->L, payload);
    ok = mb_lua_call(lua->L, 1, 0, err);
    if (--lua->entered == 0)
        active = lua->outer;
    return ok;
}

struct command_line {
    int argc;
    char **argv;
    int status;
};

static int run_cli(lua_State *L)
{
    struct command_line *line = lua_touserdata(L, 1);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &require_key);
    lua_pushliteral(L, "cli");
    lua_call(L, 1, 1);                 /* -- cli */
    lua_createtable(L, line->argc, 0); /* -- cli args */
    for (int i = 1; i < line->argc; i++) {
        lua_pushstring(L, line->argv[i]);
        lua_rawseti(L, -2, i);
    }
    lua_call(L, 1, 1); /* -- status */
    line->status = (int)lua_tointeger(L, -1);
    return 0;
}

bool mb_lua_main(int argc, char **argv, int *status, mb_error *err)
{
    static const mb_world here = {.root = ".", .lib = "scripts/lib"};
    struct command_line line = {argc, argv, 0};
    mb_lua *lua = NULL;
    bool ok =
        mb_lua_open(&lua, MB_LUA_COMMANDS, &here, err) && mb_lua_enter(lua, run_cli, &line, err);

    mb_lua_close(lua);
    if (ok)
        *status = line.status;
    return ok;
}

/*
 * state.c -- Lua states: their memory limit, their interrupt, and the data that C keeps for each.
 *
 * Each script has a separate state, so that it cannot damage the state of another script.  A state
 * is cheap.
 */
#include "binding/binding.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>

/* Instructions until a hook runs; WAY_OUT: while a script ends after an interrupt. */
enum { AT_ONCE = 1, WAY_OUT = 10000 };

static const size_t default_memory = (size_t)256 << 20;

struct mb_lua {
    lua_State *L;
    const mb_script_env *env;
    mb_error *caught;
    size_t used, limit;
    lua_State *volatile running; /* the running coroutine, or L */
    mb_lua *volatile outer;      /* the state from which this one was entered */
    int entered;                 /* how many calls of mb_lua_entered are open */
    bool leaving; /* an interrupt was raised */
    bool loading; /* mb_lua_set_loading */
    lua_Hook on_instruction;
    mb_db *dbs;
    mb_buf loaded; /* the loaded files, as lines "PATH CHECKSUM" */
    mb_error scratch;
};

/* The innermost state that was entered; a signal handler reads it. */
static mb_lua *volatile active;

mb_lua *mb_lua_of(lua_State *L)
{
    return *(mb_lua **)lua_getextraspace(L);
}

const mb_script_env *mb_lua_env(lua_State *L)
{
    return mb_lua_of(L)->env;
}

void mb_lua_set_env(lua_State *L, const mb_script_env *env)
{
    mb_lua_of(L)->env = env;
}

void mb_lua_set_loading(lua_State *L, bool loading)
{
    mb_lua_of(L)->loading = loading;
}

bool mb_lua_is_loading(lua_State *L)
{
    return mb_lua_of(L)->loading;
}

mb_db **mb_lua_dbs(mb_lua *lua)
{
    return &lua->dbs;
}

size_t mb_lua_memory(lua_State *L)
{
    return mb_lua_of(L)->limit;
}

void mb_lua_set_memory(lua_State *L, size_t limit)
{
    mb_lua *lua = mb_lua_of(L);

    lua->limit = limit > lua->used ? limit : lua->used;
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

/* A lua_Alloc.  For a new block, `had` is a type tag, not a size. */
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

static void hook(lua_State *L, int instructions)
{
    lua_sethook(L, mb_lua_of(L)->on_instruction, LUA_MASKCOUNT, instructions);
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

/*
 * Runs in a signal handler, as laction does in the stand-alone interpreter (lua.c).  Only the
 * innermost state gets the hook: the outer ones get its error, which has the right place.
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

const char *mb_lua_loaded(const mb_lua *lua)
{
    return mb_buf_str(&lua->loaded);
}

mb_lua *mb_lua_new(const mb_script_env *env, lua_Hook on_instruction)
{
    mb_lua *lua = mb_alloc(sizeof *lua);

    lua->env = env;
    lua->limit = env->memory ? env->memory : default_memory;
    lua->on_instruction = on_instruction;
    lua->L = lua_newstate(allocate, lua);
    if (!lua->L) {
        free(lua);
        return NULL;
    }
    *(mb_lua **)lua_getextraspace(lua->L) = lua;
    lua->running = lua->L;
    mb_interrupt_on_tick(on_tick);
    return lua;
}

void mb_lua_close(mb_lua *lua)
{
    if (!lua)
        return;
    lua_close(lua->L);
    mb_buf_free(&lua->loaded);
    free(lua);
}

lua_State *mb_lua_entered(mb_lua *lua)
{
    if (lua->entered++ == 0) {
        lua->outer = active;
        active = lua;
    }
    return lua->L;
}

void mb_lua_left(mb_lua *lua)
{
    if (--lua->entered == 0)
        active = lua->outer;
}

mb_buf *mb_lua_loaded_list(lua_State *L)
{
    return &mb_lua_of(L)->loaded;
}

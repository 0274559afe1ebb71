/* enter.c -- opens a state, and calls from C into it. */
#include "binding/binding.h"

#include "moonbird/os/live.h"

/* A hook slows down every instruction, so it is set for one only, after a tick or a signal. */
static void on_instruction(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    mb_live_tick();
    mb_lua_check_interrupt(L);
}

bool mb_lua_enter(mb_lua *lua, lua_CFunction fn, void *payload, mb_error *err)
{
    lua_State *L = mb_lua_entered(lua);
    bool ok;

    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, payload);
    ok = mb_lua_call(L, 1, 0, err);
    mb_lua_left(lua);
    return ok;
}

/* Fills the empty state.  It runs protected, since any of this may raise. */
static int set_up(lua_State *L)
{
    const mb_openers *openers = mb_lua_env(L)->openers;
    const mb_lua_kind *kind = lua_touserdata(L, 1);

    for (const lua_CFunction *module = openers->modules; *module; module++) {
        lua_pushcfunction(L, *module);
        lua_call(L, 0, 0);
    }
    lua_pushcfunction(L, mb_lua_require);
    lua_setglobal(L, "require");
    if (*kind == MB_LUA_COMMANDS) {
        lua_pushcfunction(L, openers->command_line);
        lua_call(L, 0, 0);
    }
    return 0;
}

bool mb_lua_open(mb_lua **out, mb_lua_kind kind, const mb_script_env *env, mb_error *err)
{
    mb_lua *lua = mb_lua_new(env, on_instruction);

    *out = NULL;
    if (!lua)
        return mb_fail(err, MB_ERR_FAILED, "not enough memory for a script");
    if (!mb_lua_enter(lua, set_up, &kind, err)) {
        mb_lua_close(lua);
        return false;
    }
    *out = lua;
    return true;
}

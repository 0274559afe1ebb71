/*
 * sandbox.c -- the globals of a script.
 *
 * Lua's libraries are reduced, so that a script cannot reach files, processes or bytecode with
 * them.  This is for determinism and against accidents, not a security boundary: a script is
 * trusted as much as the SQL files beside it.
 */
#include "binding/binding.h"
#include "hints.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"

#include <lualib.h>

static const luaL_Reg libraries[] = {
    {LUA_GNAME, luaopen_base},       {LUA_COLIBNAME, luaopen_coroutine},
    {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string},
    {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
};

/* load(chunk [, name [, mode [, env]]]): loads only text; the mode is ignored. */
static int load_text(lua_State *L)
{
    int n = lua_gettop(L);

    luaL_checkany(L, 1);
    lua_settop(L, n < 4 ? 3 : 4);
    if (lua_type(L, 2) == LUA_TSTRING && lua_tostring(L, 2)[0] == '@') {
        lua_pushfstring(L, "=%s", lua_tostring(L, 2) + 1); /* the text must not look like a file */
        lua_replace(L, 2);
    }
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    if (lua_isnil(L, 1))
        mb_lua_check_interrupt(L);
    return lua_gettop(L);
}

/* Refuses __gc: a finalizer would run whenever the collector does, even between two statements. */
static int set_metatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "finalizers (__gc) are not available; use <close>");
    }
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

/* next(t [, key]): a table with the metafield __next, which is a function, has the keys that it gives. */
static int next_key(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (luaL_getmetafield(L, 1, "__next") != LUA_TNIL) {
        lua_insert(L, 1);
        lua_call(L, 2, 2);
        return 2;
    }
    return lua_next(L, 1) ? 2 : (lua_pushnil(L), 1);
}

static int collect_garbage(lua_State *L)
{
    static const char *const options[] = {"collect", "count", NULL};

    if (luaL_checkoption(L, 1, "collect", options) == 0) {
        lua_pushinteger(L, lua_gc(L, LUA_GCCOLLECT));
        return 1;
    }
    lua_pushnumber(L, lua_gc(L, LUA_GCCOUNT) + lua_gc(L, LUA_GCCOUNTB) / 1024.0);
    return 1;
}

/* print(...): writes with the other messages for people, not on standard output. */
static int print(lua_State *L)
{
    luaL_Buffer line;
    int n = lua_gettop(L);

    luaL_buffinit(L, &line);
    for (int i = 1; i <= n; i++) {
        if (i > 1)
            luaL_addchar(&line, '\t');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    mb_log(MB_LOG_INFO, "%s", mb_lua_text(L, -1));
    return 0;
}

/*
 * pcall, xpcall, load, coroutine.resume and coroutine.close return errors to the script.  An
 * interrupt is raised again, because otherwise a loop around one of them would never end.
 */
static int finish_pcall(lua_State *L, int status, lua_KContext extra)
{
    if (status != LUA_OK && status != LUA_YIELD) {
        mb_lua_check_interrupt(L);
        lua_pushboolean(L, 0);
        lua_pushvalue(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)extra;
}

static int protected_call(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall), 0);
}

/*
 * The handler of xpcall after an interrupt is not called: it would run inside the hook that raised.
 * No other hook runs there, so an endless handler could not be interrupted.
 */
static int guarded_handler(lua_State *L)
{
    if (mb_interrupted())
        return lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* xpcall(f, handler, ...) */
static int protected_call_with(lua_State *L)
{
    int n = lua_gettop(L);

    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, guarded_handler, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    return finish_pcall(L, lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, finish_pcall), 2);
}

/* Calls the upvalue, which runs `co`, with the whole stack; false: the error is on top. */
static bool run_coroutine(lua_State *L, lua_State *co)
{
    int status;

    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    status = mb_lua_switch(L, co, lua_gettop(L) - 1);
    if (status != LUA_OK || !lua_toboolean(L, 1))
        mb_lua_check_interrupt(L);
    return status == LUA_OK;
}

static int resume_or_close(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);

    luaL_argexpected(L, co, 1, "coroutine");
    return run_coroutine(L, co) ? lua_gettop(L) : lua_error(L);
}

static int call_wrapped(lua_State *L)
{
    return run_coroutine(L, lua_tothread(L, lua_upvalueindex(2))) ? lua_gettop(L) : lua_error(L);
}

/* coroutine.wrap(fn): the function that Lua's library returns has its thread as an upvalue. */
static int wrap_coroutine(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    lua_getupvalue(L, 1, 1); /* -- wrapped thread */
    lua_pushcclosure(L, call_wrapped, 2);
    return 1;
}

/* __index of the globals: an undefined global raises. */
static int missing_global(lua_State *L)
{
    const char *name = luaL_tolstring(L, 2, NULL);
    const char *nearest;
    mb_error err;

    mb_fail(&err, MB_ERR_SCRIPT, "variable \"%s\" is not defined", name);
    lua_pushglobaltable(L);
    nearest = mb_lua_nearest_key(L, name);
    if (mb_lua_name_hint(name))
        mb_fail_hint(&err, "%s", mb_lua_name_hint(name));
    else if (nearest)
        mb_fail_hint(&err, "Did you mean \"%s\"?", nearest);
    return mb_lua_raise(L, &err);
}

/*
 * __index of the library of strings: s.name and s:name() raise for a name that strings lack.  The
 * fields of an error are nil, since a script may look for them in an error that is a string.
 */
static int missing_in_string(lua_State *L)
{
    const char *name = luaL_tolstring(L, 2, NULL);
    mb_error err;

    if (mb_lua_is_error_field(name))
        return 0;
    if (!mb_lua_string_hint(name)) {
        lua_pushvalue(L, 1);
        return mb_lua_unknown_key(L, "method of string", name);
    }
    mb_fail(&err, MB_ERR_USAGE, "unknown method of string \"%s\"", name);
    mb_fail_hint(&err, "%s", mb_lua_string_hint(name));
    return mb_lua_raise(L, &err);
}

static void wrap(lua_State *L, const char *name, lua_CFunction fn)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, fn, 1);
    lua_setfield(L, -2, name);
}

static void remove_field(lua_State *L, const char *name)
{
    lua_pushnil(L);
    lua_setfield(L, -2, name);
}

static void open_os(lua_State *L)
{
    static const char *const kept[] = {"time", "date", "clock", "difftime"};

    lua_createtable(L, 0, 4); /* -- os */
    lua_pushcfunction(L, luaopen_os);
    lua_call(L, 0, 1); /* -- os whole */
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        lua_getfield(L, -1, kept[i]);
        lua_setfield(L, -3, kept[i]);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_setglobal(L, LUA_OSLIBNAME);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_insert(L, -2);
    lua_setfield(L, -2, LUA_OSLIBNAME);
    lua_pop(L, 1);
}

int mb_open_sandbox(lua_State *L)
{
    static const luaL_Reg globals[] = {
        {"pcall", protected_call},
        {"xpcall", protected_call_with},
        {"print", print},
        {"error", mb_lua_error},
        {"next", next_key},
        {"collectgarbage", collect_garbage},
        {NULL, NULL},
    };

    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    open_os(L);
    lua_getglobal(L, LUA_STRLIBNAME);
    remove_field(L, "dump");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, missing_in_string);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_getglobal(L, LUA_COLIBNAME);
    wrap(L, "resume", resume_or_close);
    wrap(L, "close", resume_or_close);
    wrap(L, "wrap", wrap_coroutine);
    lua_pushglobaltable(L);
    luaL_setfuncs(L, globals, 0);
    wrap(L, "load", load_text);
    wrap(L, "setmetatable", set_metatable);
    remove_field(L, "dofile");
    remove_field(L, "loadfile");
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, missing_global);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "protected");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    return 0;
}

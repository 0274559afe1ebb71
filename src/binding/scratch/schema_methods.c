/*
 * schema_methods.c -- snapshot, difference and generate of ctx.project, for commands, hooks and
 * checks; schema/methods.lua does the work.
 *
 * The project of a command is its session. Hooks and checks have an object without a session: the
 * methods open one of their own if they need it.
 */
#include "scratch.h"

#include "binding/binding.h"
#include "binding/project/methods.h"
#include "binding/script/function.h"
#include "binding/value/field.h"

/* The word after the dot is for messages. */
#define IN_SCRIPT "moonbird.project of hooks and checks"

/*
 * Raises unless the value at 1 is a project and can be used.  true: it is that of a command.  `name`
 * is the method.
 */
static bool check_self(lua_State *L)
{
    if (!luaL_testudata(L, 1, IN_SCRIPT)) {
        mb_session_check(L, 1);
        return true;
    }
    if (!mb_call_scope_call(L))
        mb_lua_fail(L, MB_ERR_USAGE, "ctx.project was used after the call that it belongs to");
    return false;
}

/*
 * Calls a function of schema/methods.lua with the session or nil, the file of the configuration or
 * nil, the configuration, and the arguments of the method.  Returns the number of its results.
 */
static int call(lua_State *L, const char *name)
{
    const mb_settings *settings = mb_lua_env(L)->settings;
    int top = lua_gettop(L);

    mb_lua_push_module(L, "schema.methods");
    lua_getfield(L, -1, name);
    lua_replace(L, top + 1); /* -- … fn */
    if (check_self(L))
        lua_pushvalue(L, 1);
    else
        lua_pushnil(L);
    lua_pushstring(L, settings ? settings->config : NULL);
    mb_lua_push_config(L, NULL);
    for (int i = 2; i <= top; i++)
        lua_pushvalue(L, i);
    lua_call(L, top + 2, LUA_MULTRET);
    return lua_gettop(L) - top;
}

/* Raises unless the value at `index` is nil, or a table that has only these keys. */
static void check_options(lua_State *L, int index, const char *what, const char *const *known)
{
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    mb_field_check_names(L, index, what, known);
}

/* Pushes the db that the script has. */
static void push_db(lua_State *L, bool command)
{
    if (command)
        lua_getiuservalue(L, 1, SESSION_DB);
    else
        mb_call_scope_push_db(L);
    if (!lua_isnil(L, -1))
        return;
    if (command)
        mb_lua_fail(L, MB_ERR_USAGE, "project:snapshot needs a database: write needs = { db = true, "
                                     "project = true } in the command, or name a source");
    mb_lua_fail(L, MB_ERR_USAGE, "this hook has no database, so project:snapshot needs a source");
}

/* A table with the methods of a db, such as a wrapper that keeps statements prepared. */
static bool is_like_db(lua_State *L, int index)
{
    bool is = lua_istable(L, index) && lua_getfield(L, index, "query") == LUA_TFUNCTION;

    lua_settop(L, index);
    return is;
}

/* project:snapshot([source]) -> the snapshot of a source, of a db, or of ctx.db */
static int snapshot(lua_State *L)
{
    bool command = check_self(L);

    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        push_db(L, command);
        lua_replace(L, 2);
    } else if (lua_isuserdata(L, 2)) {
        mb_lua_check_db(L, 2);
    } else if (lua_type(L, 2) != LUA_TSTRING && !is_like_db(L, 2)) {
        mb_lua_fail(L, MB_ERR_USAGE, "project:snapshot takes a db or a source, such as \"schema\", "
                                     "not a %s", luaL_typename(L, 2));
    }
    return call(L, "snapshot");
}

static void check_snapshot(lua_State *L, int index)
{
    bool is_one = lua_istable(L, index) && lua_getfield(L, index, "by_address") == LUA_TTABLE;

    if (!is_one)
        mb_lua_fail(L, MB_ERR_USAGE, "project:difference needs two values that project:snapshot "
                                     "returned, but the %s is a %s",
                    index == 2 ? "first" : "second", luaL_typename(L, index));
    lua_pop(L, 1);
}

/* project:difference(from, to [, { plain }]) -> the statements that lead from one to the other */
static int difference(lua_State *L)
{
    static const char *const known[] = {"plain", NULL};

    check_self(L);
    lua_settop(L, 4);
    check_snapshot(L, 2);
    check_snapshot(L, 3);
    check_options(L, 4, "option of project:difference", known);
    return call(L, "difference");
}

static void check_source(lua_State *L, const char *key)
{
    lua_getfield(L, 2, key);
    if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "%s of project:generate must be a source, such as "
                                     "\"migrations\", not a %s", key, luaL_typename(L, -1));
    lua_pop(L, 1);
}

/* project:generate([options]) -> the result of schema/generate.lua */
static int generate(lua_State *L)
{
    static const char *const known[] = {"from", "to",  "plain",    "rename",        "unproved",
                                        "ask",  "set", "no_owner", "no_privileges", NULL};

    if (!check_self(L) && mb_call_scope_call(L)->generated)
        mb_lua_fail(L, MB_ERR_USAGE, "an after_generate hook cannot call project:generate");
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_newtable(L);
        lua_replace(L, 2);
    }
    check_options(L, 2, "option of project:generate", known);
    check_source(L, "from");
    check_source(L, "to");
    lua_getfield(L, 2, "rename");
    if (!lua_isnil(L, -1) && mb_list_length(L, 3) < 0)
        mb_lua_fail(L, MB_ERR_USAGE, "rename of project:generate must be a list, such as "
                                     "{ \"users.mail=email\" }");
    lua_settop(L, 2);
    return call(L, "generate");
}

const luaL_Reg mb_schema_methods[] = {
    {"difference", difference}, {"generate", generate}, {"snapshot", snapshot}, {NULL, NULL},
};

void mb_schema_methods_add(lua_State *L)
{
    lua_newuserdatauv(L, 0, 0);
    luaL_setmetatable(L, IN_SCRIPT);
    lua_setfield(L, -2, "project");
}

int mb_open_schema_methods(lua_State *L)
{
    mb_lua_new_class(L, IN_SCRIPT, mb_schema_methods);
    return 0;
}

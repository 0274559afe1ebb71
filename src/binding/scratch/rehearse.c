/*
 * rehearse.c -- trial:rehearse: a migration runs in a scratch database, and a function sees each of
 * its statements.
 *
 * The function takes the place of the project's hooks, which do not run in scratch databases.
 */
#include "scratch.h"

#include "binding/binding.h"

#include "moonbird/os/log.h"
#include "moonbird/project/hook_events.h"
#include "moonbird/scratch/scratch.h"

/* The registry key of the function. */
static const char function_key;

struct event {
    mb_hook_event which;
    mb_conn *conn;
    const mb_call *call;
    mb_call_scope scope;
};

static int call_protected(lua_State *L)
{
    struct event *event = lua_touserdata(L, 1);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &function_key);
    lua_pushstring(L, mb_hook_event_name(event->which));
    mb_call_scope_begin(L, &event->scope, event->conn, event->call); /* -- function name db ctx */
    lua_call(L, 3, 0);
    return 0;
}

static bool load(void *lua, mb_error *err)
{
    (void)lua, (void)err;
    return true;
}

static bool has(void *lua, mb_hook_event event)
{
    (void)lua;
    return event == MB_BEFORE_EACH || event == MB_AFTER_EACH || event == MB_BEFORE_STATEMENT ||
           event == MB_AFTER_STATEMENT;
}

static bool run(void *lua, mb_hook_event which, mb_conn *conn, const mb_call *call, mb_error *err)
{
    struct event event = {.which = which, .conn = conn, .call = call};
    bool ok = mb_lua_enter(lua, call_protected, &event, err);

    mb_call_scope_end(&event.scope, ok);
    return ok;
}

/*
 * trial:rehearse(database, migration, direction, fn): applies ("up") or rolls back ("down") the
 * migration STREAM/NAME in a database of the trial, and calls fn(event, db, ctx) as hooks are
 * called: before_each, before_statement, after_statement, after_each
 */
int mb_trial_rehearse(lua_State *L)
{
    static const char *const directions[] = {"up", "down", NULL};
    mb_scratch **scratch = mb_lua_check_handle(L, 1, MB_META_TRIAL);
    const char *database = luaL_checkstring(L, 2), *name = luaL_checkstring(L, 3), *before;
    mb_direction direction = luaL_checkoption(L, 4, NULL, directions) == 0 ? MB_UP : MB_DOWN;
    const mb_hooks hooks = {.self = mb_lua_of(L), .load = load, .has = has, .run = run};
    mb_level level = mb_log_threshold();
    mb_session *s;
    mb_error err;
    bool ok;

    luaL_argcheck(L, *scratch, 1, "it is closed");
    luaL_checktype(L, 5, LUA_TFUNCTION);
    lua_settop(L, 5);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key);
    s = mb_trial_only_reads(L, 1, &before);
    if (level != MB_LOG_DEBUG)
        mb_log_set_threshold(MB_LOG_ERROR); /* its messages belong to its real run */
    ok = mb_scratch_rehearse(*scratch, database, name, direction, &hooks, &err);
    mb_log_set_threshold(level);
    s->env.only_reads = before;
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key);
    return ok ? 0 : mb_lua_raise_plain(L, &err);
}

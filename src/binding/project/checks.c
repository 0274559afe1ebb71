/*
 * checks.c -- project:checks: runs the scripts in scripts/checks, each in a read-only transaction.
 */
#include "binding/value/field.h"
#include "binding/script/function.h"
#include "binding/command/session.h"
#include "methods.h"

#include "moonbird/base/suggest.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/event_stream.h"

#include <string.h>

#define CHECK  "moonbird.check"
#define FOLDER "scripts/checks"

static int close_check(lua_State *L)
{
    mb_lua **handle = mb_lua_check_handle(L, 1, CHECK);

    mb_lua_close(*handle);
    *handle = NULL;
    return 0;
}

static int refuse_unknown(lua_State *L, const char *name, const char *near)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "unknown check \"%s\"", name);
    if (near)
        mb_fail_hint(&err, "Did you mean \"%s\"?", near);
    else
        mb_fail_hint(&err, "A check is a script in " FOLDER ", and its name is the file's name "
                           "without .lua.");
    return mb_lua_raise(L, &err);
}

/* Raises unless the name on top is in the array at `known`. */
static void check_known(lua_State *L, int known)
{
    size_t n = (size_t)luaL_len(L, known);
    const char *name = luaL_checkstring(L, -1);
    const char **words = lua_newuserdatauv(L, n * sizeof *words, 0);
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, known, (lua_Integer)i + 1);
        words[i] = lua_tostring(L, -1); /* the table keeps the string alive */
        found = found || strcmp(words[i], name) == 0;
        lua_pop(L, 1);
    }
    if (!found)
        refuse_unknown(L, name, mb_nearest(name, words, n));
    lua_pop(L, 1);
}

/* Pushes the names of the checks to run: those in the list at `given`; all, if it is nil or empty. */
static void push_wanted(lua_State *L, int given)
{
    lua_Integer n = lua_isnil(L, given) ? 0 : mb_list_length(L, given);
    int known;

    if (n < 0)
        mb_lua_fail(L, MB_ERR_USAGE, "the names of checks must be a list, such as "
                                     "{ \"addresses\" }");
    mb_scripts_push(L, FOLDER);
    known = lua_gettop(L);
    if (n == 0)
        return;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, given, i);
        check_known(L, known);
        lua_pop(L, 1);
    }
    lua_pushvalue(L, given);
    lua_replace(L, known);
}

/* Loads and calls a check; the handle on top owns its state if anything raises. */
static bool run(const mb_session *s, mb_lua **handle, const char *name, const char *path,
                mb_error *err)
{
    const mb_call call = {
        .name = name, .command = "check", .environment = s->settings.environment, .attempt = 1};
    bool ok = mb_function_load(handle, &s->env, path, err) && mb_conn_find_pooler(s->conn, err) &&
              mb_lua_set_pins(s->conn, MB_BEGIN_READING "; ", err) &&
              mb_function_call(*handle, s->conn, &call, err);

    mb_conn_rollback(s->conn);
    mb_lua_close(*handle);
    *handle = NULL;
    return ok;
}

/* Sets `why` to "file:line: message", which fits into a line of a table. */
static void set_why(lua_State *L, const mb_error *err)
{
    if (*err->file && err->line)
        lua_pushfstring(L, "%s:%d: %s", err->file, err->line, err->message);
    else
        lua_pushstring(L, err->message);
    lua_setfield(L, -2, "why");
}

static void report(const char *name, bool ok, const char *why, int64_t duration_us)
{
    mb_event_line event;

    if (!mb_event_begin(&event, "check"))
        return;
    mb_event_text(&event, "check", name);
    mb_event_flag(&event, "ok", ok);
    mb_event_text(&event, "message", why);
    mb_event_ms(&event, "duration_ms", duration_us);
    mb_event_end(&event);
}

/* Replaces the name on top by { name, ok, why, duration_ms }. */
static void push_verdict(lua_State *L, const mb_session *s)
{
    const char *name = lua_tostring(L, -1);
    const char *path = lua_pushfstring(L, FOLDER "/%s.lua", name); /* -- name path */
    mb_lua **handle = mb_lua_new_handle(L, CHECK);                    /* -- name path handle */
    int64_t since = mb_now_us();
    mb_error err;
    bool ok = run(s, handle, name, path, &err);
    int64_t duration_us = mb_now_us() - since;

    if (!ok && (err.code == MB_ERR_INTERRUPTED || mb_conn_tx(s->conn) == MB_TX_LOST))
        mb_lua_raise(L, &err);
    lua_createtable(L, 0, 4);
    mb_field_text(L, "name", name);
    mb_field_flag(L, "ok", ok);
    mb_field_ms(L, "duration_ms", duration_us);
    if (ok)
        mb_field_text(L, "why", NULL);
    else
        set_why(L, &err);
    report(name, ok, ok ? NULL : err.message, duration_us);
    lua_replace(L, -4);
    lua_pop(L, 2);
}

/*
 * project:checks([names]) -> { checks = { { name, ok, why, duration_ms }... } }
 *
 * A check that cannot be loaded has failed too.
 */
static int project_checks(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const char *before = s->env.only_reads;

    lua_settop(L, 2);
    if (!s->conn)
        return mb_lua_fail(L, MB_ERR_USAGE, "checks need a database connection");
    if (mb_conn_tx(s->conn) == MB_TX_LOST)
        return mb_lua_fail(L, MB_ERR_CONNECT, "the connection to the server was lost");
    mb_session_check_idle(L, 1);
    push_wanted(L, 2);
    lua_createtable(L, 0, 1);
    mb_array_push(L); /* -- project given names document checks */
    s->env.only_reads = "Checks are read-only, in other databases too.";
    for (lua_Integer i = 1; i <= luaL_len(L, 3); i++) {
        lua_geti(L, 3, i);
        push_verdict(L, s);
        lua_rawseti(L, 5, i);
    }
    s->env.only_reads = before;
    lua_setfield(L, 4, "checks");
    return 1;
}

const luaL_Reg mb_checks_methods[] = {{"checks", project_checks}, {NULL, NULL}};

int mb_open_checks(lua_State *L)
{
    static const luaL_Reg check[] = {{"__gc", close_check}, {NULL, NULL}};

    mb_lua_new_class(L, CHECK, check);
    return 0;
}

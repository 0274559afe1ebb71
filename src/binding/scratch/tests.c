/*
 * tests.c -- `moonbird test`: runs spec files, each in a separate state; one trial gives their
 * specs databases.
 *
 * The library moonbird.test and the runner are in Lua, in src/lua/test.  They use the trial by the
 * functions of `stage`.
 */
#include "scratch.h"

#include "moonbird/project/settings.h"
#include "binding/value/field.h"
#include "binding/project/request.h"
#include "binding/project/methods.h"
#include "binding/command/session.h"

#include "moonbird/os/file.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/scratch/scratch.h"

#include <string.h>

/* ---- stage: in the state of a spec file ---- */

static mb_scratch *stage(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* Pushes nil or the error as a value, since a spec may expect the error; an interrupt is raised. */
static int push_verdict(lua_State *L, bool ok, const mb_error *err)
{
    if (ok)
        return 0;
    if (err->code == MB_ERR_INTERRUPTED)
        mb_lua_raise(L, err);
    mb_lua_push_error(L, err);
    return 1;
}

/* begin(name or nil, { at =, args = }) -> nil, the complete name of the migration; or an error */
static int stage_begin(lua_State *L)
{
    mb_scratch *scratch = stage(L);
    const char *name = luaL_optstring(L, 1, NULL);
    const char *at = (mb_field_get(L, 2, "at"), luaL_optstring(L, -1, NULL));
    mb_given given = {0};
    mb_error err;

    given.args = mb_request_push_args(L, 2, &given.n);
    if (!mb_scratch_begin(scratch, name, at, given, &err))
        return push_verdict(L, false, &err);
    lua_pushnil(L);
    lua_pushstring(L, mb_scratch_subject(scratch) ? mb_scratch_subject(scratch)->name : NULL);
    return 2;
}

/* call(fn) -> nil, what fn(db, ctx) returns first; or an error */
static int stage_call(lua_State *L)
{
    const mb_scratch *scratch = stage(L);
    const mb_item *subject = mb_scratch_subject(scratch);
    const mb_call call = {
        .name = subject ? subject->name : NULL,
        .stream = subject ? mb_stream_name(subject->stream) : NULL,
        .command = "test",
        .attempt = 1,
    };
    mb_call_scope scope = {0};
    mb_error err;
    bool ok;

    lua_settop(L, 1);
    mb_call_scope_begin(L, &scope, mb_scratch_conn(scratch), &call); /* -- fn db ctx */
    ok = mb_lua_call(L, 2, 1, &err);                                 /* -- value */
    mb_call_scope_end(&scope, ok);
    mb_conn_rollback(mb_scratch_conn(scratch));
    if (!ok)
        return push_verdict(L, false, &err);
    lua_pushnil(L);
    lua_insert(L, 1);
    return 2;
}

/* approach() -> nil, or an error: applies the migrations between `at` and the subject */
static int stage_approach(lua_State *L)
{
    mb_error err;
    bool ok = mb_scratch_approach(stage(L), &err);

    return push_verdict(L, ok, &err);
}

/* up() -> nil, why the migration was skipped or nil; or an error */
static int stage_up(lua_State *L)
{
    mb_buf *why = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_scratch_up(&why->data, stage(L), &err))
        return push_verdict(L, false, &err);
    lua_pushnil(L);
    lua_pushstring(L, why->data);
    return 2;
}

/* down() -> nil, or an error */
static int stage_down(lua_State *L)
{
    mb_error err;
    bool ok = mb_scratch_down(stage(L), &err);

    return push_verdict(L, ok, &err);
}

/* place() -> file and line of the script that calls it */
static int stage_place(lua_State *L)
{
    lua_Debug ar;

    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0 || strncmp(ar.source, MB_BUILTIN, strlen(MB_BUILTIN)) == 0)
            continue;
        lua_pushstring(L, ar.source + 1);
        lua_pushinteger(L, ar.currentline);
        return 2;
    }
    return 0;
}

/* now() -> milliseconds */
static int stage_now(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)mb_now_us() / 1000);
    return 1;
}

static void push_stage(lua_State *L, mb_scratch *scratch)
{
    static const luaL_Reg functions[] = {
        {"begin", stage_begin}, {"approach", stage_approach}, {"call", stage_call},
        {"up", stage_up},       {"down", stage_down},         {"place", stage_place},
        {"now", stage_now},     {"built_in", mb_lua_built_in}, {NULL, NULL},
    };

    luaL_newlibtable(L, functions);
    lua_pushlightuserdata(L, scratch);
    luaL_setfuncs(L, functions, 1);
    lua_pushvalue(L, -1);
    lua_newtable(L);
    lua_pushcclosure(L, mb_lua_require_builtin, 2); /* -- stage require */
    lua_setfield(L, -2, "require");
}

/* ---- one spec file ---- */

typedef struct running {
    mb_scratch *scratch;
    const char *path, *only;
    const mb_buf *text;
    mb_buf *results; /* as JSON, since values cannot be passed to another state */
} running;

static int run_protected(lua_State *L)
{
    const running *what = lua_touserdata(L, 1);

    if (!mb_lua_load_builtin(L, "test/library.lua"))
        return mb_lua_fail(L, MB_ERR_FILE, "built-in \"test/library.lua\" does not exist");
    push_stage(L, what->scratch);
    lua_call(L, 1, 2); /* -- library run */
    lua_insert(L, -2);
    lua_getglobal(L, "moonbird"); /* -- run library moonbird */
    lua_insert(L, -2);
    lua_setfield(L, -2, "test");
    lua_pop(L, 1); /* -- run */
    mb_lua_load(L, what->path, mb_buf_str(what->text), what->text->len);
    lua_call(L, 0, 0);
    lua_pushstring(L, what->only);
    lua_call(L, 1, 1); /* -- results */
    mb_lua_add_json_bytes(L, what->results, lua_gettop(L), "the results");
    return 0;
}

static bool run_file(mb_lua **handle, const mb_script_env *env, running *what, mb_error *err)
{
    mb_level level = mb_log_threshold();
    bool ok;

    if (!mb_lua_open(handle, MB_LUA_SCRIPT, env, err))
        return false;
    if (level != MB_LOG_DEBUG)
        mb_log_set_threshold(MB_LOG_ERROR); /* messages of migrations do not matter in specs */
    ok = mb_lua_enter(*handle, run_protected, what, err);
    mb_log_set_threshold(level);
    mb_lua_close(*handle);
    *handle = NULL;
    return ok;
}

#define STATE "moonbird.trial.state"

static int close_state(lua_State *L)
{
    mb_lua **handle = mb_lua_check_handle(L, 1, STATE);

    mb_lua_close(*handle);
    *handle = NULL;
    return 0;
}

/*
 * trial:run(path [, only]) -> array of { name, file, line, ok, duration_ms, failure }
 *
 * `only`: runs only the specs with this text in their names.  Raises when the file cannot be
 * loaded.
 */
static int trial_run(lua_State *L)
{
    mb_scratch **scratch = mb_lua_check_handle(L, 1, MB_META_TRIAL);
    const char *path = mb_lua_check_path(L, 2), *only = luaL_optstring(L, 3, NULL);
    mb_buf *text = mb_lua_new_buf(L), *results = mb_lua_new_buf(L);
    running what = {.path = path, .only = only, .text = text, .results = results};
    mb_lua **handle = mb_lua_new_handle(L, STATE);
    const char *before;
    mb_session *s;
    mb_error err;
    bool ok;

    luaL_argcheck(L, *scratch, 1, "it is closed");
    what.scratch = *scratch;
    s = mb_trial_only_reads(L, 1, &before);
    ok = mb_file_read(text, path, &err) && run_file(handle, &s->env, &what, &err);
    s->env.only_reads = before;
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    mb_lua_push_json(L, mb_buf_str(results), results->len);
    return 1;
}

static int trial_close(lua_State *L)
{
    mb_scratch **handle = mb_lua_check_handle(L, 1, MB_META_TRIAL);

    mb_scratch_close(*handle);
    *handle = NULL;
    return 0;
}

/* An error of the address: where it comes from. */
static void add_origin(lua_State *L, const char *url, const char *env, const mb_key_origin *key,
                       mb_error *err)
{
    if (err->code != MB_ERR_CONNECT && err->code != MB_ERR_USAGE)
        return;
    if (!key) {
        mb_target_add_origin(L, 1, url, env, false, err);
        return;
    }
    mb_fail_more(err, "The address comes from the key scratch.");
    mb_fail_at(err, key->file, key->line, 0);
}

/* The values of --set, in the field "args" of the table at `index`; without it there are none. */
static bool set_values(lua_State *L, int index, mb_scratch *scratch, mb_error *err)
{
    mb_given given = {0};

    if (lua_isnoneornil(L, index))
        return true;
    given.args = mb_request_push_args(L, index, &given.n);
    return mb_scratch_set(scratch, given, err);
}

/*
 * project:trial(url, environment [, { args = … }]) -> trial, which must be closed.  Its databases
 * are on this server, or on a throw-away one when neither is given.  args: the values of --set.
 */
static int project_trial(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const char *url = luaL_optstring(L, 2, NULL), *env = luaL_optstring(L, 3, NULL);
    mb_scratch **handle = (lua_settop(L, 4), mb_lua_new_handle(L, MB_META_TRIAL));
    const char *server = url || env ? mb_target_push(L, 1, url, env) : NULL;
    bool is_key = url && s->scratch && strcmp(url, s->scratch) == 0;
    const mb_key_origin *key = is_key ? &s->scratch_from : NULL;
    mb_error err;

    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 5, 1);
    if (!mb_scratch_open(handle, &s->settings, &s->host, server, key, &err)) {
        if (server)
            add_origin(L, url, env, key, &err);
        return mb_lua_raise_plain(L, &err);
    }
    if (!set_values(L, 4, *handle, &err))
        return mb_lua_raise_plain(L, &err);
    lua_settop(L, 5);
    return 1;
}

/* project:tests() -> the paths of its spec files, and their folder */
static int project_tests(lua_State *L)
{
    static const char end[] = "_test";
    const mb_session *s = mb_session_check(L, 1);
    mb_error err;

    if (!mb_origin_check(s->tests_from, s->settings.root, s->tests, &err))
        return mb_lua_raise_plain(L, &err);
    mb_scripts_push(L, s->tests);
    mb_array_push(L); /* -- names paths */
    for (lua_Integer i = 1; i <= luaL_len(L, -2); i++) {
        size_t len;
        const char *name = (lua_geti(L, -2, i), lua_tolstring(L, -1, &len));

        if (len < sizeof end || strcmp(name + len - (sizeof end - 1), end) != 0) {
            mb_log(MB_LOG_INFO, "note: %s/%s.lua is not a test: its name does not end in _test.lua",
                   s->tests, name);
            lua_pop(L, 1);
            continue;
        }
        lua_pushfstring(L, "%s/%s.lua", s->tests, name);
        lua_remove(L, -2);
        mb_array_append(L);
    }
    lua_pushstring(L, s->tests);
    return 2;
}

const luaL_Reg mb_specs_methods[] = {
    {"tests", project_tests},
    {"trial", project_trial},
    {NULL, NULL},
};

int mb_open_specs(lua_State *L)
{
    static const luaL_Reg state[] = {{"__gc", close_state}, {NULL, NULL}};
    static const luaL_Reg trial[] = {{"run", trial_run},
                                     {"database", mb_trial_database},
                                     {"confined", mb_trial_confined},
                                     {"lift", mb_trial_lift},
                                     {"rehearse", mb_trial_rehearse},
                                     {"close", trial_close},
                                     {"__close", trial_close},
                                     {"__gc", trial_close},
                                     {NULL, NULL}};

    mb_lua_new_class(L, STATE, state);
    mb_lua_new_class(L, MB_META_TRIAL, trial);
    return 0;
}

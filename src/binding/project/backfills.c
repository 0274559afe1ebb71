/* backfills.c -- methods of ctx.project for backfills. */
#include "moonbird/project/project.h"
#include "binding/value/field.h"
#include "request.h"
#include "methods.h"
#include "run_output.h"

#include "moonbird/backfill/backfill.h"
#include "moonbird/os/live.h"

#include <string.h>

#define BACKFILLS "moonbird.backfills"

static int free_backfills(lua_State *L)
{
    mb_backfills_free(lua_touserdata(L, 1));
    return 0;
}

static void set_declared(lua_State *L, const mb_declared_backfill *declared)
{
    if (!declared) {
        mb_field_text(L, "declared", NULL);
        return;
    }
    lua_createtable(L, 0, 4);
    mb_field_count(L, "rows", declared->rows);
    mb_field_count(L, "target_ms", (size_t)declared->target_ms);
    mb_field_count(L, "workers", (size_t)declared->workers);
    lua_createtable(L, 0, (int)declared->n_settings);
    for (size_t i = 0; i < declared->n_settings; i++)
        mb_field_text(L, declared->settings[i].name, declared->settings[i].value);
    lua_setfield(L, -2, "settings");
    lua_setfield(L, -2, "declared");
}

static void set_json(lua_State *L, const char *key, const char *json)
{
    mb_lua_push_json(L, json, strlen(json));
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, lua_Number n)
{
    lua_pushnumber(L, n);
    lua_setfield(L, -2, key);
}

/* The rate and the time that is left; null if they cannot be computed. */
static void set_times(lua_State *L, const mb_backfill_status *s)
{
    bool works = s->state == MB_PART_RUNNING && s->fraction > 0 && s->fraction < 1;

    set_number(L, "fraction", s->fraction);
    set_number(L, "seconds", s->seconds);
    mb_field_text(L, "rows_per_second", NULL);
    mb_field_text(L, "seconds_left", NULL);
    if (s->seconds > 0)
        set_number(L, "rows_per_second", (double)s->rows / s->seconds);
    if (works)
        set_number(L, "seconds_left", s->seconds * (1 - s->fraction) / s->fraction);
}

static void push_item(lua_State *L, const mb_backfill_status *s)
{
    lua_createtable(L, 0, 24);
    mb_field_text(L, "name", s->name);
    mb_field_text(L, "migration", s->migration);
    mb_field_text(L, "stream", mb_stream_name(s->stream));
    mb_field_text(L, "direction", mb_direction_name(s->direction));
    mb_field_text(L, "table", s->table);
    mb_field_text(L, "state", mb_part_state_name(s->state));
    set_json(L, "key", s->key);
    set_json(L, "last_key", s->last_key);
    if (s->runner)
        mb_runner_set(L, s->runner, s->alive);
    else
        mb_field_text(L, "runner", NULL);
    set_declared(L, s->declared);
    mb_field_text(L, "started_at", s->started_at);
    mb_field_text(L, "ended_at", s->ended_at);
    mb_field_text(L, "error", s->error);
    mb_field_count(L, "rows", (size_t)s->rows);
    mb_field_count(L, "rows_estimated", (size_t)s->rows_estimated);
    mb_field_count(L, "chunks", (size_t)s->chunks);
    mb_field_count(L, "chunks_done", (size_t)s->chunks_done);
    mb_field_count(L, "set_aside", (size_t)s->rejects);
    mb_field_count(L, "accepted", (size_t)s->accepted);
    mb_field_count(L, "remaining", (size_t)s->remaining);
    set_times(L, s);
}

/* project:backfills(name or nil) -> array of their states */
static int project_backfills(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    const char *name = lua_isnoneornil(L, 2) ? NULL : mb_lua_check_name(L, 2);
    mb_backfills *list = mb_lua_new_zeroed(L, sizeof *list, BACKFILLS);
    mb_error err;

    if (!mb_project_backfills(list, project, name, &err))
        return mb_lua_raise(L, &err);
    mb_backfills_read_declared(list, project);
    mb_array_push(L);
    for (size_t i = 0; i < list->n; i++) {
        push_item(L, &list->items[i]);
        mb_array_append(L);
    }
    return 1;
}

/* project:backfill_rejects(name) -> array of { key, error, at } */
static int project_rejects(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    const char *name = mb_lua_check_name(L, 2);
    mb_result **res = mb_lua_new_result(L);
    mb_error err;

    if (!mb_project_rejects(res, project, name, &err))
        return mb_lua_raise(L, &err);
    mb_array_push(L);
    for (size_t row = 0; row < mb_result_rows(*res); row++) {
        lua_createtable(L, 0, 3);
        for (size_t i = 0; i < mb_result_columns(*res); i++)
            mb_field_text(L, mb_result_name(*res, i), mb_result_value(*res, row, i));
        mb_array_append(L);
    }
    return 1;
}

/* project:backfill_chunks(name) -> array of { number, state, rows, last_key, reached } */
static int project_chunks(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    const char *name = mb_lua_check_name(L, 2);
    mb_result **res = mb_lua_new_result(L);
    mb_error err;

    if (!mb_project_chunks(res, project, name, &err))
        return mb_lua_raise(L, &err);
    mb_array_push(L);
    for (size_t row = 0; row < mb_result_rows(*res); row++) {
        lua_createtable(L, 0, 5);
        mb_field_count(L, "number", (size_t)mb_result_int(*res, row, 0));
        mb_field_text(L, "state", mb_result_value(*res, row, 1));
        mb_field_count(L, "rows", (size_t)mb_result_int(*res, row, 2));
        mb_field_text(L, "last_key", mb_result_value(*res, row, 3));
        mb_field_text(L, "reached",
                      mb_result_null(*res, row, 4) ? NULL : mb_result_value(*res, row, 4));
        mb_array_append(L);
    }
    return 1;
}

/* project:backfill_tell(name, "pause", "resume" or "cancel") -> did its state change? */
static int project_tell(lua_State *L)
{
    static const char *const verbs[] = {[MB_BACKFILL_PAUSE] = "pause",
                                        [MB_BACKFILL_RESUME] = "resume",
                                        [MB_BACKFILL_CANCEL] = "cancel", NULL};
    mb_project *project = mb_session_project(L, 1);
    const char *name = mb_lua_check_name(L, 2);
    int verb = luaL_checkoption(L, 3, NULL, verbs);
    bool changed;
    mb_error err;

    mb_session_check_idle(L, 1);
    if (!mb_project_backfill_control(project, name, (mb_backfill_verb)verb, &changed, &err))
        return mb_lua_raise(L, &err);
    lua_pushboolean(L, changed);
    return 1;
}

/* Pushes the `args` of the options at `index`, from which the result is borrowed. */
static mb_given push_given(lua_State *L, int index)
{
    mb_given given = {0};

    if (lua_istable(L, index))
        given.args = mb_request_push_args(L, index, &given.n);
    return given;
}

/* project:backfill_join(name, { args = … }) -> rows that this process has processed */
static int project_join(lua_State *L)
{
    mb_project *project = mb_session_clean_project(L, 1);
    const char *name = mb_lua_check_name(L, 2);
    mb_given given = push_given(L, 3);
    mb_report report;
    mb_error err;
    int64_t rows;
    bool ok;

    mb_report_begin(&report, false);
    mb_live_start("%s", name);
    ok = mb_project_backfill_join(&rows, project, name, given, &report.reporter, &err);
    mb_report_end(&report);
    if (!ok)
        return mb_lua_raise(L, &err);
    lua_pushinteger(L, rows);
    return 1;
}

/* project:backfill_retry(name, { args = … }) -> rows done, that failed again, that are gone */
static int project_retry(lua_State *L)
{
    mb_project *project = mb_session_clean_project(L, 1);
    const char *name = mb_lua_check_name(L, 2);
    mb_given given = push_given(L, 3);
    mb_report report;
    mb_backfill_retried retried;
    mb_error err;
    bool ok;

    mb_report_begin(&report, false);
    ok = mb_project_backfill_retry(&retried, project, name, given, &report.reporter, &err);
    mb_report_end(&report);
    if (!ok)
        return mb_lua_raise(L, &err);
    lua_pushinteger(L, retried.done);
    lua_pushinteger(L, retried.left);
    lua_pushinteger(L, retried.gone);
    return 3;
}

/* project:backfill_accept(name) -> rows */
static int project_accept(lua_State *L)
{
    mb_project *project = mb_session_clean_project(L, 1);
    int64_t accepted;
    mb_error err;

    if (!mb_project_backfill_accept(&accepted, project, mb_lua_check_name(L, 2), &err))
        return mb_lua_raise(L, &err);
    lua_pushinteger(L, accepted);
    return 1;
}

const luaL_Reg mb_backfills_methods[] = {
    {"backfills", project_backfills},     {"backfill_rejects", project_rejects},
    {"backfill_chunks", project_chunks},
    {"backfill_tell", project_tell},      {"backfill_join", project_join},
    {"backfill_retry", project_retry},    {"backfill_accept", project_accept},
    {NULL, NULL},
};

int mb_open_backfills(lua_State *L)
{
    static const luaL_Reg list[] = {{"__gc", free_backfills}, {NULL, NULL}};

    mb_lua_new_class(L, BACKFILLS, list);
    return 0;
}

/*
 * status_and_plan.c -- ctx.project:status and :plan: each calls one function of the core, and returns
 * its result as a plain table with the keys that --json prints.
 */
#include "moonbird/project/preparation.h"
#include "moonbird/project/project.h"
#include "moonbird/report/plan.h"
#include "binding/value/field.h"
#include "request.h"

#include <string.h>

/* Sets how far a half-done migration is: the numbers, and a text for people. */
static void set_progress(lua_State *L, const mb_row *row)
{
    size_t at = row->done < row->total ? row->done + 1 : row->total;

    mb_field_text(L, "direction", mb_direction_name(row->direction));
    mb_field_count(L, "statements_done", row->done);
    mb_field_count(L, "statements", row->total);
    mb_field_text(L, "error", *row->error ? row->error : NULL);
    lua_pushfstring(L, "%s%s", row->direction == MB_DOWN ? "rollback " : "",
                    mb_state_name(row->state));
    if (row->total) /* 0 for steps, whose number is not known before they run */
        lua_pushfstring(L, " at statement %d of %d", (int)at, (int)row->total);
    else
        lua_pushliteral(L, "");
    lua_pushfstring(L, "%s%s", *row->error ? ": " : "", row->error);
    lua_concat(L, 3);
    lua_setfield(L, -2, "progress");
}

static void push_item(lua_State *L, const mb_item *item)
{
    bool applied = item->row && item->state == MB_APPLIED;

    lua_createtable(L, 0, 14);
    mb_field_text(L, "name", item->name);
    mb_field_text(L, "state", mb_state_name(item->state));
    mb_field_text(L, "applied_at", applied ? item->row->applied_at : NULL);
    if (applied)
        mb_field_ms(L, "duration_ms", item->row->duration_us);
    else
        mb_field_text(L, "duration_ms", NULL);
    mb_field_text(L, "checksum", item->row ? item->row->normalized_sum : NULL);
    mb_field_flag(L, "changed", item->changed);
    mb_field_flag(L, "missing", item->missing);
    mb_field_flag(L, "out_of_order", item->out_of_order);
    mb_field_flag(L, "orphan", item->orphan);
    if (item->renamed) {
        lua_pushfstring(L, "%s/%s", mb_stream_name(item->renamed->stream), item->renamed->name);
        lua_setfield(L, -2, "renamed_from");
    }
    if (item->row && !applied)
        set_progress(L, item->row);
}

static void set_stream(lua_State *L, const mb_status *status, mb_stream stream)
{
    mb_array_push(L);
    for (size_t i = 0; i < status->n; i++) {
        if (status->items[i].stream != stream)
            continue;
        push_item(L, &status->items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, mb_stream_name(stream));
}

static void set_database(lua_State *L, const mb_conn *conn)
{
    mb_buf *text;

    if (!conn) {
        mb_field_text(L, "database", NULL);
        return;
    }
    text = mb_lua_new_buf(L);
    text->data = mb_conn_describe(conn);
    lua_pushstring(L, text->data);
    lua_setfield(L, -3, "database");
    lua_pop(L, 1);
}

/* project:status { check = } -> { environment, database, auto, manual, pending [, findings] } */
static int project_status(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    bool check = mb_request_flag(L, 2, "check");
    const mb_status *status = NULL;
    mb_error err;

    if (!mb_project_status(&status, mb_session_project(L, 1), &err))
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 5);
    mb_field_text(L, "environment", *s->settings.environment ? s->settings.environment : NULL);
    set_database(L, s->conn);
    set_stream(L, status, MB_AUTO);
    set_stream(L, status, MB_MANUAL);
    mb_field_count(L, "pending", status->pending);
    if (check)
        mb_findings_set(L, s->project);
    return 1;
}

/* The state of a backfill that has begun; NULL: it has not. */
static const char *state_of(const mb_planned *planned, const char *backfill)
{
    for (size_t i = 0; i < planned->n_parts; i++)
        if (planned->parts[i].backfill && strcmp(planned->parts[i].name, backfill) == 0)
            return mb_part_state_name(planned->parts[i].state);
    return NULL;
}

static void push_backfill(lua_State *L, const mb_planned *planned, const mb_declared *b)
{
    lua_createtable(L, 0, 5);
    mb_field_text(L, "name", b->name);
    mb_field_text(L, "table", b->table);
    mb_field_count(L, "workers", (size_t)b->workers);
    mb_field_text(L, "state", state_of(planned, b->name));
    mb_array_push(L);
    for (size_t i = 0; i < b->n_key; i++) {
        lua_pushstring(L, b->key[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "key");
}

/* Sets the parts of a migration of steps: the steps that have begun, and its declared backfills. */
static void set_parts(lua_State *L, const mb_planned *planned)
{
    mb_array_push(L);
    for (size_t i = 0; i < planned->n_parts && !planned->parts[i].backfill; i++) {
        lua_createtable(L, 0, 2);
        mb_field_text(L, "name", planned->parts[i].name);
        mb_field_text(L, "state", mb_part_state_name(planned->parts[i].state));
        mb_array_append(L);
    }
    lua_setfield(L, -2, "steps");
    mb_array_push(L);
    for (size_t i = 0; i < planned->n_backfills; i++) {
        push_backfill(L, planned, &planned->backfills[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "backfills");
}

/* Pushes the error with which a hook refuses a migration; null: it does not. */
static void push_refusal(lua_State *L, const mb_error *why)
{
    if (!why) {
        mb_lua_push_null(L);
        return;
    }
    lua_createtable(L, 0, 5);
    mb_field_text(L, "file", *why->file ? why->file : NULL);
    if (why->line)
        mb_field_count(L, "line", (size_t)why->line);
    else
        mb_field_text(L, "line", NULL);
    mb_field_text(L, "message", why->message);
    mb_field_text(L, "detail", *why->detail ? why->detail : NULL);
    mb_field_text(L, "hint", *why->hint ? why->hint : NULL);
}

static void push_planned(lua_State *L, const mb_planned *planned)
{
    const mb_item *item = planned->step->item;

    lua_createtable(L, 0, 12);
    mb_field_text(L, "name", item->name);
    mb_field_text(L, "stream", mb_stream_name(item->stream));
    mb_field_text(L, "direction", mb_direction_name(planned->step->direction));
    mb_field_flag(L, "atomic", planned->atomic);
    mb_field_flag(L, "lua", planned->lua);
    mb_field_flag(L, "resume", planned->step->resume);
    mb_field_text(L, "description", planned->description);
    mb_field_text(L, "skipped", planned->skipped);
    push_refusal(L, planned->refused);
    lua_setfield(L, -2, "refused");
    if (planned->steps)
        set_parts(L, planned);
    mb_array_push(L);
    for (size_t i = 0; planned->previews && i < planned->statements; i++) {
        lua_createtable(L, 0, 2);
        mb_field_count(L, "line", (size_t)planned->previews[i].line);
        mb_field_text(L, "sql", planned->previews[i].sql);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "statements");
}

/* project:plan(request) -> { id, request, steps, notes, pending } */
static int project_plan(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const mb_preparation *prepared = NULL;
    mb_project *project;
    mb_request request;
    mb_given given;
    mb_error err;

    mb_request_read(L, 2, &s->settings, &request);
    request.command = mb_request_command(&request);
    given.args = mb_request_push_args(L, 2, &given.n);
    project = mb_session_clean_project(L, 1);
    if (!mb_project_plan(&prepared, project, &request, true, given, &err))
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 5);
    mb_field_text(L, "id", prepared->plan->id);
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "request");
    mb_array_push(L);
    for (size_t i = 0; i < prepared->n; i++) {
        push_planned(L, &prepared->items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "steps");
    mb_array_push(L);
    for (size_t i = 0; i < prepared->plan->n_notes; i++) {
        lua_pushstring(L, prepared->plan->notes[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "notes");
    mb_field_count(L, "pending", prepared->pending);
    return 1;
}

const luaL_Reg mb_inspect_methods[] = {
    {"status", project_status},
    {"plan", project_plan},
    {NULL, NULL},
};

/* history.c -- ctx.project:history: the rows and the events of the history. */
#include "moonbird/report/history.h"

#include "binding/value/field.h"
#include "binding/value/value.h"
#include "methods.h"
#include "request.h"

#include "moonbird/base/json.h"

#include <string.h>

#define HISTORY "moonbird.history"

static int free_history(lua_State *L)
{
    mb_history_view_free(lua_touserdata(L, 1));
    return 0;
}

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

void mb_row_set_args(lua_State *L, const mb_row *row)
{
    if (!mb_json_is_valid(row->args, strlen(row->args)))
        return;
    mb_lua_push_json(L, row->args, strlen(row->args));
    lua_setfield(L, -2, "args");
}

static void push_row(lua_State *L, const mb_row *row)
{
    lua_createtable(L, 0, 17);
    mb_field_text(L, "name", row->name);
    mb_field_text(L, "stream", mb_stream_name(row->stream));
    mb_field_text(L, "state", mb_state_name(row->state));
    mb_field_text(L, "direction", mb_direction_name(row->direction));
    mb_field_text(L, "at", row->applied_at);
    mb_field_ms(L, "duration_ms", row->duration_us);
    mb_field_text(L, "applied_by", row->applied_by);
    mb_field_text(L, "host", text_or_null(row->host));
    mb_field_count(L, "pid", (size_t)row->pid);
    mb_field_text(L, "version", text_or_null(row->version));
    mb_field_text(L, "commit", text_or_null(row->commit));
    mb_field_text(L, "environment", text_or_null(row->environment));
    mb_field_text(L, "checksum", text_or_null(row->normalized_sum));
    mb_field_count(L, "statements", row->total);
    mb_field_count(L, "statements_done", row->done);
    mb_field_text(L, "error", text_or_null(row->error));
    mb_field_text(L, "backup", text_or_null(row->backup));
    mb_row_set_args(L, row);
}

static void push_event(lua_State *L, const mb_event *event)
{
    lua_createtable(L, 0, 11);
    mb_field_text(L, "at", event->at);
    mb_field_text(L, "who", event->who);
    mb_field_text(L, "host", event->host);
    mb_field_count(L, "pid", (size_t)event->pid);
    mb_field_text(L, "environment", event->environment);
    mb_field_text(L, "command", event->command);
    mb_field_text(L, "stream", event->stream);
    mb_field_text(L, "name", event->name);
    mb_field_text(L, "what", event->what);
    mb_field_text(L, "outcome", event->outcome);
    mb_field_text(L, "detail", event->detail);
}

static void push_history(lua_State *L, const mb_history_view *history)
{
    lua_createtable(L, 0, 3);
    mb_array_push(L);
    for (size_t i = 0; i < history->n; i++) {
        push_row(L, history->rows[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "migrations");
    if (history->name)
        mb_field_text(L, "name", history->name);
    mb_array_push(L);
    for (size_t i = 0; i < history->events.n; i++) {
        push_event(L, &history->events.items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "events");
}

/* Reads the optional table at `index`: n, what, since.  The texts are borrowed from it. */
static void read_filter(lua_State *L, int index, mb_event_filter *out)
{
    static const char *const known[] = {"n", "what", "since", NULL};

    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    mb_field_check_names(L, index, "field", known);
    out->limit = mb_request_limit(L, index);
    out->what = mb_request_text(L, index, "what");
    out->since = mb_request_text(L, index, "since");
}

/* project:history(name or nil, { n, what, since }) -> { migrations, events [, name] } */
static int project_history(lua_State *L)
{
    mb_project *project = (lua_settop(L, 3), mb_session_project(L, 1));
    mb_event_filter filter = {.name = lua_isnoneornil(L, 2) ? NULL : mb_lua_check_name(L, 2)};
    mb_history_view *history = mb_lua_new_zeroed(L, sizeof *history, HISTORY);
    mb_error err;

    read_filter(L, 3, &filter);
    if (!mb_project_history(history, project, &filter, &err))
        return mb_lua_raise_plain(L, &err);
    push_history(L, history);
    return 1;
}

const luaL_Reg mb_history_methods[] = {{"history", project_history}, {NULL, NULL}};

int mb_open_history(lua_State *L)
{
    static const luaL_Reg history[] = {{"__gc", free_history}, {NULL, NULL}};

    mb_lua_new_class(L, HISTORY, history);
    return 0;
}

/*
 * plan.c -- ctx.project:plan: returns the steps of a request as a plain table with the keys that
 * --json prints.
 */
#include "moonbird/project/preparation.h"
#include "moonbird/project/project.h"
#include "moonbird/report/plan.h"
#include "binding/value/field.h"
#include "methods.h"
#include "request.h"

#include <string.h>
#include <strings.h>

/* The state of a backfill that has begun; NULL: it has not. */
static const char *state_of(const mb_planned *planned, const char *backfill)
{
    for (size_t i = 0; i < planned->n_parts; i++)
        if (planned->parts[i].backfill && strcmp(planned->parts[i].name, backfill) == 0)
            return mb_part_state_name(planned->parts[i].state);
    return NULL;
}

static void push_backfill(lua_State *L, const mb_planned *planned, const mb_declared_backfill *b)
{
    lua_createtable(L, 0, 5);
    mb_field_text(L, "name", b->name);
    mb_field_text(L, "table", b->table);
    mb_field_count(L, "workers", (size_t)b->workers);
    mb_field_text(L, "state", state_of(planned, b->name));
    mb_array_of_names(L, b->key, b->n_key);
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

/* Sets the words of an error. */
static void set_words(lua_State *L, const mb_error *why)
{
    mb_field_text(L, "message", why->message);
    mb_field_text(L, "detail", *why->detail ? why->detail : NULL);
    mb_field_text(L, "hint", *why->hint ? why->hint : NULL);
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
    set_words(L, why);
}

/* Sets what the policies would do. */
static void set_policies(lua_State *L, const mb_preparation *prepared)
{
    mb_array_push(L);
    for (size_t i = 0; i < prepared->n_policies; i++) {
        const mb_foreseen *item = &prepared->policies[i];

        lua_createtable(L, 0, 5);
        mb_field_text(L, "policy", item->policy);
        mb_field_flag(L, "refused", item->refused);
        set_words(L, &item->why);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "policies");
}

static void push_preview(lua_State *L, const mb_preview *preview)
{
    lua_createtable(L, 0, 5);
    mb_field_count(L, "line", (size_t)preview->line);
    mb_field_text(L, "kind", preview->command);
    mb_field_text(L, "sql", preview->sql);
    mb_field_flag(L, "outside_transaction", preview->kind == MB_STMT_NO_TRANSACTION);
    mb_field_text(L, "expect", preview->expected);
}

/* The origin of a parameter's value, and the value; NULL: it has none. */
static const char *find_value(const char **value, const mb_own_args *own, const char *name,
                              const char *preset)
{
    *value = preset;
    for (size_t i = 0; i < own->n; i++)
        if (strcasecmp(own->items[i].name, name) == 0) {
            *value = own->items[i].value;
            return i < own->given ? "given" : "applied";
        }
    return preset ? "default" : NULL;
}

/* Sets the parameters that the file declares or names, without the values of secrets. */
static void set_parameters(lua_State *L, const mb_planned *planned, const mb_own_args *own)
{
    const mb_chunk_info *info = planned->parameters;

    mb_array_push(L);
    for (size_t i = 0; i < info->n_parameters; i++) {
        const mb_parameter *arg = &info->parameters[i];
        const char *value, *origin = find_value(&value, own, arg->name, arg->preset);

        lua_createtable(L, 0, 5);
        mb_field_text(L, "name", arg->name);
        mb_field_text(L, "value", arg->secret ? NULL : value);
        mb_field_text(L, "origin", arg->secret ? NULL : origin);
        mb_field_flag(L, "required", arg->required);
        mb_field_flag(L, "secret", arg->secret);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "parameters");
}

static void push_planned(lua_State *L, const mb_planned *planned, const mb_own_args *own)
{
    const mb_item *item = planned->step->item;

    lua_createtable(L, 0, 13);
    mb_field_text(L, "name", item->name);
    mb_field_text(L, "stream", mb_stream_name(item->stream));
    mb_field_text(L, "direction", mb_direction_name(planned->step->direction));
    mb_field_flag(L, "atomic", planned->atomic);
    mb_field_flag(L, "lua", planned->lua);
    mb_field_flag(L, "verify", planned->verify);
    mb_field_flag(L, "resume", planned->step->resume);
    mb_directives_set(L, planned->directives);
    set_parameters(L, planned, own);
    mb_field_text(L, "skipped", planned->skipped);
    push_refusal(L, planned->refused);
    lua_setfield(L, -2, "refused");
    if (planned->steps)
        set_parts(L, planned);
    mb_array_push(L);
    for (size_t i = 0; planned->previews && i < planned->statements; i++) {
        push_preview(L, &planned->previews[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "statements");
}

/* project:plan(request) -> { id, request, steps, policies, notes, pending } */
static int project_plan(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const mb_preparation *prepared = NULL;
    mb_project *project;
    mb_request request;
    mb_given given = {0};
    mb_error err;
    const char *before = s->env.only_reads;
    bool ok;

    mb_request_read(L, 2, &s->settings, &request);
    request.command = mb_request_command(&request);
    request.shelved = true; /* what would run is shown, with why it is not used */
    given.args = mb_request_push_args(L, 2, &given.n);
    project = mb_session_reset_project(L, 1);
    s->env.only_reads = "plan is read-only, in other databases too.";
    ok = mb_project_plan(&prepared, project, &request, true, given, &err);
    s->env.only_reads = before;
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 6);
    mb_field_text(L, "id", prepared->plan->id);
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "request");
    mb_array_push(L);
    for (size_t i = 0; i < prepared->n; i++) {
        push_planned(L, &prepared->items[i], &prepared->own[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "steps");
    set_policies(L, prepared);
    mb_array_of_names(L, prepared->plan->notes, prepared->plan->n_notes);
    lua_setfield(L, -2, "notes");
    mb_field_count(L, "pending", prepared->pending);
    return 1;
}

const luaL_Reg mb_plan_methods[] = {{"plan", project_plan}, {NULL, NULL}};

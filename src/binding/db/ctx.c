/*
 * ctx.c -- db and ctx for one call of a script.
 *
 * Fields that are expensive to make (plan, config, migration) are made when the script reads them.
 * They come from a C struct that is borrowed for the call, so a ctx that was kept raises after the
 * call.
 */
#include "binding/binding.h"
#include "binding/parse/parse.h"
#include "binding/value/field.h"
#include "binding/value/parameter.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/project/plan.h"

#include <stdlib.h>
#include <string.h>

/* Registry keys: the state keeps db and ctx alive, even when an error unwinds the stack. */
static const char db_key, call_key, ctx_key;

static void set_text(lua_State *L, const char *key, const char *value)
{
    lua_pushstring(L, value); /* NULL is nil */
    lua_setfield(L, -2, key);
}

static void push_plan(lua_State *L, const mb_call *call)
{
    mb_array_push(L);
    for (size_t i = 0; call->plan && i < call->plan->n; i++) {
        const mb_step *step = &call->plan->steps[i];

        lua_createtable(L, 0, 3);
        set_text(L, "name", step->item->name);
        set_text(L, "stream", mb_stream_name(step->item->stream));
        set_text(L, "direction", mb_direction_name(step->direction));
        mb_array_append(L);
    }
}

static void push_config(lua_State *L)
{
    const char *config = mb_lua_env(L)->config;

    if (config)
        mb_lua_push_json(L, config, strlen(config));
    else
        lua_newtable(L);
}

/* Raises unless ctx can have the field, which is nil in this call. */
static void check_field(lua_State *L, const char *key)
{
    static const char *const names[] = {
        "name",     "stream",  "direction", "command", "environment", "config",
        "args",     "plan",    "migration", "error",   "duration_ms", "attempt",
        "atomic",   "dry_run", "backfill",  "chunk",   "rows",        "statement",
        "database", "conn",    "generated", "names",   "skip",        NULL};
    size_t i = 0;
    mb_error err;

    while (names[i] && strcmp(names[i], key) != 0)
        i++;
    if (names[i])
        return;
    if (strcmp(key, "project") == 0)
        mb_lua_fail(L, MB_ERR_USAGE, "migrations and before_connect hooks have no ctx.project");
    if (strcmp(key, "out") != 0)
        mb_lua_unknown(L, "field of ctx", key, names);
    mb_fail(&err, MB_ERR_USAGE, "only commands have ctx.out");
    mb_fail_hint(&err, "Print lines with moonbird.log.info. For a table, write a command in "
                       "scripts/commands.");
    mb_lua_raise(L, &err);
}

/* __index of ctx: makes a field when it is first read, and stores it. */
static int ctx_index(lua_State *L)
{
    const mb_call *const *call = lua_touserdata(L, lua_upvalueindex(1));
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";

    if (*call && strcmp(key, "plan") == 0)
        push_plan(L, *call);
    else if (*call && strcmp(key, "config") == 0)
        push_config(L);
    else if (*call && (*call)->source && strcmp(key, "migration") == 0)
        mb_lua_push_migration(L, lua_upvalueindex(1));
    else {
        check_field(L, key);
        return 0;
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

/* The userdata of a call.  mb_call_scope.call points to its first member. */
typedef struct handle {
    const mb_call *call; /* NULL after the call */
    char *skipped;       /* the reason of ctx:skip; NULL: it was not called */
} handle;

static int fail_skip(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_SCRIPT, "ctx:skip does not work here");
    mb_fail_hint(&err, "It works in before_each hooks, and in up and down of a migration that is "
                       "one transaction.");
    return mb_lua_raise(L, &err);
}

/*
 * ctx:skip(why): raises MB_ERR_SKIPPED where it is allowed, and a script's error elsewhere.  The
 * reason is kept, because the script may catch the error with db:try or pcall.
 */
static int ctx_skip(lua_State *L)
{
    const char *why = (luaL_checktype(L, 1, LUA_TTABLE), luaL_checkstring(L, 2));
    handle *h = lua_touserdata(L, lua_upvalueindex(1));

    luaL_argcheck(L, *why, 2, "the reason is empty");
    if (!h->call || !h->call->may_skip)
        return fail_skip(L);
    free(h->skipped);
    h->skipped = mb_strdup(mb_lua_text(L, 2));
    return mb_lua_fail(L, MB_ERR_SKIPPED, "%s", mb_lua_text(L, 2));
}

static void set_batch(lua_State *L, const mb_call_batch *batch)
{
    set_text(L, "backfill", batch->backfill);
    if (batch->chunk)
        mb_field_count(L, "chunk", (size_t)batch->chunk);
    if (batch->rows != MB_UNSET)
        mb_field_count(L, "rows", (size_t)batch->rows);
}

static void push_statement(lua_State *L, const mb_call_statement *statement)
{
    mb_lua_push_statement(L, statement->stmt, statement->path, statement->line);
    if (statement->duration_us != MB_UNSET)
        mb_field_ms(L, "duration_ms", statement->duration_us);
    if (statement->rows != MB_UNSET)
        mb_field_count(L, "rows", (size_t)statement->rows);
}

static void set_args(lua_State *L, const mb_call *call)
{
    lua_createtable(L, 0, (int)call->n_args); /* -- ctx args */
    for (size_t i = 0; i < call->n_args; i++) {
        const mb_setting *arg = &call->args[i];

        mb_lua_parameter_push(L, arg->declared, arg->name, arg->value);
        lua_setfield(L, -2, arg->name);
    }
    lua_setfield(L, -2, "args");
}

/* -- handle => -- handle ctx */
static void push_facts(lua_State *L, const mb_call *call)
{
    lua_createtable(L, 0, 16);
    set_text(L, "name", call->name);
    set_text(L, "stream", call->stream);
    set_text(L, "direction", call->direction);
    set_text(L, "command", call->command);
    if (call->environment && *call->environment)
        set_text(L, "environment", call->environment);
    set_text(L, "database", call->database);
    mb_field_count(L, "attempt", (size_t)call->attempt);
    if (call->name) {
        lua_pushboolean(L, call->atomic);
        lua_setfield(L, -2, "atomic");
    }
    if (call->dry_run) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, "dry_run");
    }
    if (call->duration_us)
        mb_field_ms(L, "duration_ms", call->duration_us);
    if (call->batch)
        set_batch(L, call->batch);
    if (call->statement) {
        push_statement(L, call->statement);
        lua_setfield(L, -2, "statement");
    }
    if (call->generated) {
        lua_createtable(L, 0, 2);
        set_text(L, "up", call->generated->up);
        set_text(L, "down", call->generated->down);
        lua_setfield(L, -2, "generated");
    }
    if (call->names) {
        mb_array_of_names(L, (char *const *)call->names, call->n_names);
        lua_setfield(L, -2, "names");
    }
    if (call->error) {
        mb_lua_push_error(L, call->error);
        lua_setfield(L, -2, "error");
    }
    set_args(L, call);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, ctx_skip, 1);
    lua_setfield(L, -2, "skip");
}

static void push_ctx(lua_State *L, mb_call_scope *out, const mb_call *call)
{
    handle *h = lua_newuserdatauv(L, sizeof *h, 0); /* -- handle */

    *h = (handle){.call = call};
    out->call = &h->call;
    out->skipped = &h->skipped;
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &call_key);
    push_facts(L, call);      /* -- handle ctx */
    lua_createtable(L, 0, 1); /* -- handle ctx meta */
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, ctx_index, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

void mb_call_scope_begin(lua_State *L, mb_call_scope *out, mb_conn *conn, const mb_call *call)
{
    *out = (mb_call_scope){.limited = true, .before = mb_time_limit(mb_lua_env(L)->time_limit_ms)};
    if (conn) {
        out->db = mb_lua_push_db(L, conn);
        out->db->durable = call->durable;
        out->db->watch = call->watch;
        out->db->unpinned = true;
        out->db->unrecorded = call->unrecorded;
    } else {
        lua_pushnil(L);
    }
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &db_key);
    push_ctx(L, out, call);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ctx_key);
}

void mb_call_scope_push_db(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &db_key);
}

const mb_call *mb_call_scope_call(lua_State *L)
{
    const mb_call *const *call;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &call_key);
    call = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return call ? *call : NULL;
}

void mb_call_scope_push_ctx(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ctx_key);
}

bool mb_call_scope_not_skipped(const mb_call_scope *scope, mb_error *err)
{
    return !*scope->skipped || mb_fail(err, MB_ERR_SKIPPED, "%s", *scope->skipped);
}

void mb_call_scope_end(mb_call_scope *scope, bool ok)
{
    if (scope->limited)
        mb_time_limit_back(scope->before);
    if (scope->db)
        mb_lua_end_db(scope->db, ok);
    if (scope->call) {
        *scope->call = NULL;
        free(*scope->skipped);
        *scope->skipped = NULL;
    }
    *scope = (mb_call_scope){0};
}

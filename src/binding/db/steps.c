/*
 * steps.c -- db:step and db:backfill: the parts of a migration that is not one transaction.
 *
 * The result of a step is always converted to JSON and back.  So a later run, which gets the
 * recorded result, sees the same value.
 */
#include "binding/script/backfill_declaration.h"
#include "binding/script/function.h"
#include "binding/engine/place.h"
#include "binding/value/field.h"

#include <string.h>

/*
 * `name` is that of the step or backfill.  It counts as failed until it succeeds, since whatever it
 * raises could be ignored.  An aborted transaction raises too: the step would end it.
 */
static mb_durable *check_place(lua_State *L, const mb_db *db, const char *name)
{
    mb_error *err = mb_lua_scratch(L);

    if (db->durable)
        (void)mb_step_note(db->durable, name, false, NULL);
    if (db->durable && db->inside == 0 && !db->rows) {
        mb_lua_ready(L, 1);
        return db->durable;
    }
    if (!db->durable) {
        mb_fail(err, MB_ERR_USAGE, "steps and backfills are not possible here");
        mb_fail_hint(err, "Use db:step and db:backfill in \"up\" or \"down\" of a migration with "
                          "transaction = false.");
    } else if (db->rows) {
        mb_fail(err, MB_ERR_USAGE, "a step or a backfill cannot run inside a loop over db:rows");
        mb_fail_hint(err, "Steps and backfills have their own transactions. Use db:query for the "
                          "loop.");
    } else if (db->depth > 0) {
        mb_fail(err, MB_ERR_USAGE, "a step or a backfill cannot run inside a step or in db:try");
        mb_fail_hint(err, "Steps and backfills have their own transactions.");
    } else {
        mb_fail(err, MB_ERR_USAGE, "a step or a backfill cannot run inside db:with_schema, "
                                   "db:batch or db:copy");
        mb_fail_hint(err, "Steps and backfills have their own transactions and settings. Call "
                          "db:with_schema in the step. For a backfill, name the schema with the "
                          "table: \"schema.table\".");
    }
    if (db->durable)
        (void)mb_step_note(db->durable, name, false, err);
    mb_lua_raise(L, err);
    return NULL;
}

static int push_result(lua_State *L, const char *json)
{
    if (strcmp(json, "null") == 0)
        return 0;
    mb_lua_push_json(L, json, strlen(json));
    return 1;
}

/* Runs protected, with the function and db on the stack: -> the result of fn as JSON */
static int call_function(lua_State *L)
{
    mb_buf *json = mb_lua_new_buf(L);

    lua_insert(L, 1);
    lua_call(L, 1, 2); /* -- json result reason */
    mb_function_check_refusal(L);
    lua_pop(L, 1); /* -- json result */
    if (lua_isnil(L, 2))
        mb_buf_puts(json, "null");
    else
        mb_lua_add_json(L, json, 2, "the step's result");
    lua_pushlstring(L, mb_buf_str(json), json->len);
    return 1;
}

static bool run(lua_State *L, mb_db *db)
{
    mb_error *err = mb_lua_scratch(L);
    bool ok;

    lua_pushcfunction(L, call_function);
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 1);
    db->depth++;
    ok = mb_lua_call_inside(L, db, 2, 1) == LUA_OK;
    if (ok && !mb_conn_settle(db->conn, err)) {
        mb_lua_push_error(L, err);
        ok = false;
    } else if (ok && mb_conn_tx(db->conn) != MB_TX_OPEN) {
        mb_lua_fail_ignored(db, err);
        mb_lua_push_error(L, err);
        ok = false;
    }
    mb_rows_lose(db, db->depth);
    mb_rows_close_all(db, ok); /* all belong to the step, since a step cannot begin in a row loop */
    db->depth--;
    db->failed[0] = '\0';
    return ok;
}

static int run_function(lua_State *L, mb_db *db, const char *name)
{
    mb_error *err = mb_lua_scratch(L);
    const char *result;

    if (!mb_step_begin(db->durable, name, &result, err))
        return mb_lua_raise(L, err);
    if (result)
        return push_result(L, result);
    if (!run(L, db)) {
        mb_step_abandon(db->durable, NULL);
        mb_lua_check_interrupt(L);
        mb_lua_read_error(L, -1, err);
        (void)mb_step_note(db->durable, name, false, err);
        return lua_error(L);
    }
    if (!mb_step_end(db->durable, lua_tostring(L, -1), mb_lua_scratch(L)))
        return mb_lua_raise(L, mb_lua_scratch(L));
    return push_result(L, lua_tostring(L, -1));
}

/* db:step(name, fn) -> what fn returned, now or in an earlier run; db:step(name, sql) */
static int db_step(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    const char *name = mb_lua_check_name(L, 2);
    mb_step_text text = {0};
    lua_Debug ar;

    check_place(L, db, name);
    luaL_argcheck(L, *name, 2, "the name of the step is empty");
    lua_settop(L, 3);
    if (lua_isfunction(L, 3))
        return run_function(L, db, name);
    text.sql = luaL_checklstring(L, 3, &text.len);
    if (mb_lua_find_script(L, &ar)) {
        text.path = ar.source + 1;
        text.line = ar.currentline;
    }
    if (!mb_step_statement(db->durable, name, &text, mb_lua_scratch(L)))
        return mb_lua_raise_sql(L, 1, text.sql, mb_lua_scratch(L));
    return 0;
}

/* db:backfill(name) or db:backfill{ name =, … } -> { rows, remaining, set_aside } */
static int db_backfill(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    bool declared = lua_type(L, 2) == LUA_TSTRING;
    mb_backfill_result result;
    mb_backfill backfill;
    mb_backfill_callbacks callbacks;
    const mb_watch *watch;
    bool ok;
    mb_durable *durable;

    lua_settop(L, 2);
    if (!declared)
        luaL_checktype(L, 2, LUA_TTABLE);
    if (declared || mb_field_get(L, 2, "name") != LUA_TSTRING)
        lua_settop(L, 2);
    durable = check_place(L, db, lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "backfill");
    lua_settop(L, 2);
    if (declared)
        mb_backfill_declaration_push(L, lua_tostring(L, 2));
    mb_backfill_declaration_read(L, declared ? 3 : 2, declared ? lua_tostring(L, 2) : NULL,
                                 &backfill);
    mb_backfill_declaration_bind(&callbacks, L, declared ? 3 : 2, 1, &backfill);
    /* Other processes of the backfill do not tell the hooks of statements: they have batches. */
    watch = db->watch;
    db->watch = NULL;
    ok = mb_backfill_run(&result, durable, &backfill, declared, mb_lua_scratch(L));
    db->watch = watch;
    if (!ok)
        return mb_lua_raise(L, mb_lua_scratch(L));
    lua_createtable(L, 0, 3);
    mb_field_count(L, "rows", (size_t)result.rows);
    mb_field_count(L, "remaining", (size_t)result.remaining);
    mb_field_count(L, "set_aside", (size_t)result.set_aside);
    return 1;
}

const luaL_Reg mb_db_step[] = {
    {"step", db_step}, {"backfill", db_backfill}, {NULL, NULL}};

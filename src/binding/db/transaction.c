/*
 * transaction.c -- db:try, db:transaction, db:set.
 *
 * A function that is called here cannot yield: a coroutine that is never resumed would leave its
 * savepoint open for the statements that follow.
 */
#include "binding/binding.h"

#include "moonbird/pg/savepoint.h"

static void begin(lua_State *L, mb_conn *conn)
{
    mb_error *err = mb_lua_scratch(L);

    if (!mb_lua_set_pins(conn, "BEGIN; ", err))
        mb_lua_raise(L, err);
}

/* Undoes a block; its cursors are lost. `savepoint` is NULL for a transaction. */
static void undo(lua_State *L, mb_db *db, const mb_savepoint *savepoint)
{
    (void)!mb_conn_settle(db->conn, mb_lua_scratch(L));
    mb_rows_lose(db, db->depth);
    db->depth--;
    db->failed[0] = '\0';
    if (!savepoint)
        mb_conn_rollback(db->conn);
    else if (!mb_savepoint_undo(savepoint, db->conn, mb_lua_scratch(L)))
        mb_lua_raise(L, mb_lua_scratch(L));
}

static bool keep(mb_db *db, const mb_savepoint *savepoint, mb_error *err)
{
    if (savepoint)
        mb_rows_release(db, db->depth--);
    else
        mb_rows_lose(db, db->depth--);
    if (savepoint ? mb_savepoint_release(savepoint, db->conn, err) : mb_lua_commit(db->conn, err))
        return true;
    if (!savepoint)
        mb_conn_rollback(db->conn);
    return false;
}

static void push_swallowed(lua_State *L, const mb_db *db)
{
    mb_error *err = mb_lua_scratch(L);

    mb_lua_fail_ignored(db, err);
    mb_lua_push_error(L, err);
}

static void set_savepoint(lua_State *L, mb_savepoint *out, mb_conn *conn)
{
    mb_error *err = mb_lua_scratch(L);

    if (!mb_savepoint_set(out, conn, "mb_try", err))
        mb_lua_raise(L, err);
}

/*
 * Calls the function at 2 with the arguments above it, after it has set `savepoint`; NULL: in a
 * transaction.  true: its results are at 2 and above.  false: everything is undone, and the error
 * is on top.
 */
static bool call(lua_State *L, mb_db *db, mb_savepoint *savepoint)
{
    int status;

    if (savepoint)
        set_savepoint(L, savepoint, db->conn);
    else if (!db->reads)
        begin(L, db->conn);
    db->depth++;
    status = mb_lua_call_inside(L, db, lua_gettop(L) - 2, LUA_MULTRET);
    if (!mb_conn_settle(db->conn, mb_lua_scratch(L)) && status == LUA_OK) {
        mb_lua_push_error(L, mb_lua_scratch(L));
        status = LUA_ERRRUN;
    }
    if (status == LUA_OK && mb_conn_tx(db->conn) == MB_TX_OPEN)
        return true;
    if (status == LUA_OK)
        push_swallowed(L, db);
    if (mb_conn_tx(db->conn) == MB_TX_LOST)
        lua_error(L);
    undo(L, db, savepoint);
    mb_lua_check_interrupt(L);
    return false;
}

/* db:try(fn, ...) -> true, results... or false, error */
static int db_try(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    bool nested = mb_conn_tx(mb_lua_ready(L, 1)) == MB_TX_OPEN;
    mb_savepoint set = {0}, *savepoint = nested ? &set : NULL;
    mb_error *err = mb_lua_scratch(L);

    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (!call(L, db, savepoint)) {
        lua_pushboolean(L, false);
        lua_insert(L, -2);
        return 2;
    }
    if (!keep(db, savepoint, err)) {
        lua_pushboolean(L, false);
        mb_lua_push_error(L, err);
        return 2;
    }
    lua_pushboolean(L, true);
    lua_replace(L, 1);
    return lua_gettop(L);
}

/* db:transaction(fn, ...) -> results... */
int mb_lua_transaction(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    mb_error *err = mb_lua_scratch(L);

    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (mb_conn_tx(mb_lua_ready(L, 1)) != MB_TX_IDLE && !mb_lua_is_reading(db)) {
        mb_fail(err, MB_ERR_USAGE, "a transaction is already open");
        mb_fail_hint(err, "Use db:try(fn) for statements that may fail.");
        return mb_lua_raise(L, err);
    }
    if (!call(L, db, NULL))
        return lua_error(L);
    if (!keep(db, NULL, err))
        return mb_lua_raise(L, err);
    return lua_gettop(L) - 1;
}

/* Raises for a value without a text, such as a table: it cannot be a setting. */
static void check_setting(lua_State *L, int value)
{
    mb_error *err = mb_lua_scratch(L);
    int type = lua_type(L, value);

    if (type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN ||
        mb_lua_to_decimal(L, value))
        return;
    mb_fail(err, MB_ERR_USAGE, "db:set: the value of \"%s\" must be a string, a number or a "
                               "boolean, not %s",
            lua_tostring(L, 2), mb_lua_is_null(L, value) ? "null" : luaL_typename(L, value));
    if (type == LUA_TNIL || mb_lua_is_null(L, value))
        mb_fail_hint(err, "A setting cannot be NULL. Use \"\" for an empty one.");
    mb_lua_raise(L, err);
}

/* db:set(name, value): until the end of the transaction */
static int db_set(lua_State *L)
{
    mb_conn *conn = mb_lua_ready(L, 1);
    const mb_db *db = mb_lua_check_db(L, 1);

    luaL_checkstring(L, 2);
    lua_settop(L, 3);
    check_setting(L, 3);
    if (mb_conn_tx(conn) != MB_TX_OPEN || (db->durable && db->depth == 0))
        return mb_lua_fail(L, MB_ERR_USAGE,
                           "db:set works only in a transaction, and none is open");
    mb_lua_query(L, 1, "SELECT pg_catalog.set_config($1, $2, true)", 2, 2);
    mb_conn_forget(conn); /* the setting may be search_path, on which cached names depend */
    return 0;
}

const luaL_Reg mb_db_transaction[] = {
    {"try", db_try}, {"transaction", mb_lua_transaction}, {"set", db_set}, {NULL, NULL}};

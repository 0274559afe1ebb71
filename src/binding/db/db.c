/* db.c -- the class db, and its methods for statements. */
#include "moonbird/run/exec.h"
#include "binding/binding.h"

#include "moonbird/project/project.h"
#include "moonbird/sql/fragment.h"
#include "moonbird/sql/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DB MB_META_DB

/* __close(db, error): closes a connection of moonbird.connect; a lent one belongs to its lender. */
static int db_gone(lua_State *L)
{
    mb_db *db = mb_lua_check_class(L, 1, DB);

    if (db->own) {
        mb_lua_check_closable(L, db);
        mb_lua_end_db(db, lua_isnoneornil(L, 2));
    }
    return 0;
}

/* __gc: also removes a lent db from the list of its state, if mb_lua_end_db was not called. */
static int db_gc(lua_State *L)
{
    mb_lua_unlink_db(mb_lua_check_class(L, 1, DB));
    return db_gone(L);
}

/* db:close(), of a db from moonbird.connect */
static int db_close(lua_State *L)
{
    mb_db *db = mb_lua_check_class(L, 1, DB);

    if (!db->own)
        return mb_lua_fail(L, MB_ERR_USAGE, "a script cannot close the connection that moonbird "
                                            "gave it");
    mb_lua_check_closable(L, db);
    mb_lua_end_db(db, true);
    return 0;
}

/* ---- statements ---- */

typedef struct request {
    const char *sql; /* or the path of a file */
    size_t len;
    const mb_param *params;
    size_t n;
    mb_result **res;
    int64_t affected;
    mb_statement_watch told;
    const mb_watch *watch;
} request;

static bool send_query(void *self, mb_conn *conn, mb_error *err)
{
    const request *r = self;

    return mb_conn_query(r->res, conn, r->sql, r->n, r->params, err);
}

static bool send_text(void *self, mb_conn *conn, mb_error *err)
{
    request *r = self;

    return mb_exec_text(conn, r->sql, r->len, &(mb_exec_with){.watch = r->watch}, &r->affected,
                        err);
}

static bool send_file(void *self, mb_conn *conn, mb_error *err)
{
    request *r = self;

    return mb_exec_file(conn, r->sql, &(mb_exec_with){.watch = r->watch}, &r->affected, err);
}

/* Sets the pinned settings again after a RESET ALL, which has reset them too. */
static void pin_again(lua_State *L, mb_conn *conn, uint64_t resets)
{
    mb_error err;
    bool open = mb_conn_tx(conn) == MB_TX_OPEN;

    if (mb_conn_resets(conn) == resets || (!open && mb_conn_pooled(conn)))
        return;
    if (!mb_conn_exec(NULL, conn, open ? MB_PINS("LOCAL") : MB_PINS("SESSION"), &err))
        mb_lua_raise(L, &err);
}

static mb_result **query(lua_State *L)
{
    request r = {.sql = (mb_lua_check_db(L, 1), mb_lua_check_sql(L, 2))};
    mb_conn *conn = mb_lua_ready(L, 1);
    uint64_t resets = mb_conn_resets(conn);
    mb_db *db;
    int64_t since;
    mb_error err;

    r.len = strlen(r.sql);
    r.n = (size_t)(lua_gettop(L) - 2);
    r.params = mb_lua_push_params(L, 1, r.sql, 3, (int)r.n);
    r.res = mb_lua_new_result(L);
    db = mb_lua_check_db(L, 1); /* again, since a parameter's metamethod may have closed it */
    mb_lua_check_outside(L, db, r.sql, r.len);
    since = mb_lua_tell_before(L, db, r.sql);
    if (!mb_lua_send(conn, r.sql, r.len, send_query, &r, &err))
        mb_lua_raise_counted(L, 1, r.sql, r.n, &err);
    mb_lua_tell_after(L, db, r.sql, since, mb_result_affected(*r.res));
    pin_again(L, conn, resets);
    mb_lua_sent(db, r.sql, r.len);
    return r.res;
}

/* db:exec(sql, ...) -> affected rows */
static int db_exec(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    request r = {0};
    uint64_t resets;
    mb_conn *conn;
    mb_error err;

    r.sql = luaL_checklstring(L, 2, &r.len);
    if (lua_gettop(L) > 2) {
        mb_result **res = query(L);

        lua_pushinteger(L, mb_result_affected(*res));
        return 1;
    }
    mb_lua_check_sql(L, 2);
    conn = mb_lua_ready(L, 1);
    resets = mb_conn_resets(conn);
    r.watch = mb_lua_watch_here(L, &r.told, db);
    mb_lua_check_outside(L, db, r.sql, r.len);
    if (!mb_lua_send(conn, r.sql, r.len, send_text, &r, &err))
        return mb_lua_raise_counted(L, 1, r.sql, 0, &err);
    pin_again(L, conn, resets);
    mb_lua_sent(db, r.sql, r.len);
    lua_pushinteger(L, r.affected);
    return 1;
}

/* db:query(sql, ...) -> rows, columns */
static int db_query(lua_State *L)
{
    mb_result **res = query(L);

    lua_createtable(L, (int)mb_result_rows(*res), 0); /* -- rows */
    mb_lua_mark_array(L);
    mb_lua_push_names(L, *res); /* -- rows names class */
    lua_pop(L, 1);
    mb_lua_add_rows(L, 1, lua_gettop(L) - 1, res);
    return 2;
}

static void check_one(lua_State *L, const mb_result *res)
{
    mb_error err;

    if (mb_result_rows(res) < 2)
        return;
    mb_fail(&err, MB_ERR_FAILED, "the statement returned %zu rows instead of one",
            mb_result_rows(res));
    mb_fail_hint(&err, "Add a condition or LIMIT 1, or use db:query.");
    mb_lua_raise(L, &err);
}

/* Pushes nil, since no result at all would change the argument count of an enclosing call. */
static int push_absent(lua_State *L)
{
    lua_pushnil(L);
    return 1;
}

/* db:row(sql, ...) -> the one row, or nil */
static int db_row(lua_State *L)
{
    mb_result **res = query(L);
    const mb_column *columns;

    check_one(L, *res);
    if (mb_result_rows(*res) == 0)
        return push_absent(L);
    columns = mb_lua_push_columns(L, 1, *res);
    mb_lua_push_names(L, *res); /* -- names class */
    mb_lua_push_row(L, *res, 0, 0, columns, lua_gettop(L) - 1);
    mb_lua_free_result(res);
    return 1;
}

/* db:value(sql, ...) -> the first column of the one row, or nil */
static int db_value(lua_State *L)
{
    mb_result **res = query(L);
    const mb_column *columns;

    check_one(L, *res);
    if (mb_result_rows(*res) == 0 || mb_result_columns(*res) == 0 || mb_result_null(*res, 0, 0))
        return push_absent(L);
    columns = mb_lua_push_columns(L, 1, *res);
    mb_lua_push_value(L, columns, mb_result_value(*res, 0, 0), mb_result_length(*res, 0, 0));
    mb_lua_free_result(res);
    return 1;
}

/* Raises unless the result has one column. */
static void check_one_column(lua_State *L, const mb_result *res)
{
    mb_error err;

    if (mb_result_columns(res) == 1)
        return;
    mb_fail(&err, MB_ERR_USAGE, "the statement returned %zu columns instead of one",
            mb_result_columns(res));
    mb_fail_hint(&err, "Select one column, or use db:query.");
    mb_lua_raise(L, &err);
}

/* db:column(sql, ...) -> the only column of all rows, with moonbird.null for NULL */
static int db_column(lua_State *L)
{
    mb_result **res = query(L);
    const mb_column *columns;

    check_one_column(L, *res);
    lua_createtable(L, (int)mb_result_rows(*res), 0); /* -- list */
    mb_lua_mark_array(L);
    columns = mb_lua_push_columns(L, 1, *res); /* -- list columns */
    for (size_t i = 0; i < mb_result_rows(*res); i++) {
        if (mb_result_null(*res, i, 0))
            mb_lua_push_null(L);
        else
            mb_lua_push_value(L, columns, mb_result_value(*res, i, 0),
                              mb_result_length(*res, i, 0));
        lua_rawseti(L, -3, (lua_Integer)i + 1);
    }
    lua_pop(L, 1);
    mb_lua_free_result(res);
    return 1;
}

/* db:exists(sql, ...) -> does the query return a row? */
static int db_exists(lua_State *L)
{
    int n = lua_gettop(L) - 2;
    mb_buf *query = (mb_lua_check_db(L, 1), mb_lua_push_query(L, 2)); /* -- query */
    const char *flaw = mb_sql_fragment_flaw(mb_buf_str(query));
    mb_result **res;

    if (flaw)
        mb_lua_fail(L, MB_ERR_USAGE, "the query has %s", flaw);
    /* on a line of its own, since the query may end with a comment */
    lua_pushfstring(L, "SELECT EXISTS (%s\n)", mb_buf_str(query));
    mb_lua_free_buf(L, query);
    lua_replace(L, 2);
    lua_pop(L, 1);
    res = mb_lua_query_told(L, 1, lua_tostring(L, 2), 3, n);
    lua_pushboolean(L, *mb_result_value(*res, 0, 0) == 't');
    mb_lua_free_result(res);
    return 1;
}

static bool may_run(lua_State *L, const char *path, mb_error *err)
{
    const mb_script_env *env = mb_lua_env(L);

    return !env->check_file || !mb_lua_check_db(L, 1)->unrecorded ||
           env->check_file(env->session, path, err);
}

/* db:file(path) -> affected rows of its last statement */
static int db_file(lua_State *L)
{
    const char *path = mb_lua_push_path(L, (mb_lua_check_db(L, 1), mb_lua_check_path(L, 2)));
    request r = {.sql = path};
    uint64_t resets;
    char *shown;
    mb_conn *conn;
    mb_error err;

    if (!mb_path_inside(mb_lua_env(L)->root, path, &err) || !may_run(L, path, &err))
        return mb_lua_raise(L, &err);
    mb_lua_add_loaded(L, path);
    shown = mb_path_in_root(mb_lua_env(L)->root, path);
    r.watch = mb_lua_watch_at(&r.told, mb_lua_check_db(L, 1), lua_pushstring(L, shown));
    free(shown);
    conn = mb_lua_ready(L, 1);
    resets = mb_conn_resets(conn);
    if (!mb_lua_send(conn, NULL, 0, send_file, &r, &err))
        return mb_lua_raise_sql(L, 1, "", &err);
    pin_again(L, conn, resets);
    lua_pushinteger(L, r.affected);
    return 1;
}

/* ---- facts ---- */

static int fact_server_version(lua_State *L)
{
    lua_pushinteger(L, mb_conn_version(mb_lua_check_db(L, 1)->conn));
    return 1;
}

static int fact_database(lua_State *L)
{
    lua_pushstring(L, mb_conn_database(mb_lua_check_db(L, 1)->conn));
    return 1;
}

static int fact_user(lua_State *L)
{
    lua_pushstring(L, mb_conn_user(mb_lua_check_db(L, 1)->conn));
    return 1;
}

static int fact_in_transaction(lua_State *L)
{
    mb_tx tx = mb_conn_tx(mb_lua_check_db(L, 1)->conn);

    lua_pushboolean(L, tx == MB_TX_OPEN || tx == MB_TX_FAILED);
    return 1;
}

/* __index: pushes a method or a fact; any other name raises. */
static int db_index(lua_State *L)
{
    const char *key = luaL_checkstring(L, 2);

    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        return 1;
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    return mb_lua_unknown_key(L, "method of db", key);
}

int mb_open_db(lua_State *L)
{
    static const luaL_Reg statements[] = {
        {"exec", db_exec},   {"query", db_query},   {"row", db_row},
        {"value", db_value}, {"column", db_column}, {"exists", db_exists},
        {"file", db_file},   {"close", db_close},   {NULL, NULL},
    };
    static const luaL_Reg facts[] = {
        {"server_version", fact_server_version},
        {"database", fact_database},
        {"user", fact_user},
        {"in_transaction", fact_in_transaction},
        {NULL, NULL},
    };
    static const luaL_Reg meta[] = {{"__close", db_gone}, {"__gc", db_gc}, {NULL, NULL}};
    static const luaL_Reg *const parts[] = {
        statements, mb_db_rows,        mb_db_text,  mb_db_insert, mb_db_change,
        mb_db_copy, mb_db_transaction, mb_db_batch, mb_db_schema, mb_db_step};

    mb_lua_new_class(L, DB, meta);
    luaL_getmetatable(L, DB); /* -- mt */
    lua_newtable(L);          /* -- mt methods */
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        luaL_setfuncs(L, parts[i], 0);
    mb_lua_add_catalog(L);
    luaL_newlib(L, facts); /* -- mt methods facts */
    lua_pushcclosure(L, db_index, 2);
    lua_setfield(L, -2, "__index");
    return 0;
}

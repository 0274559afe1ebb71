/*
 * rows.c -- db:rows: a cursor as the iterator of a for loop.
 *
 * The loop closes the cursor, even when it ends with a break or an error.  Open cursors are in the
 * list of their db, so that an undone db:try and the end of the call can close them.
 */
#include "cursors.h"

#include <stdio.h>

#define ROWS "moonbird.rows"

/* Adds the error that aborted the transaction, which a pcall in the loop has caught. */
static void add_cause(mb_error *err, mb_db *db)
{
    if (err->code != MB_ERR_FAILED || err->detail[0] || !db->failed[0])
        return;
    mb_fail_detail(err, "The error was: %s", db->failed);
    db->failed[0] = '\0';
}

/* Fetches the next page; false: there is none. */
static bool next_page(lua_State *L, mb_rows *rows)
{
    mb_error err;

    rows->page = NULL;
    rows->at = 0;
    if (!mb_cursor_page(&rows->page, rows->cursor, &err)) {
        add_cause(&err, rows->db);
        mb_rows_finish(rows, false);
        mb_lua_raise(L, &err);
    }
    if (!rows->page)
        mb_rows_finish(rows, true);
    return rows->page != NULL;
}

/* Reads the columns from the first page; if it raises, the next call of the iterator repeats it. */
static void describe(lua_State *L, mb_rows *rows, int self)
{
    int top = lua_gettop(L);

    lua_getiuservalue(L, self, 1);    /* -- db */
    mb_lua_push_names(L, rows->page); /* -- db names class */
    lua_setiuservalue(L, self, 4);
    lua_setiuservalue(L, self, 3);    /* -- db */
    rows->columns = mb_lua_push_columns(L, top + 1, rows->page);
    lua_setiuservalue(L, self, 2);
    lua_settop(L, top);
}

/*
 * __call: rows() -> row or nil; it works without the other values of a for loop too.  A script
 * reaches it only by calling the object, so its class needs no check.
 */
static int rows_next(lua_State *L)
{
    mb_rows *rows = lua_touserdata(L, 1);

    if (rows->cut)
        return mb_lua_fail(L, MB_ERR_USAGE, "these rows are no longer valid: their call, step or "
                                            "connection has ended");
    if (!rows->cursor)
        return 0;
    lua_settop(L, 1);
    if ((!rows->page || rows->at == mb_result_rows(rows->page)) && !next_page(L, rows))
        return 0;
    if (!rows->columns)
        describe(L, rows, 1);
    lua_getiuservalue(L, 1, 3);
    lua_getiuservalue(L, 1, 4); /* -- rows names class */
    mb_lua_push_row(L, rows->page, rows->at++, 0, rows->columns, 2);
    return 1;
}

/* __close(rows, error): an error rolls back the transaction that the loop began.  Never raises. */
static int rows_close(lua_State *L)
{
    mb_rows_finish(mb_lua_check_class(L, 1, ROWS), lua_isnoneornil(L, 2));
    return 0;
}

/*
 * __gc of a cursor that no loop closed: its transaction is not rolled back, as no error is known.
 */
static int rows_gc(lua_State *L)
{
    mb_rows_finish(mb_lua_check_class(L, 1, ROWS), true);
    return 0;
}

/* db:rows(sql, ...) -> rows, rows, nil, rows */
static int db_rows(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    const char *sql = mb_lua_check_sql(L, 2);
    int n = lua_gettop(L) - 2;
    mb_conn *conn = mb_lua_ready(L, 1);
    const mb_param *params = mb_lua_push_params(L, 1, sql, 3, n);
    mb_rows *rows = lua_newuserdatauv(L, sizeof *rows, 4);
    int64_t since = mb_lua_tell_before(L, db, sql);
    mb_error err;

    *rows = (mb_rows){.db = db, .depth = db->depth};
    luaL_setmetatable(L, ROWS);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    if (!mb_cursor_open(&rows->cursor, conn, sql, (size_t)n, params, &err))
        return mb_lua_raise_counted(L, 1, sql, (size_t)n, &err);
    rows->next = db->rows;
    db->rows = rows;
    mb_lua_tell_after(L, db, sql, since, MB_UNSET);
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_pushvalue(L, -2);
    return 4;
}

const luaL_Reg mb_db_rows[] = {{"rows", db_rows}, {NULL, NULL}};

int mb_open_rows(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__call", rows_next},
                                       {"__close", rows_close},
                                       {"close", rows_close},
                                       {"__gc", rows_gc},
                                       {NULL, NULL}};

    mb_lua_new_class(L, ROWS, methods);
    return 0;
}

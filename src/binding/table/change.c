/* change.c -- db:update and db:delete. */
#include "clause.h"

#include "moonbird/sql/quote.h"

/* The stack of both functions, from 1; db:delete has nil at SET. */
enum { DB = 1, TABLE, SET, WHERE, OPTIONS, CONDITION, SQL, VALUES };

static const char *const option_names[] = {"returning", NULL};

static void refuse_no_columns(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "update needs at least one column to set");
    mb_fail_hint(&err,
                 "A key with the value nil does not exist. To set NULL, write moonbird.null.");
    mb_lua_raise(L, &err);
}

/* Pushes the sorted names of the columns to set. */
static void push_set(lua_State *L)
{
    luaL_checktype(L, SET, LUA_TTABLE);
    lua_newtable(L);
    mb_clause_add_keys(L, SET, lua_gettop(L));
    mb_clause_sort(L);
    if (lua_rawlen(L, -1) == 0)
        refuse_no_columns(L);
}

/* Appends SET for the array of names at `names`, and pushes the values after the `n` before. */
static int push_assignments(lua_State *L, mb_buf *sql, int names, int n)
{
    lua_Integer columns = (lua_Integer)lua_rawlen(L, names);

    luaL_checkstack(L, (int)columns + 16, "columns");
    for (lua_Integer i = 1; i <= columns; i++) {
        lua_rawgeti(L, names, i);
        mb_buf_puts(sql, i > 1 ? ", " : " SET ");
        mb_quote_identifier(sql, mb_lua_check_name(L, -1));
        mb_buf_printf(sql, " = $%d", ++n);
        mb_clause_push_value(L, SET);
    }
    return n;
}

/* Runs the statement with the n values from VALUES on, and pushes its rows or their number. */
static int finish(lua_State *L, mb_buf *sql, const mb_buf *condition, int n)
{
    mb_result **res;
    bool returning;

    mb_buf_puts(sql, mb_buf_str(condition));
    returning = mb_clause_add_returning(L, sql, OPTIONS);
    res = mb_lua_query_told(L, DB, mb_buf_str(sql), lua_gettop(L) - n + 1, n);
    if (!returning) {
        lua_pushinteger(L, mb_result_affected(*res));
        return 1;
    }
    lua_newtable(L);
    mb_lua_mark_array(L);
    mb_lua_add_rows(L, DB, lua_gettop(L), res);
    return 1;
}

/* db:update(table, set, where [, options]) -> number of rows, or the returned rows */
static int db_update(lua_State *L)
{
    mb_buf *condition, *sql;
    int n;

    mb_lua_ready(L, DB);
    mb_lua_check_name(L, TABLE);
    lua_settop(L, OPTIONS);
    mb_clause_check_options(L, OPTIONS, "option of update", option_names);
    condition = mb_lua_new_buf(L);
    sql = mb_lua_new_buf(L);
    push_set(L); /* at VALUES, below the values */
    n = mb_clause_push_condition(L, condition, WHERE, "change");
    mb_buf_puts(sql, "UPDATE ");
    mb_quote_relation(sql, lua_tostring(L, TABLE));
    n = push_assignments(L, sql, VALUES, n);
    return finish(L, sql, condition, n);
}

/* db:delete(table, where [, options]) -> number of rows, or the returned rows */
static int db_delete(lua_State *L)
{
    mb_buf *condition, *sql;
    int n;

    mb_lua_ready(L, DB);
    mb_lua_check_name(L, TABLE);
    lua_settop(L, OPTIONS - 1);
    lua_pushnil(L);
    lua_insert(L, SET);
    mb_clause_check_options(L, OPTIONS, "option of delete", option_names);
    condition = mb_lua_new_buf(L);
    sql = mb_lua_new_buf(L);
    n = mb_clause_push_condition(L, condition, WHERE, "delete");
    mb_buf_puts(sql, "DELETE FROM ");
    mb_quote_relation(sql, lua_tostring(L, TABLE));
    return finish(L, sql, condition, n);
}

const luaL_Reg mb_db_change[] = {{"update", db_update}, {"delete", db_delete}, {NULL, NULL}};

/* insert.c -- db:insert: inserts rows, which are tables of names and values. */
#include "clause.h"

#include "binding/value/field.h"

#include "moonbird/sql/quote.h"

#include <string.h>

enum { MOST_VALUES = 10000 }; /* parameters of one statement */

/* The stack of db_insert, from 1. */
enum { DB = 1, TABLE, ROWS, OPTIONS, COLUMNS, RESULT, TAIL, FIXED = TAIL };

/* Pushes the union of the rows' columns as an array. */
static void push_columns(lua_State *L, lua_Integer rows)
{
    lua_newtable(L); /* -- columns */
    for (lua_Integer i = 1; i <= rows; i++) {
        if (lua_rawgeti(L, ROWS, i) != LUA_TTABLE)
            mb_lua_fail(L, MB_ERR_USAGE, "row %lld is a %s, not a table", (long long)i,
                        luaL_typename(L, -1));
        mb_clause_add_keys(L, lua_gettop(L), COLUMNS);
        lua_pop(L, 1);
    }
    mb_clause_sort(L);
}

/* Appends (…), (…) for the rows first .. last and pushes their values; a missing one is DEFAULT. */
static int push_values(lua_State *L, mb_buf *sql, lua_Integer first, lua_Integer last)
{
    lua_Integer columns = (lua_Integer)lua_rawlen(L, COLUMNS);
    int n = 0;

    for (lua_Integer i = first; i <= last; i++) {
        int row = lua_gettop(L) + 1;

        luaL_checkstack(L, (int)columns + 8, "row");
        lua_rawgeti(L, ROWS, i); /* -- row */
        for (lua_Integer c = 1; c <= columns; c++) {
            mb_buf_puts(sql, c > 1 ? ", " : i > first ? ", (" : "(");
            lua_rawgeti(L, COLUMNS, c);
            if (mb_clause_push_value(L, row)) {
                mb_buf_printf(sql, "$%d", ++n);
            } else {
                mb_buf_puts(sql, "DEFAULT");
                lua_pop(L, 1);
            }
        }
        mb_buf_putc(sql, ')');
        lua_remove(L, row);
    }
    return n;
}

/* OVERRIDING for the option, which says whether values count for an identity column; or "". */
static const char *overriding(lua_State *L)
{
    static const char *const whose[] = {"system", "user", NULL};
    const char *text;

    if (mb_field_get(L, OPTIONS, "overriding") == LUA_TNIL) {
        lua_pop(L, 1);
        return "";
    }
    if (lua_type(L, -1) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "\"overriding\" must be \"system\" or \"user\", not a %s",
                    luaL_typename(L, -1));
    text = lua_tostring(L, -1);
    if (strcmp(text, whose[0]) != 0 && strcmp(text, whose[1]) != 0)
        mb_lua_unknown(L, "value of overriding", text, whose);
    lua_pop(L, 1); /* the table of the options keeps it */
    return *text == 's' ? "OVERRIDING SYSTEM VALUE " : "OVERRIDING USER VALUE ";
}

/* Runs one INSERT, appends its returned rows to the array at RESULT, and returns its row count. */
static int64_t insert_some(lua_State *L, lua_Integer first, lua_Integer last, const mb_buf *tail)
{
    mb_buf *sql = mb_lua_new_buf(L);
    int base = lua_gettop(L), n = 0;
    mb_result **res;
    int64_t affected;

    mb_buf_puts(sql, "INSERT INTO ");
    mb_quote_relation(sql, lua_tostring(L, TABLE));
    if (lua_rawlen(L, COLUMNS) == 0) {
        mb_buf_puts(sql, " DEFAULT VALUES");
    } else {
        mb_buf_puts(sql, " (");
        mb_clause_add_names(L, sql, COLUMNS);
        mb_buf_printf(sql, ") %sVALUES ", overriding(L));
        n = push_values(L, sql, first, last);
    }
    mb_buf_puts(sql, mb_buf_str(tail));
    res = mb_lua_query_told(L, DB, sql->data, base + 1, n);
    affected = mb_result_affected(*res);
    if (mb_result_columns(*res) > 0)
        mb_lua_add_rows(L, DB, RESULT, res);
    mb_buf_free(sql);
    lua_settop(L, FIXED);
    return affected;
}

/* The second result of db:query, in the place of the options. */
static void refuse_columns(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "the options of insert are a list, not a table such as "
                                "{ returning = \"id\" }");
    mb_fail_hint(&err, "db:query also returns the names of its columns. To insert only its rows, "
                       "put the call in parentheses: db:insert(t, (db:query(sql))).");
    mb_lua_raise(L, &err);
}

/* Raises for {}, which can be a list without rows as well as a row without columns. */
static void refuse_empty(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "the table is empty: neither a row nor a list of rows");
    mb_fail_hint(&err, "To insert a row of defaults, give { {} }. Build a list that may be empty "
                       "with moonbird.json.array(); db:query returns such a list.");
    mb_lua_raise(L, &err);
}

/* Replaces a single row by a list with it, and returns the number of rows. */
static lua_Integer make_list(lua_State *L)
{
    lua_Integer n;
    mb_table_shape shape = mb_lua_shape(L, ROWS, &n);

    if (shape == MB_SEQUENCE || (shape == MB_EMPTY && mb_lua_is_array(L, ROWS)))
        return n;
    if (shape == MB_NEITHER)
        mb_lua_fail(L, MB_ERR_USAGE,
                    "rows must be one row by column name, or a list with the keys 1 to n and no "
                    "others");
    if (shape == MB_EMPTY && !mb_lua_push_row_columns(L, ROWS)) /* or NULL in each column */
        refuse_empty(L);
    lua_settop(L, OPTIONS);
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, ROWS);
    lua_rawseti(L, -2, 1);
    lua_replace(L, ROWS);
    return 1;
}

static bool has_transaction(lua_State *L)
{
    return mb_lua_check_db(L, DB)->reads || mb_conn_tx(mb_lua_ready(L, DB)) != MB_TX_IDLE;
}

static int db_insert(lua_State *L);

/* Calls db:insert again: several statements are all done, or none. */
static int insert_in_transaction(lua_State *L)
{
    lua_settop(L, OPTIONS);
    lua_pushcfunction(L, db_insert);
    lua_pushvalue(L, DB);
    lua_rotate(L, TABLE, 2);
    return mb_lua_transaction(L);
}

/* db:insert(table, row or rows [, options]) -> affected rows, or the returned rows */
static int db_insert(lua_State *L)
{
    static const char *const options[] = {"returning", "on_conflict", "overriding", NULL};
    lua_Integer rows, n, step;
    int64_t affected = 0;
    bool returning;
    mb_buf *tail;

    mb_lua_ready(L, DB);
    mb_lua_check_name(L, TABLE);
    luaL_checktype(L, ROWS, LUA_TTABLE);
    lua_settop(L, OPTIONS);
    if (lua_istable(L, OPTIONS) && lua_rawlen(L, OPTIONS) > 0)
        refuse_columns(L);
    mb_clause_check_options(L, OPTIONS, "option of insert", options);
    rows = make_list(L);
    push_columns(L, rows);
    lua_newtable(L);
    mb_lua_mark_array(L);
    tail = mb_lua_new_buf(L);
    /* even without a row, so that wrong options always raise */
    (void)overriding(L);
    mb_clause_add_conflict(L, tail, OPTIONS);
    returning = mb_clause_add_returning(L, tail, OPTIONS);
    n = (lua_Integer)lua_rawlen(L, COLUMNS);
    step = n == 0 ? 1 : MOST_VALUES / n > 0 ? MOST_VALUES / n : 1;
    if (rows > step && !has_transaction(L))
        return insert_in_transaction(L);
    for (lua_Integer first = 1; first <= rows; first += step)
        affected += insert_some(L, first, first + step - 1 < rows ? first + step - 1 : rows, tail);
    mb_buf_free(tail);
    if (returning)
        lua_pushvalue(L, RESULT);
    else
        lua_pushinteger(L, affected);
    return 1;
}

const luaL_Reg mb_db_insert[] = {{"insert", db_insert}, {NULL, NULL}};

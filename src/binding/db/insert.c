/* insert.c -- db:insert: inserts rows, which are tables of names and values. */
#include "moonbird/project/source.h"
#include "binding/value/field.h"

#include "moonbird/sql/quote.h"

#include <string.h>

enum { MOST_VALUES = 10000 }; /* parameters of one statement */

/* The stack of db_insert, from 1. */
enum { DB = 1, TABLE, ROWS, OPTIONS, COLUMNS, RESULT, TAIL, FIXED = TAIL };

static void add_keys(lua_State *L, int row, int seen)
{
    if (mb_lua_push_row_columns(L, row)) { /* with the columns that are NULL */
        add_keys(L, lua_gettop(L), seen);
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, row); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            mb_lua_fail(L, MB_ERR_USAGE, "the keys of a row must be column names, not %s",
                        luaL_typename(L, -2));
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, seen);
    }
}

/*
 * Pushes the sorted union of the rows' keys as an array, so that equal rows give equal statements.
 */
static void push_columns(lua_State *L, lua_Integer rows)
{
    lua_Integer n = 0;

    lua_newtable(L); /* -- columns */
    lua_newtable(L); /* -- columns seen */
    for (lua_Integer i = 1; i <= rows; i++) {
        if (lua_rawgeti(L, ROWS, i) != LUA_TTABLE)
            mb_lua_fail(L, MB_ERR_USAGE, "row %lld is a %s, not a table", (long long)i,
                        luaL_typename(L, -1));
        add_keys(L, lua_gettop(L), COLUMNS + 1);
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, COLUMNS + 1); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_rawseti(L, COLUMNS, ++n);
    }
    lua_pop(L, 1);
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, COLUMNS);
    lua_call(L, 1, 0);
    lua_settop(L, COLUMNS);
}

/* Appends the quoted names of an array. */
static void add_names(lua_State *L, mb_buf *sql, int names)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, names);

    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, names, i) != LUA_TSTRING)
            mb_lua_fail(L, MB_ERR_USAGE, "a column name must be a string, not %s",
                        luaL_typename(L, -1));
        mb_buf_puts(sql, i > 1 ? ", " : "");
        mb_quote_identifier(sql, mb_lua_check_name(L, -1));
        lua_pop(L, 1);
    }
}

/*
 * Raises unless the value on top is a list of columns; an empty one is ambiguous, so it raises too.
 */
static void check_list(lua_State *L, const char *what, const char *instead)
{
    lua_Integer n;
    mb_table_shape shape = lua_istable(L, -1) ? mb_lua_shape(L, lua_gettop(L), &n) : MB_NEITHER;

    if (shape == MB_EMPTY)
        mb_lua_fail(L, MB_ERR_USAGE, "%s has no columns: %s", what, instead);
    if (shape != MB_SEQUENCE)
        mb_lua_fail(L, MB_ERR_USAGE, "%s must be a list of columns, not a %s", what,
                    lua_istable(L, -1) ? "table with other keys" : luaL_typename(L, -1));
}

static void add_update(lua_State *L, mb_buf *sql, int names)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, names);

    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, names, i);
        mb_buf_puts(sql, i > 1 ? ", " : " DO UPDATE SET ");
        mb_quote_identifier(sql, mb_lua_check_name(L, -1));
        mb_buf_puts(sql, " = EXCLUDED.");
        mb_quote_identifier(sql, mb_lua_check_name(L, -1));
        lua_pop(L, 1);
    }
}

/*
 * Raises unless on_conflict has columns, and the key "update" with a list.  Otherwise a mistake
 * would mean DO NOTHING, and without columns even for a conflict with any key.
 */
static void check_conflict(lua_State *L, int conflict)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, conflict);

    for (lua_pushnil(L); lua_next(L, conflict); lua_pop(L, 1)) {
        static const char *const names[] = {"update", NULL};
        bool word = lua_type(L, -2) == LUA_TSTRING;

        if (word && strcmp(lua_tostring(L, -2), "update") == 0)
            check_list(L, "\"update\" of on_conflict", "omit it to keep the existing row");
        else if (word)
            mb_lua_unknown(L, "key of on_conflict", lua_tostring(L, -2), names);
        else if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) > n)
            mb_lua_fail(L, MB_ERR_USAGE, "on_conflict must be a list of columns with the keys 1 "
                                         "to n");
    }
    if (n == 0)
        mb_lua_fail(L, MB_ERR_USAGE, "on_conflict has no columns: give the columns of a unique "
                                     "key, such as { \"email\" }, or \"nothing\" for all keys");
}

/* on_conflict = "nothing", or { "email", update = { "name" } } */
static void add_conflict(lua_State *L, mb_buf *sql)
{
    int top = lua_gettop(L);

    if (mb_field_get(L, OPTIONS, "on_conflict") == LUA_TNIL) {
        lua_settop(L, top);
        return;
    }
    mb_buf_puts(sql, " ON CONFLICT");
    if (lua_istable(L, -1)) {
        check_conflict(L, top + 1);
        mb_buf_puts(sql, " (");
        add_names(L, sql, top + 1);
        mb_buf_putc(sql, ')');
        if (mb_field_get(L, top + 1, "update") == LUA_TTABLE)
            add_update(L, sql, top + 2);
        else
            mb_buf_puts(sql, " DO NOTHING");
    } else if (lua_isstring(L, -1) && strcmp(lua_tostring(L, -1), "nothing") == 0) {
        mb_buf_puts(sql, " DO NOTHING");
    } else {
        mb_lua_fail(L, MB_ERR_USAGE,
                    "on_conflict must be \"nothing\" or { columns, update = { columns } }");
    }
    lua_settop(L, top);
}

/* returning = "*", "id" or { "id", ... } */
static void add_returning(lua_State *L, mb_buf *sql)
{
    int top = lua_gettop(L);
    int type = mb_field_get(L, OPTIONS, "returning");

    if (type == LUA_TTABLE) {
        check_list(L, "returning", "give \"*\" for all columns, or omit it to get the number of "
                                   "rows");
        mb_buf_puts(sql, " RETURNING ");
        add_names(L, sql, top + 1);
    } else if (type == LUA_TSTRING && strcmp(lua_tostring(L, -1), "*") == 0) {
        mb_buf_puts(sql, " RETURNING *");
    } else if (type == LUA_TSTRING) {
        mb_buf_puts(sql, " RETURNING ");
        mb_quote_identifier(sql, mb_lua_check_name(L, -1));
    } else if (type != LUA_TNIL) {
        mb_lua_fail(L, MB_ERR_USAGE, "returning must be \"*\", a column or a list of columns");
    }
    lua_settop(L, top);
}

/* True when the row was read with the column whose name is below the top; its nil is then NULL. */
static bool is_column(lua_State *L, int row)
{
    bool found;

    if (!mb_lua_push_row_columns(L, row)) /* -- name nil columns */
        return false;
    lua_pushvalue(L, -3);
    found = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return found;
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
            lua_pushvalue(L, -1);
            if (lua_rawget(L, row) == LUA_TNIL && !is_column(L, row)) {
                mb_buf_puts(sql, "DEFAULT");
                lua_pop(L, 2);
            } else {
                mb_buf_printf(sql, "$%d", ++n);
                lua_remove(L, -2);
            }
        }
        mb_buf_putc(sql, ')');
        lua_remove(L, row);
    }
    return n;
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
        add_names(L, sql, COLUMNS);
        mb_buf_puts(sql, ") VALUES ");
        n = push_values(L, sql, first, last);
    }
    mb_buf_puts(sql, mb_buf_str(tail));
    res = mb_lua_query(L, DB, sql->data, base + 1, n);
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

static void check_options(lua_State *L)
{
    static const char *const names[] = {"returning", "on_conflict", NULL};

    if (lua_rawlen(L, OPTIONS) > 0)
        refuse_columns(L);
    for (lua_pushnil(L); lua_next(L, OPTIONS); lua_pop(L, 1)) {
        const char *name = mb_lua_check_key(L, "option of insert");

        if (strcmp(name, names[0]) != 0 && strcmp(name, names[1]) != 0)
            mb_lua_unknown(L, "option of insert", name, names);
    }
}

/* Replaces a single row by a list with it, and returns the number of rows. */
static lua_Integer make_list(lua_State *L)
{
    lua_Integer n;
    mb_table_shape shape = mb_lua_shape(L, ROWS, &n);

    if (shape == MB_EMPTY || shape == MB_SEQUENCE)
        return n;
    if (shape == MB_NEITHER)
        mb_lua_fail(L, MB_ERR_USAGE,
                    "rows must be one row by column name, or a list with the keys 1 to n and no "
                    "others");
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, ROWS);
    lua_rawseti(L, -2, 1);
    lua_replace(L, ROWS);
    return 1;
}

/* db:insert(table, row or rows [, options]) -> affected rows, or the returned rows */
static int db_insert(lua_State *L)
{
    lua_Integer rows, n, step;
    int64_t affected = 0;
    mb_buf *tail;

    mb_lua_ready(L, DB);
    mb_lua_check_name(L, TABLE);
    luaL_checktype(L, ROWS, LUA_TTABLE);
    lua_settop(L, OPTIONS);
    if (lua_isnil(L, OPTIONS)) {
        lua_newtable(L);
        lua_replace(L, OPTIONS);
    }
    luaL_checktype(L, OPTIONS, LUA_TTABLE);
    check_options(L);
    rows = make_list(L);
    push_columns(L, rows);
    lua_newtable(L);
    tail = mb_lua_new_buf(L);
    add_conflict(L, tail); /* even without a row, so that wrong options always raise */
    add_returning(L, tail);
    n = (lua_Integer)lua_rawlen(L, COLUMNS);
    step = n == 0 ? 1 : MOST_VALUES / n > 0 ? MOST_VALUES / n : 1;
    for (lua_Integer first = 1; first <= rows; first += step)
        affected += insert_some(L, first, first + step - 1 < rows ? first + step - 1 : rows, tail);
    mb_buf_free(tail);
    if (mb_field_get(L, OPTIONS, "returning") == LUA_TNIL)
        lua_pushinteger(L, affected);
    else
        lua_pushvalue(L, RESULT);
    return 1;
}

const luaL_Reg mb_db_insert[] = {{"insert", db_insert}, {NULL, NULL}};

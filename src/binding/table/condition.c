/*
 * condition.c -- the condition of db:update and db:delete.
 *
 * A key that is absent from a table of columns cannot be told from one whose value is nil, so an
 * empty table or a missing one is an error and never means all rows.
 *
 * The condition is the script's SQL in another form.  So its = is the one of the search_path, which
 * also compares the types of extensions: citext has no = in pg_catalog that ignores case.
 */
#include "clause.h"

#include "moonbird/sql/fragment.h"
#include "moonbird/sql/quote.h"

#include <string.h>

static void fail_empty(lua_State *L, const char *verb)
{
    mb_error *err = mb_lua_scratch(L);

    mb_fail(err, MB_ERR_USAGE, "the condition is empty, so it would %s all rows", verb);
    mb_fail_hint(err, "If you mean all rows, give the condition \"true\".");
    mb_lua_raise(L, err);
}

/*
 * Adds SQL that has `values` values.  A parameter above them would take one of the values that
 * db:update sends after them, for the columns that it sets.
 */
static void add_sql(lua_State *L, mb_buf *sql, int text, int values, const char *verb)
{
    const char *s = mb_lua_check_name(L, text), *flaw = mb_sql_fragment_flaw(s);
    size_t n = mb_sql_positional_parameters(s);

    if (s[strspn(s, " \t\r\n")] == '\0')
        fail_empty(L, verb);
    if (flaw)
        mb_lua_fail(L, MB_ERR_USAGE, "the condition has %s", flaw);
    if (n > (size_t)values) {
        mb_error *err = mb_lua_scratch(L);

        mb_fail(err, MB_ERR_USAGE, "the condition has a parameter $%zu, but %d value%s", n, values,
                values == 1 ? "" : "s");
        mb_fail_hint(err, "Write a list of the SQL and a value for each parameter, such as { \"id "
                          "= $1\", 5 }. A nil in the list does not count as a value.");
        mb_lua_raise(L, err);
    }
    mb_buf_printf(sql, " WHERE (%s\n)", s);
}

/* { "n > $1", 5 }: pushes the values. */
static int push_list(lua_State *L, mb_buf *sql, int where, int n, const char *verb)
{
    int text = lua_gettop(L) + 1;

    if (lua_rawgeti(L, where, 1) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "a condition that is a list must begin with SQL, not a %s",
                    luaL_typename(L, -1));
    add_sql(L, sql, text, n - 1, verb);
    lua_remove(L, text);
    luaL_checkstack(L, n + 16, "condition");
    for (int i = 2; i <= n; i++)
        lua_rawgeti(L, where, i);
    return n - 1;
}

/* True for NULL, also with a type; but JSON's null is a value. */
static bool is_null(lua_State *L, int value)
{
    int top = lua_gettop(L);
    bool null = lua_isnil(L, value) || mb_lua_is_null(L, value);
    mb_type type;

    if (!mb_lua_push_typed(L, value)) /* -- value type */
        return null;
    null = (lua_isnil(L, -2) || mb_lua_is_null(L, -2)) &&
           !(mb_lua_type_built_in(lua_tostring(L, -1), &type) && type.kind == MB_KIND_JSON);
    lua_settop(L, top);
    return null;
}

/* Raises for a table that is not a list of values, each of which is equal to itself. */
static void check_values(lua_State *L, int list, const char *column)
{
    mb_error *err = mb_lua_scratch(L);
    lua_Integer n;
    mb_table_shape shape = mb_lua_shape(L, list, &n);

    if (shape != MB_EMPTY && shape != MB_SEQUENCE) {
        mb_fail(err, MB_ERR_USAGE, "the condition for \"%s\" is a table, but not a list", column);
        mb_fail_hint(err, "For JSON, state the type: moonbird.typed(value, \"jsonb\").");
        mb_lua_raise(L, err);
    }
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, list, i);
        if (mb_lua_is_null(L, -1)) {
            mb_fail(err, MB_ERR_USAGE, "the list for \"%s\" contains NULL, and nothing equals NULL",
                    column);
            mb_fail_hint(err, "Write SQL: { \"%s = ANY ($1) OR %s IS NULL\", list }.", column,
                         column);
            mb_lua_raise(L, err);
        }
        lua_pop(L, 1);
    }
}

/* { id = 5, name = moonbird.null, kind = { "a", "b" } }: pushes the values that are sent. */
static int push_columns(lua_State *L, mb_buf *sql, int where, const char *verb)
{
    int names = lua_gettop(L) + 1, n = 0;

    lua_newtable(L);
    mb_clause_add_keys(L, where, names);
    mb_clause_sort(L); /* -- names */
    if (lua_rawlen(L, names) == 0)
        fail_empty(L, verb);
    luaL_checkstack(L, (int)lua_rawlen(L, names) + 16, "condition");
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, names); i++) {
        int value = lua_gettop(L) + 1;
        const char *column;

        lua_rawgeti(L, names, i);
        column = mb_lua_check_name(L, value);
        mb_buf_puts(sql, i > 1 ? " AND " : " WHERE ");
        mb_quote_identifier(sql, column);
        mb_clause_push_value(L, where); /* in the place of the name, which `names` keeps */
        if (is_null(L, value)) {
            mb_buf_puts(sql, " IS NULL");
            lua_pop(L, 1);
        } else if (lua_istable(L, value)) {
            check_values(L, value, column);
            mb_buf_printf(sql, " = ANY ($%d)", ++n);
        } else {
            mb_buf_printf(sql, " = $%d", ++n);
        }
    }
    lua_remove(L, names);
    return n;
}

int mb_clause_push_condition(lua_State *L, mb_buf *sql, int where, const char *verb)
{
    int type = lua_type(L, where);
    mb_table_shape shape;
    lua_Integer n;

    if (type == LUA_TSTRING) {
        add_sql(L, sql, where, 0, verb);
        return 0;
    }
    if (type == LUA_TNIL)
        fail_empty(L, verb);
    if (type != LUA_TTABLE)
        mb_lua_fail(L, MB_ERR_USAGE, "the condition must be a table or SQL, not a %s",
                    luaL_typename(L, where));
    shape = mb_lua_shape(L, where, &n);
    if (shape == MB_SEQUENCE)
        return push_list(L, sql, where, (int)n, verb);
    if (shape == MB_NEITHER)
        mb_lua_fail(L, MB_ERR_USAGE, "the condition must have column names as keys, or be a list "
                                     "of SQL and its values without gaps");
    return push_columns(L, sql, where, verb);
}

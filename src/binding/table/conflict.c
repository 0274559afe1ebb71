/* conflict.c -- ON CONFLICT of db:insert. */
#include "clause.h"

#include "binding/value/field.h"

#include "moonbird/sql/fragment.h"
#include "moonbird/sql/quote.h"

#include <string.h>

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

/* Raises unless the value of the key is a string that is not empty. */
static void check_string(lua_State *L, const char *key)
{
    if (lua_type(L, -1) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" of on_conflict must be a string, not a %s", key,
                    luaL_typename(L, -1));
    if (*mb_lua_check_name(L, -1) == '\0')
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" of on_conflict is empty", key);
}

/*
 * Raises for SQL with a parameter, which would take a value of the rows, and for SQL that could
 * leave its place.
 */
static void check_fragment(lua_State *L, const char *key)
{
    const char *flaw = mb_sql_fragment_flaw(lua_tostring(L, -1));
    size_t n = mb_sql_positional_parameters(lua_tostring(L, -1));

    if (flaw)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" of on_conflict has %s", key, flaw);
    if (n > 0)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" of on_conflict has a parameter $%d, but no values: "
                                     "write the value into it, with db:format",
                    key, (int)n);
}

static void check_key(lua_State *L)
{
    static const char *const names[] = {"expression", "where", "constraint", "update", NULL};
    const char *key = mb_lua_check_key(L, "key of on_conflict");

    for (int i = 0; i < 3; i++)
        if (strcmp(key, names[i]) == 0) {
            check_string(L, key);
            if (i < 2)
                check_fragment(L, key);
            return;
        }
    if (strcmp(key, names[3]) != 0)
        mb_lua_unknown(L, "key of on_conflict", key, names);
    mb_clause_check_list(L, "\"update\" of on_conflict", "omit it to keep the existing row");
}

/*
 * Raises unless on_conflict names one unique key.  Otherwise a mistake would mean DO NOTHING, even
 * for a conflict with any key.  Returns its number of columns.
 */
static lua_Integer check_conflict(lua_State *L, int conflict)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, conflict);
    bool expression = mb_field_get(L, conflict, "expression") != LUA_TNIL;
    bool where = mb_field_get(L, conflict, "where") != LUA_TNIL;
    bool constraint = mb_field_get(L, conflict, "constraint") != LUA_TNIL;

    lua_pop(L, 3);
    for (lua_pushnil(L); lua_next(L, conflict); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            check_key(L);
        else if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) > n)
            mb_lua_fail(L, MB_ERR_USAGE, "on_conflict must be a list of columns with the keys 1 "
                                         "to n");
    if (constraint && (n > 0 || expression || where))
        mb_lua_fail(L, MB_ERR_USAGE, "on_conflict has a constraint, and also columns, an "
                                     "expression or \"where\"");
    if (n == 0 && !expression && !constraint)
        mb_lua_fail(L, MB_ERR_USAGE, "on_conflict has no columns: give the columns of a unique "
                                     "key, such as { \"email\" }, or \"nothing\" for all keys");
    return n;
}

/* Appends the key that the rows can have in common: columns, an expression, or a constraint. */
static void add_target(lua_State *L, mb_buf *sql, int conflict, lua_Integer columns)
{
    int top = lua_gettop(L);

    if (mb_field_get(L, conflict, "constraint") != LUA_TNIL) {
        mb_buf_puts(sql, " ON CONSTRAINT ");
        mb_quote_identifier(sql, lua_tostring(L, -1));
    } else {
        mb_buf_puts(sql, " (");
        mb_clause_add_names(L, sql, conflict);
        if (mb_field_get(L, conflict, "expression") != LUA_TNIL)
            mb_buf_printf(sql, "%s(%s\n)", columns > 0 ? ", " : "", lua_tostring(L, -1));
        mb_buf_putc(sql, ')');
        if (mb_field_get(L, conflict, "where") != LUA_TNIL)
            mb_buf_printf(sql, " WHERE (%s\n)", lua_tostring(L, -1));
    }
    lua_settop(L, top);
}

void mb_clause_add_conflict(lua_State *L, mb_buf *sql, int options)
{
    int top = lua_gettop(L);

    if (mb_field_get(L, options, "on_conflict") == LUA_TNIL) {
        lua_settop(L, top);
        return;
    }
    mb_buf_puts(sql, " ON CONFLICT");
    if (lua_istable(L, -1)) {
        add_target(L, sql, top + 1, check_conflict(L, top + 1));
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

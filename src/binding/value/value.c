/*
 * value.c -- conversion between values of the server and Lua values.
 *
 * A parameter is sent as text, like a quoted literal, and the server decides its type.  The types
 * of the parameters are asked for only when the text of a value depends on them.
 */
#include "binding/binding.h"

#include "moonbird/base/number.h"
#include "moonbird/sql/quote.h"
#include "moonbird/sql/script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- from the server ---- */

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The text of a bytea is in hex format, or in escape format if a script has set bytea_output. */
static void push_bytea(lua_State *L, const char *text, size_t len)
{
    luaL_Buffer buf;
    char *out = luaL_buffinitsize(L, &buf, len), *start = out;
    const char *end = text + len;

    if (len >= 2 && text[0] == '\\' && text[1] == 'x') {
        for (text += 2; text + 1 < end; text += 2)
            *out++ = (char)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
    } else {
        while (text < end) {
            if (*text != '\\') {
                *out++ = *text++;
            } else if (text[1] == '\\') {
                *out++ = '\\';
                text += 2;
            } else {
                *out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
                text += 4;
            }
        }
    }
    luaL_pushresultsize(&buf, (size_t)(out - start));
}

void mb_lua_push_value(lua_State *L, const mb_column *column, const char *text, size_t len)
{
    switch (column->type.kind) {
    case MB_KIND_INTEGER:
        lua_pushinteger(L, strtoll(text, NULL, 10));
        break;
    case MB_KIND_FLOAT:
        lua_pushnumber(L, strtod(text, NULL));
        break;
    case MB_KIND_BOOL:
        lua_pushboolean(L, *text == 't');
        break;
    case MB_KIND_BYTEA:
        push_bytea(L, text, len);
        break;
    case MB_KIND_JSON:
        mb_lua_push_json_value(L, &column->type, text, len);
        break;
    case MB_KIND_ARRAY:
        mb_lua_push_array(L, column, text, len);
        break;
    case MB_KIND_VECTOR:
        mb_lua_push_vector(L, text);
        break;
    case MB_KIND_TEXT:
    case MB_KIND_COMPOSITE:
        lua_pushlstring(L, text, len);
        break;
    }
}

const mb_column *mb_lua_push_columns(lua_State *L, int index, const mb_result *res)
{
    size_t n = mb_result_columns(res);
    mb_column *columns = lua_newuserdatauv(L, (n + 1) * sizeof *columns, 0);

    memset(columns, 0, (n + 1) * sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        mb_lua_type(L, index, mb_result_type(res, i), &columns[i].type);
        if (columns[i].type.kind == MB_KIND_ARRAY)
            mb_lua_type(L, index, columns[i].type.element, &columns[i].element);
    }
    return columns;
}

/* ---- to the server ---- */

static int fail_value(lua_State *L, int value, const mb_type *type, const char *what)
{
    lua_Integer n;
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "%s: a %s cannot be sent as %s", what, luaL_typename(L, value),
            type ? type->name : "a value");
    if (type && lua_istable(L, value) && mb_lua_shape(L, value, &n) == MB_SEQUENCE)
        mb_fail_hint(&err, "A list can be sent as an array or as JSON. Write = ANY ($1) instead of IN "
                           "($1), or cast the parameter to %s[] or jsonb.",
                     type->name);
    else if (type && lua_istable(L, value))
        mb_fail_hint(&err, "A table can be sent as JSON or as a composite value. Cast the parameter, "
                           "or send one field of the table.");
    return mb_lua_raise(L, &err);
}

static void add_number(lua_State *L, mb_buf *out, int value)
{
    lua_Number x = lua_tonumber(L, value);

    if (lua_isinteger(L, value))
        mb_number_add_integer(out, lua_tointeger(L, value));
    else if (isnan(x))
        mb_buf_puts(out, "NaN");
    else if (isinf(x))
        mb_buf_puts(out, x < 0 ? "-Infinity" : "Infinity");
    else
        mb_number_add(out, x);
}

static void add_bytes(mb_buf *out, const char *s, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    mb_buf_puts(out, "\\x");
    mb_buf_reserve(out, 2 * len);
    for (size_t i = 0; i < len; i++) {
        mb_buf_putc(out, digits[(unsigned char)s[i] >> 4]);
        mb_buf_putc(out, digits[(unsigned char)s[i] & 15]);
    }
}

static void add_string(lua_State *L, mb_buf *out, int value, const mb_type *type, const char *what)
{
    size_t len;
    const char *s = lua_tolstring(L, value, &len);

    if (type && type->kind == MB_KIND_BYTEA)
        add_bytes(out, s, len);
    else if (memchr(s, '\0', len))
        mb_lua_fail(L, MB_ERR_USAGE, "%s: a string with a zero byte cannot be sent as %s", what,
                    type ? type->name : "text");
    else
        mb_buf_add(out, s, len);
}

/* Raises for a key that the type does not have: its value would be lost.  The fields are on top. */
static void check_fields(lua_State *L, int value, const mb_type *type, const char *what)
{
    int fields = lua_gettop(L);

    for (lua_pushnil(L); lua_next(L, value); lua_pop(L, 1)) { /* -- fields key value */
        if (lua_type(L, -2) != LUA_TSTRING)
            mb_lua_fail(L, MB_ERR_USAGE, "%s: a table for %s must have the names of its fields "
                                         "as keys",
                        what, type->name);
        lua_pushvalue(L, -2);
        if (lua_rawget(L, fields) == LUA_TNIL)
            mb_lua_fail(L, MB_ERR_USAGE, "%s: %s has no field \"%s\"", what, type->name,
                        lua_tostring(L, -3));
        lua_pop(L, 1);
    }
}

/* Appends a composite: its fields in parentheses, each in quotes, and a NULL as nothing. */
static void add_composite(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                          const char *what)
{
    int top = lua_gettop(L);
    lua_Integer n;

    luaL_checkstack(L, 16, "composite");
    mb_lua_push_fields(L, db, type); /* -- fields */
    check_fields(L, value, type, what);
    n = (lua_Integer)lua_rawlen(L, -1);
    mb_buf_putc(out, '(');
    for (lua_Integer i = 1; i <= n; i++) {
        mb_type field;
        mb_buf *text;

        lua_settop(L, top + 1);
        lua_rawgeti(L, -1, i); /* -- fields field */
        lua_getfield(L, -1, "type");
        mb_lua_type(L, db, (uint32_t)lua_tointeger(L, -1), &field);
        lua_getfield(L, -2, "name");
        lua_rawget(L, value); /* -- fields field oid value */
        if (i > 1)
            mb_buf_putc(out, ',');
        text = mb_lua_new_buf(L);
        if (mb_lua_add_value(L, text, db, top + 4, &field, what))
            mb_quote_element(out, mb_buf_str(text), text->len);
        mb_lua_free_buf(L, text);
    }
    mb_buf_putc(out, ')');
    lua_settop(L, top);
}

static void add_table(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what)
{
    if (type && type->kind == MB_KIND_JSON)
        mb_lua_add_json(L, out, value, what);
    else if (type && type->kind == MB_KIND_ARRAY)
        mb_lua_add_array(L, out, db, value, type, what);
    else if (type && type->kind == MB_KIND_VECTOR)
        mb_lua_add_vector(L, out, value, type, what);
    else if (type && type->kind == MB_KIND_COMPOSITE)
        add_composite(L, out, db, value, type, what);
    else
        fail_value(L, value, type, what);
}

static void add_plain(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what)
{
    const char *decimal = mb_lua_to_decimal(L, value);

    switch (decimal ? LUA_TNIL : lua_type(L, value)) {
    case LUA_TNIL:
        mb_buf_puts(out, decimal);
        break;
    case LUA_TBOOLEAN:
        mb_buf_puts(out, lua_toboolean(L, value) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        add_number(L, out, value);
        break;
    case LUA_TSTRING:
        add_string(L, out, value, type, what);
        break;
    case LUA_TTABLE:
        add_table(L, out, db, value, type, what);
        break;
    default:
        fail_value(L, value, type, what);
    }
}

bool mb_lua_add_value(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what)
{
    int top = lua_gettop(L);
    bool typed, null;
    mb_type named;

    luaL_checkstack(L, 8, "value");
    value = lua_absindex(L, value);
    typed = mb_lua_push_typed(L, value); /* -- [value name] */
    if (typed) {
        value = top + 1;
        if (mb_lua_type_built_in(lua_tostring(L, -1), &named))
            type = &named;
    }
    null = lua_isnil(L, value) || mb_lua_is_null(L, value);
    if (typed && type && type->kind == MB_KIND_JSON) {
        mb_lua_add_json(L, out, value, what);
        null = false;
    } else if (!null) {
        add_plain(L, out, db, value, type, what);
    }
    lua_settop(L, top);
    mb_lua_charge(L, out);
    return !null;
}

/* True when the text of this value depends on the type; bytea, for example, escapes backslashes. */
static bool needs_type(lua_State *L, int value)
{
    size_t len, skip;
    const char *s;
    mb_error why;

    if (lua_type(L, value) != LUA_TSTRING)
        return lua_istable(L, value);
    s = lua_tolstring(L, value, &len);
    return memchr(s, '\\', len) || !mb_text_check(s, len, "", &skip, &why);
}

static const uint32_t *push_parameter_types(lua_State *L, int index, const char *sql, int n)
{
    mb_db *db = mb_lua_check_db(L, index);
    const uint32_t *types;
    uint32_t *copy;
    size_t given;
    mb_error err;

    if (!mb_conn_parameter_types(&types, &given, db->conn, sql, &err))
        mb_lua_raise_counted(L, index, sql, (size_t)n, &err);
    if (given != (size_t)n)
        mb_lua_fail(L, MB_ERR_USAGE, "the statement has %zu parameter%s, but %d value%s given",
                    given, given == 1 ? "" : "s", n, n == 1 ? " is" : "s are");
    copy = lua_newuserdatauv(L, (given + 1) * sizeof *copy, 0);
    memcpy(copy, types, given * sizeof *copy);
    return copy;
}

/*
 * Raises for a type such as numeric(3,1) or interval day: a parameter has only a type, so the value
 * would not be rounded or cut.
 */
static void check_no_modifier(lua_State *L, const char *type)
{
    bool quoted = false, modified = strncasecmp(type, "interval ", strlen("interval ")) == 0;

    for (const char *c = type; *c; c++) {
        quoted = quoted != (*c == '"');
        modified = modified || (!quoted && *c == '(');
    }
    if (modified) {
        mb_error *err = mb_lua_scratch(L);

        mb_fail(err, MB_ERR_USAGE, "the type \"%s\" of a value has a modifier, which a parameter"
                                   " cannot have", type);
        mb_fail_hint(err, "Write the type without it, and the modifier in SQL: $1::numeric(3,1).");
        mb_lua_raise(L, err);
    }
}

/* Replaces the value at `value` by its text, unless it is text; the parameter borrows it. */
static void set_param(lua_State *L, int index, int value, mb_param *param, const uint32_t *asked,
                      int number)
{
    char what[32];
    mb_buf *text;
    mb_type type;
    bool typed;

    *param = (mb_param){0};
    if (!asked && lua_type(L, value) == LUA_TSTRING) { /* needs_type has checked it */
        param->data = lua_tolstring(L, value, &param->len);
        return;
    }
    mb_format_into(what, sizeof what, "parameter $%d", number);
    text = mb_lua_new_buf(L);
    typed = mb_lua_push_typed(L, value); /* -- text [value name] */
    if (typed) {
        check_no_modifier(L, lua_tostring(L, -1));
        mb_lua_type_named(L, index, lua_tostring(L, -1), &type);
        param->type = type.oid;
        lua_pop(L, 2);
    } else if (asked) {
        mb_lua_type(L, index, *asked, &type);
    }
    if (!mb_lua_add_value(L, text, index, value, typed || asked ? &type : NULL, what))
        return;
    param->data = lua_pushlstring(L, mb_buf_str(text), text->len);
    param->len = text->len;
    mb_lua_free_buf(L, text);
    lua_replace(L, value);
}

const mb_param *mb_lua_push_params(lua_State *L, int index, const char *sql, int first, int n)
{
    mb_param *params = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *params, 0);
    const uint32_t *types = NULL;
    int top;

    luaL_checkstack(L, 16, "parameters");
    for (int i = 0; i < n && !types; i++)
        if (needs_type(L, first + i))
            types = push_parameter_types(L, index, sql, n);
    top = lua_gettop(L);
    for (int i = 0; i < n; i++) {
        set_param(L, index, first + i, &params[i], types ? &types[i] : NULL, i + 1);
        lua_settop(L, top);
    }
    return params;
}

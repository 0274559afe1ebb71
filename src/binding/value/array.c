/* array.c -- PostgreSQL's array text (manual, 8.15.6) and Lua tables. */
#include "moonbird/project/source.h"
#include "binding/binding.h"

#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DIMENSIONS = 6 }; /* PostgreSQL's MAXDIM */

typedef struct reader {
    const char *at, *end;
    char delimiter;
    const mb_column *column;
} reader;

static const char *find_quote(const reader *r)
{
    const char *s = r->at;

    while (s < r->end && *s != '"')
        s += *s == '\\' && s + 1 < r->end ? 2 : 1;
    return s;
}

/* Pushes a quoted element; r->at is after the opening quote. */
static void push_quoted(lua_State *L, reader *r)
{
    const char *stop = find_quote(r);
    mb_column element = {.type = r->column->element};
    luaL_Buffer buf;
    size_t len;
    const char *text;

    luaL_buffinitsize(L, &buf, (size_t)(stop - r->at));
    for (; r->at < stop; r->at++) {
        if (*r->at == '\\')
            r->at++;
        luaL_addchar(&buf, *r->at);
    }
    r->at = stop + 1;
    luaL_pushresult(&buf); /* -- text */
    if (element.type.kind == MB_KIND_TEXT)
        return;
    text = lua_tolstring(L, -1, &len);
    mb_lua_push_value(L, &element, text, len);
    lua_remove(L, -2); /* -- value */
}

static void push_bare(lua_State *L, reader *r)
{
    mb_column element = {.type = r->column->element};
    const char *start = r->at;

    while (r->at < r->end && *r->at != r->delimiter && *r->at != '}')
        r->at++;
    if (r->at - start == 4 && memcmp(start, "NULL", 4) == 0)
        mb_lua_push_null(L);
    else
        mb_lua_push_value(L, &element, start, (size_t)(r->at - start));
}

/* Pushes the array in one pair of braces; the server always sends balanced ones. */
static void push_level(lua_State *L, reader *r)
{
    lua_Integer n = 0;

    luaL_checkstack(L, 8, "array");
    lua_newtable(L); /* -- array */
    r->at++;
    while (r->at < r->end && *r->at != '}') {
        if (*r->at == '{') {
            push_level(L, r);
        } else if (*r->at == '"') {
            r->at++;
            push_quoted(L, r);
        } else {
            push_bare(L, r);
        }
        lua_rawseti(L, -2, ++n);
        if (r->at < r->end && *r->at == r->delimiter)
            r->at++;
    }
    r->at++;
    mb_lua_mark_sql_array(L);
}

/* The metatable key for the text of the bounds, when the indexes do not begin with 1. */
static const char bounds_key;

static void mark_bounds(lua_State *L, const char *bounds, size_t len)
{
    lua_createtable(L, 0, 2); /* -- array meta */
    lua_pushlstring(L, bounds, len);
    lua_rawsetp(L, -2, &bounds_key);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void mb_lua_push_array(lua_State *L, const mb_column *column, const char *text, size_t len)
{
    const char *brace = memchr(text, '{', len); /* after the bounds, if these do not begin with 1 */
    reader r = {brace ? brace : text, text + len, column->type.delimiter, column};

    push_level(L, &r);
    if (brace > text)
        mark_bounds(L, text, (size_t)(brace - text));
}

/* Appends [low:high] for each dimension, with `high` from the present length; nothing if empty. */
static void add_bounds(lua_State *L, mb_buf *out, int value)
{
    int top = lua_gettop(L);
    size_t start = out->len;
    const char *bounds = NULL;

    if (lua_getmetatable(L, value) && lua_rawgetp(L, -1, &bounds_key) == LUA_TSTRING)
        bounds = lua_tostring(L, -1);
    lua_pushvalue(L, value);
    while (bounds && (bounds = strchr(bounds, '[')) && lua_istable(L, -1)) {
        long long low = strtoll(++bounds, NULL, 10), n = (long long)lua_rawlen(L, -1);

        if (n == 0) {
            out->len = start;
            break;
        }
        mb_buf_printf(out, "[%lld:%lld]", low, low + n - 1);
        lua_rawgeti(L, -1, 1);
    }
    if (out->len > start)
        mb_buf_putc(out, '=');
    lua_settop(L, top);
}

void mb_lua_push_vector(lua_State *L, const char *text)
{
    lua_Integer n = 0;
    char *end;

    lua_newtable(L); /* -- array */
    for (long long number; number = strtoll(text, &end, 10), end != text; text = end) {
        lua_pushinteger(L, number);
        lua_rawseti(L, -2, ++n);
    }
    mb_lua_mark_array(L);
}

/* The number of elements of the table; raises for a key that is not one of 1 to n. */
static lua_Integer check_sequence(lua_State *L, int value, const mb_type *type, const char *what)
{
    mb_error err;
    lua_Integer n;
    mb_table_shape shape = mb_lua_shape(L, value, &n);

    if (shape == MB_EMPTY || shape == MB_SEQUENCE)
        return n;
    mb_fail(&err, MB_ERR_USAGE, "%s: a table with other keys than 1 to n cannot be sent as"
                                " %s", what,
            type->name);
    mb_fail_hint(&err, "An array must have a value for each of the keys 1 to n and no other key, "
                       "not even \"n\". Use moonbird.null for an element that is NULL.");
    return mb_lua_raise(L, &err);
}

void mb_lua_add_vector(lua_State *L, mb_buf *out, int value, const mb_type *type, const char *what)
{
    lua_Integer n = check_sequence(L, value, type, what);

    for (lua_Integer i = 1; i <= n; i++) {
        if (i > 1)
            mb_buf_putc(out, ' ');
        if (lua_rawgeti(L, value, i) != LUA_TNUMBER || !lua_isinteger(L, -1))
            mb_lua_fail(L, MB_ERR_USAGE, "%s: an element of %s must be an integer, not a %s", what,
                        type->name, luaL_typename(L, -1));
        mb_buf_printf(out, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, -1));
        lua_pop(L, 1);
    }
}

/* The state while an array is written. */
typedef struct writing {
    mb_buf *out;
    int db; /* the index of the db, as for mb_lua_add_value */
    const mb_type *type;
    mb_type element;
    const char *what; /* the array's name in errors */
} writing;

static void add_level(lua_State *L, const writing *w, int value, int level);

/* True when the table is a dimension, not an element; a table that was read has a mark for it. */
static bool is_level(lua_State *L, int value, const mb_type *element)
{
    return lua_istable(L, value) &&
           (mb_lua_is_sql_array(L, value) ||
            (element->kind != MB_KIND_JSON && element->kind != MB_KIND_COMPOSITE &&
             element->kind != MB_KIND_VECTOR));
}

static bool is_off(lua_State *L, const mb_db *db)
{
    mb_result **res;
    mb_error err;
    bool off;

    if (!db->nulls_set)
        return false;
    res = mb_lua_new_result(L);
    if (!mb_conn_exec(res, db->conn, "SHOW array_nulls", &err))
        mb_lua_raise(L, &err);
    off = strcmp(mb_result_value(*res, 0, 0), "on") != 0;
    lua_pop(L, 1);
    return off;
}

void mb_lua_note_array_nulls(lua_State *L, int index)
{
    mb_db *db = luaL_checkudata(L, index, MB_META_DB);

    db->copy_without_nulls = is_off(L, db);
}

static void add_null(lua_State *L, const writing *w)
{
    const mb_db *db = luaL_testudata(L, w->db, MB_META_DB);
    mb_error err;

    if (db && (mb_conn_tx(db->conn) == MB_TX_ACTIVE ? db->copy_without_nulls : is_off(L, db))) {
        mb_fail(&err, MB_ERR_USAGE, "%s: NULL cannot be sent in an array while array_nulls is off",
                w->what);
        mb_fail_hint(&err,
                     "The server would read the string \"NULL\". Run SET LOCAL array_nulls = on "
                     "first.");
        mb_lua_raise(L, &err);
    }
    mb_buf_puts(w->out, "NULL");
}

static void add_element(lua_State *L, const writing *w, int value, int level)
{
    mb_buf *text;

    if (is_level(L, value, &w->element)) {
        add_level(L, w, value, level + 1);
        return;
    }
    text = mb_lua_new_buf(L);
    if (mb_lua_add_value(L, text, w->db, value, &w->element, w->what))
        mb_quote_element(w->out, mb_buf_str(text), text->len);
    else
        add_null(L, w);
    mb_lua_free_buf(L, text);
    lua_pop(L, 1);
}

static void add_level(lua_State *L, const writing *w, int value, int level)
{
    lua_Integer n = check_sequence(L, value, w->type, w->what);

    if (level > MOST_DIMENSIONS)
        mb_lua_fail(L, MB_ERR_USAGE, "%s: more than %d dimensions for %s, or a table that "
                                     "contains itself",
                    w->what, MOST_DIMENSIONS, w->type->name);
    luaL_checkstack(L, 8, "array");
    mb_buf_putc(w->out, '{');
    for (lua_Integer i = 1; i <= n; i++) {
        if (i > 1)
            mb_buf_putc(w->out, w->type->delimiter);
        lua_rawgeti(L, value, i);
        add_element(L, w, lua_gettop(L), level);
        lua_pop(L, 1);
        mb_lua_charge(L, w->out);
    }
    mb_buf_putc(w->out, '}');
}

void mb_lua_add_array(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what)
{
    writing w = {.out = out, .db = db, .type = type, .what = what};

    luaL_checkstack(L, 16, "array");
    mb_lua_type(L, db, type->element, &w.element);
    add_bounds(L, out, value);
    add_level(L, &w, value, 1);
}

/*
 * json.c -- conversion between JSON and Lua values.
 *
 * A decoded table has a mark, so that an empty array is written as an array again.  A table without
 * a mark is an array when its keys are 1 to n, and otherwise an object.
 */
#include "moonbird/project/source.h"
#include "binding/binding.h"

#include "moonbird/base/json.h"
#include "moonbird/base/number.h"
#include "moonbird/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY     "moonbird.json.array"
#define OBJECT    "moonbird.json.object"
#define SQL_ARRAY "moonbird.array"

void mb_lua_mark_array(lua_State *L)
{
    luaL_setmetatable(L, ARRAY);
}

void mb_lua_mark_sql_array(lua_State *L)
{
    luaL_setmetatable(L, SQL_ARRAY);
}

static bool has_mark(lua_State *L, int index, const char *mark)
{
    bool same;

    if (!lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, mark);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

bool mb_lua_is_array(lua_State *L, int index)
{
    return has_mark(L, index, ARRAY);
}

bool mb_lua_is_sql_array(lua_State *L, int index)
{
    return has_mark(L, index, SQL_ARRAY);
}

/* ---- reading ---- */

void mb_lua_push_json_text(lua_State *L, const mb_json_token *token)
{
    luaL_Buffer buf;
    char *out;

    if (!memchr(token->text, '\\', token->len)) {
        lua_pushlstring(L, token->text, token->len);
        return;
    }
    out = luaL_buffinitsize(L, &buf, token->len);
    luaL_pushresultsize(&buf, mb_json_unescape(token, out));
}

static void push_number(lua_State *L, const mb_json_token *token)
{
    int64_t integer;
    double number;

    switch (mb_number_read(token->text, token->len, &integer, &number)) {
    case MB_NUMBER_INTEGER:
        lua_pushinteger(L, integer);
        break;
    case MB_NUMBER_DOUBLE:
        lua_pushnumber(L, number);
        break;
    case MB_NUMBER_TEXT:
        mb_lua_push_decimal(L, token->text, token->len);
        break;
    }
}

void mb_lua_next_json(lua_State *L, mb_json *json, mb_json_token *token)
{
    mb_error *err = mb_lua_scratch(L); /* it is large, and its callers call themselves */

    if (!mb_json_next(json, token, err))
        mb_lua_raise(L, err);
}

static void push_token(lua_State *L, mb_json *json, const mb_json_token *token);

static void push_elements(lua_State *L, mb_json *json)
{
    mb_json_token token;

    lua_newtable(L);
    luaL_setmetatable(L, ARRAY);
    for (lua_Integer i = 1; mb_lua_next_json(L, json, &token), token.kind != MB_JSON_ARRAY_END;
         i++) {
        push_token(L, json, &token);
        lua_rawseti(L, -2, i);
    }
}

static void push_members(lua_State *L, mb_json *json)
{
    mb_json_token token;

    lua_newtable(L);
    luaL_setmetatable(L, OBJECT);
    while (mb_lua_next_json(L, json, &token), token.kind != MB_JSON_OBJECT_END) {
        mb_lua_push_json_text(L, &token);
        mb_lua_next_json(L, json, &token);
        push_token(L, json, &token);
        lua_rawset(L, -3);
    }
}

static void push_token(lua_State *L, mb_json *json, const mb_json_token *token)
{
    luaL_checkstack(L, 8, "JSON");
    switch (token->kind) {
    case MB_JSON_TRUE:
    case MB_JSON_FALSE:
        lua_pushboolean(L, token->kind == MB_JSON_TRUE);
        break;
    case MB_JSON_NUMBER:
        push_number(L, token);
        break;
    case MB_JSON_STRING:
        mb_lua_push_json_text(L, token);
        break;
    case MB_JSON_ARRAY:
        push_elements(L, json);
        break;
    case MB_JSON_OBJECT:
        push_members(L, json);
        break;
    default:
        mb_lua_push_null(L);
    }
}

void mb_lua_push_json(lua_State *L, const char *text, size_t len)
{
    mb_json json;
    mb_json_token token;

    mb_json_read(&json, text, len);
    mb_lua_next_json(L, &json, &token);
    push_token(L, &json, &token);
    mb_lua_next_json(L, &json, &token);
}

void mb_lua_push_json_value(lua_State *L, const mb_type *type, const char *text, size_t len)
{
    mb_lua_push_json(L, text, len);
    if (lua_type(L, -1) == LUA_TSTRING || mb_lua_is_null(L, -1))
        mb_lua_make_typed(L, type->oid == MB_OID_JSON ? "json" : "jsonb");
}

/* ---- writing ---- */

mb_table_shape mb_lua_shape(lua_State *L, int index, lua_Integer *n)
{
    lua_Integer most = 0;
    bool words = false;

    *n = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

        if (key > 0)
            ++*n;
        else if (lua_type(L, -2) == LUA_TSTRING)
            words = true;
        else
            return lua_pop(L, 2), MB_NEITHER;
        most = key > most ? key : most;
    }
    if (words)
        return *n ? MB_NEITHER : MB_OBJECT;
    return *n == 0 ? MB_EMPTY : most == *n ? MB_SEQUENCE : MB_NEITHER;
}

typedef struct key {
    const char *text;
    size_t len;
} key;

/* The element or member that is being written, inside of another one. */
typedef struct place {
    const struct place *outer;
    const key *name;   /* NULL: an element */
    lua_Integer index; /* of an element */
} place;

typedef struct writer {
    mb_buf *out;
    const char *what;
    const place *at; /* NULL: the whole value */
    bool bytes;      /* strings may have any bytes */
    int depth;
} writer;

static void add(lua_State *L, writer *w, int value);

static bool is_word(const key *name)
{
    for (size_t i = 0; i < name->len; i++)
        if (!isalnum((unsigned char)name->text[i]) && name->text[i] != '_')
            return false;
    return name->len > 0 && !isdigit((unsigned char)name->text[0]);
}

/* Pushes the path as Lua spells it, such as guests[2].name; "" for the whole value. */
static const char *push_path(lua_State *L, const place *at)
{
    if (!at)
        return lua_pushliteral(L, "");
    luaL_checkstack(L, 4, "JSON");
    push_path(L, at->outer);
    if (!at->name)
        lua_pushfstring(L, "[%I]", (LUAI_UACINT)at->index);
    else if (is_word(at->name))
        lua_pushfstring(L, "%s%s", at->outer ? "." : "", at->name->text);
    else
        lua_pushfstring(L, "[\"%s\"]", at->name->text);
    lua_concat(L, 2);
    return lua_tostring(L, -1);
}

static void refuse(lua_State *L, const writer *w, const char *why)
{
    const char *path = push_path(L, w->at);

    mb_lua_fail(L, MB_ERR_USAGE, "%s: %s%s%s", w->what, path, *path ? ": " : "", why);
}

/* A lone surrogate, as json_decode gives it, is valid: it is written as an escape sequence. */
static bool is_text(const char *s, size_t len)
{
    size_t at = 0;

    for (;;) {
        at += mb_text_bad(s + at, len - at);
        if (at == len)
            return true;
        if (s[at] && !mb_json_surrogate(s + at, len - at))
            return false;
        at += s[at] ? 3 : 1;
    }
}

static void add_string(lua_State *L, const writer *w, const char *s, size_t len)
{
    if (!w->bytes && !is_text(s, len))
        refuse(L, w, "JSON cannot represent a string that is not UTF-8");
    mb_json_add_string(w->out, s, len);
}

static void add_number(lua_State *L, const writer *w, int value)
{
    lua_Number x = lua_tonumber(L, value);

    if (lua_isinteger(L, value))
        mb_buf_printf(w->out, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, value));
    else if (!isfinite(x))
        refuse(L, w, isnan(x) ? "JSON cannot represent NaN" : "JSON cannot represent infinity");
    else
        mb_number_add(w->out, x);
}

static void add_elements(lua_State *L, writer *w, int value, lua_Integer n)
{
    place here = {.outer = w->at};

    mb_buf_putc(w->out, '[');
    for (here.index = 1; here.index <= n; here.index++) {
        if (here.index > 1)
            mb_buf_putc(w->out, ',');
        lua_rawgeti(L, value, here.index);
        w->at = &here;
        add(L, w, lua_gettop(L));
        w->at = here.outer;
        lua_pop(L, 1);
    }
    mb_buf_putc(w->out, ']');
}

static int by_text(const void *a, const void *b)
{
    const key *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/*
 * Pushes the keys in order, so that equal tables give equal texts.  A weak table can lose entries
 * while this allocates, so the userdata's user value keeps the keys alive.
 */
static const key *push_keys(lua_State *L, int value, size_t *n)
{
    size_t count = 0;
    key *keys;

    for (lua_pushnil(L); lua_next(L, value); lua_pop(L, 1))
        count++;
    keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 1);
    lua_createtable(L, (int)count, 0); /* -- keys kept */
    *n = 0;
    for (lua_pushnil(L); lua_next(L, value); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_rawseti(L, -4, (lua_Integer)*n + 1);
        keys[*n].text = lua_tolstring(L, -2, &keys[*n].len);
        ++*n;
    }
    lua_setiuservalue(L, -2, 1);
    qsort(keys, *n, sizeof *keys, by_text);
    return keys;
}

static void add_members(lua_State *L, writer *w, int value)
{
    size_t n;
    const key *keys = push_keys(L, value, &n); /* -- keys */
    place here = {.outer = w->at};

    mb_buf_putc(w->out, '{');
    for (size_t i = 0; i < n; i++) {
        here.name = &keys[i];
        w->at = &here;
        if (i > 0)
            mb_buf_putc(w->out, ',');
        add_string(L, w, keys[i].text, keys[i].len);
        mb_buf_putc(w->out, ':');
        lua_pushlstring(L, keys[i].text, keys[i].len);
        lua_rawget(L, value); /* -- keys member */
        add(L, w, lua_gettop(L));
        lua_pop(L, 1);
        w->at = here.outer;
    }
    mb_buf_putc(w->out, '}');
    lua_pop(L, 1);
}

static void add_table(lua_State *L, writer *w, int value)
{
    lua_Integer n;
    mb_table_shape shape = mb_lua_shape(L, value, &n);
    bool array = has_mark(L, value, ARRAY) || has_mark(L, value, SQL_ARRAY);
    bool object = has_mark(L, value, OBJECT);

    if (++w->depth > MB_JSON_DEPTH)
        mb_lua_fail(L, MB_ERR_USAGE, "%s: more than 1000 nested levels for JSON, or a table that "
                                     "contains itself",
                    w->what);
    luaL_checkstack(L, 12, "JSON");
    mb_lua_check_interrupt(L);
    if (shape == MB_NEITHER || (array && shape == MB_OBJECT) || (object && shape == MB_SEQUENCE))
        refuse(L, w, "a table for JSON must have either names or the numbers 1 to n as keys");
    if (array || shape == MB_SEQUENCE)
        add_elements(L, w, value, n);
    else
        add_members(L, w, value);
    w->depth--;
}

static void add(lua_State *L, writer *w, int value)
{
    const char *decimal = mb_lua_to_decimal(L, value);
    size_t len;
    const char *s;

    mb_lua_charge(L, w->out);
    if (mb_lua_push_typed(L, value)) { /* -- value name */
        lua_pop(L, 1);
        add(L, w, lua_gettop(L));
        lua_pop(L, 1);
        return;
    }
    switch (decimal || mb_lua_is_null(L, value) ? LUA_TNIL : lua_type(L, value)) {
    case LUA_TNIL:
        mb_buf_puts(w->out, decimal ? decimal : "null");
        break;
    case LUA_TBOOLEAN:
        mb_buf_puts(w->out, lua_toboolean(L, value) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        add_number(L, w, value);
        break;
    case LUA_TSTRING:
        s = lua_tolstring(L, value, &len);
        add_string(L, w, s, len);
        break;
    case LUA_TTABLE:
        add_table(L, w, value);
        break;
    default:
        refuse(L, w, lua_pushfstring(L, "JSON cannot represent a %s", luaL_typename(L, value)));
    }
}

void mb_lua_add_json(lua_State *L, mb_buf *out, int value, const char *what)
{
    writer w = {.out = out, .what = what};

    add(L, &w, lua_absindex(L, value));
}

void mb_lua_add_json_bytes(lua_State *L, mb_buf *out, int value, const char *what)
{
    writer w = {.out = out, .what = what, .bytes = true};

    add(L, &w, lua_absindex(L, value));
}

/* ---- moonbird.json ---- */

static int json_encode(lua_State *L)
{
    mb_buf *out;

    luaL_checkany(L, 1);
    out = mb_lua_new_buf(L);
    mb_lua_add_json(L, out, 1, "json.encode");
    lua_pushlstring(L, out->data, out->len);
    mb_lua_free_buf(L, out);
    return 1;
}

static int json_decode(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    mb_lua_push_json(L, text, len);
    return 1;
}

static int mark(lua_State *L, const char *name)
{
    if (lua_isnoneornil(L, 1))
        lua_newtable(L);
    else
        luaL_checktype(L, 1, LUA_TTABLE);
    luaL_setmetatable(L, name);
    return 1;
}

static int json_array(lua_State *L)
{
    return mark(L, ARRAY);
}

static int json_object(lua_State *L)
{
    return mark(L, OBJECT);
}

/* Makes a metatable that marks a table and that scripts cannot read. */
static void new_mark(lua_State *L, const char *name)
{
    luaL_newmetatable(L, name);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushnil(L); /* messages call the value a table, not by a name of its class */
    lua_setfield(L, -2, "__name");
    lua_pop(L, 1);
}

int mb_open_json(lua_State *L)
{
    static const luaL_Reg functions[] = {{"encode", json_encode},
                                         {"decode", json_decode},
                                         {"array", json_array},
                                         {"object", json_object},
                                         {NULL, NULL}};

    new_mark(L, ARRAY);
    new_mark(L, OBJECT);
    new_mark(L, SQL_ARRAY);
    luaL_newlib(L, functions);
    return 1;
}

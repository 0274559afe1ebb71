#include "parameter.h"

#include "field.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"
#include "moonbird/base/suggest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {
    [MB_PARAMETER_STRING] = "string",   [MB_PARAMETER_NUMBER] = "number",
    [MB_PARAMETER_INTEGER] = "integer", [MB_PARAMETER_FLAG] = "flag",
    [MB_PARAMETER_CHOICE] = "choice",   [MB_PARAMETER_DATE] = "date",
};

enum { TYPES = sizeof types / sizeof types[0] };

static const char *const keys[] = {"string", "number", "integer",  "flag",    "choice",
                                   "date",   "list",   "min",      "max",     "default",
                                   "help",   "required", "secret"};

enum { KEYS = sizeof keys / sizeof keys[0] };

/* ---- from Lua to text ---- */

static void add_number(lua_State *L, int index, mb_buf *out)
{
    lua_Number number = lua_tonumber(L, index);

    if (lua_isinteger(L, index))
        mb_number_add_integer(out, lua_tointeger(L, index));
    else if (isfinite(number))
        mb_number_add(out, number);
    else
        mb_buf_puts(out, "a number that is not finite");
}

static bool add_scalar(lua_State *L, int index, mb_buf *out)
{
    if (lua_type(L, index) == LUA_TNUMBER)
        add_number(L, index, out);
    else if (lua_isboolean(L, index))
        mb_buf_puts(out, lua_toboolean(L, index) ? "true" : "false");
    else if (lua_type(L, index) == LUA_TSTRING)
        mb_buf_puts(out, mb_lua_check_name(L, index));
    else
        return false;
    return true;
}

/* As a JSON array, since an item may contain a comma. */
static bool add_list(lua_State *L, int index, lua_Integer n, mb_buf *out)
{
    mb_buf *item = mb_lua_new_buf(L);
    bool ok = true;

    mb_buf_putc(out, '[');
    for (lua_Integer i = 1; ok && i <= n; i++) {
        lua_rawgeti(L, index, i);
        mb_buf_clear(item);
        ok = add_scalar(L, lua_gettop(L), item);
        mb_buf_puts(out, i > 1 ? "," : "");
        mb_json_add_string(out, mb_buf_str(item), item->len);
        lua_pop(L, 1);
    }
    mb_buf_putc(out, ']');
    lua_pop(L, 1);
    return ok;
}

bool mb_lua_parameter_add_text(lua_State *L, int index, mb_buf *out)
{
    lua_Integer n = lua_istable(L, index) ? mb_list_length(L, index) : -1;

    return n >= 0 ? add_list(L, index, n, out) : add_scalar(L, index, out);
}

static int type_in_lua(mb_parameter_type type)
{
    return type == MB_PARAMETER_FLAG                                    ? LUA_TBOOLEAN
           : type == MB_PARAMETER_NUMBER || type == MB_PARAMETER_INTEGER ? LUA_TNUMBER
                                                                       : LUA_TSTRING;
}

static bool fail_type(lua_State *L, int index, const mb_parameter *arg, const char *subject,
                      mb_error *err)
{
    mb_buf wanted = {0};

    mb_parameter_describe(&wanted, arg);
    mb_fail(err, MB_ERR_USAGE, "%s%s must be %s, not a %s", subject, arg->list ? ": each item" : "",
            wanted.data, luaL_typename(L, index));
    mb_buf_free(&wanted);
    return false;
}

static bool fail_list(lua_State *L, int index, const char *subject, mb_error *err)
{
    return mb_fail(err, MB_ERR_USAGE, "%s must be a list, not a %s", subject,
                   luaL_typename(L, index));
}

static bool check_items(lua_State *L, int index, const mb_parameter *arg, const char *subject,
                        mb_error *err)
{
    lua_Integer n = lua_istable(L, index) ? mb_list_length(L, index) : -1;
    bool ok = n >= 0 || fail_list(L, index, subject, err);

    for (lua_Integer i = 1; ok && i <= n; i++) {
        lua_rawgeti(L, index, i);
        ok = lua_type(L, -1) == type_in_lua(arg->type) ||
             fail_type(L, lua_gettop(L), arg, subject, err);
        lua_pop(L, 1);
    }
    return ok;
}

bool mb_lua_parameter_text(lua_State *L, int index, const mb_parameter *arg, const char *subject,
                       mb_buf *out, mb_error *err)
{
    mb_buf *raw;
    bool ok;

    if (arg->list ? !check_items(L, index, arg, subject, err)
                  : lua_type(L, index) != type_in_lua(arg->type) &&
                        !fail_type(L, index, arg, subject, err))
        return false;
    raw = mb_lua_new_buf(L);
    ok = mb_lua_parameter_add_text(L, index, raw) &&
         mb_parameter_normalize(out, arg, subject, mb_buf_str(raw), err);
    lua_pop(L, 1);
    return ok;
}

/* ---- from text to Lua ---- */

static void push_scalar(lua_State *L, const mb_parameter *arg, const char *text, size_t len)
{
    if (arg->type == MB_PARAMETER_FLAG)
        lua_pushboolean(L, strcmp(text, "true") == 0);
    else if (arg->type != MB_PARAMETER_NUMBER && arg->type != MB_PARAMETER_INTEGER)
        lua_pushlstring(L, text, len);
    else
        lua_stringtonumber(L, text);
}

static void push_list(lua_State *L, const mb_parameter *arg, const char *text, size_t len)
{
    mb_buf *item = mb_lua_new_buf(L);
    mb_json_token token = {.kind = MB_JSON_END};
    mb_json json;
    mb_error err;

    mb_json_read(&json, text, len);
    mb_array_push(L); /* -- item array */
    while (mb_json_next(&json, &token, &err) && token.kind != MB_JSON_ARRAY_END) {
        if (token.kind == MB_JSON_ARRAY)
            continue;
        mb_buf_clear(item);
        mb_buf_add(item, token.text, token.len);
        if (token.kind == MB_JSON_STRING) {
            item->len = mb_json_unescape(&token, item->data);
            item->data[item->len] = '\0';
        }
        push_scalar(L, arg, mb_buf_str(item), item->len);
        mb_array_append(L);
    }
    lua_remove(L, -2);
}

void mb_lua_parameter_push(lua_State *L, const mb_parameter *arg, const char *subject,
                           const char *text)
{
    mb_buf *normal;
    mb_error err;

    if (!arg) {
        lua_pushstring(L, text);
        return;
    }
    normal = mb_lua_new_buf(L);
    if (!mb_parameter_normalize(normal, arg, subject, text, &err))
        mb_lua_raise_plain(L, &err);
    if (arg->list)
        push_list(L, arg, mb_buf_str(normal), normal->len);
    else
        push_scalar(L, arg, mb_buf_str(normal), normal->len);
    lua_remove(L, -2);
}

/* ---- declarations ---- */

typedef struct reader {
    lua_State *L;
    int spec; /* the index of the declaration */
    const char *what;
    mb_parameter *out;
    mb_error *err;
} reader;

static bool fail(const reader *r, const char *text)
{
    return mb_fail(r->err, MB_ERR_FILE, "%s \"%s\" %s", r->what, r->out->name, text);
}

static bool fail_key(const reader *r, const char *key, const char *wanted)
{
    return mb_fail(r->err, MB_ERR_FILE, "%s \"%s\": \"%s\" must be %s, not a %s", r->what,
                   r->out->name, key, wanted, luaL_typename(r->L, -1));
}

static bool read_flag(const reader *r, const char *key, bool *out)
{
    int type = mb_field_get(r->L, r->spec, key);
    bool ok = type == LUA_TNIL || type == LUA_TBOOLEAN || fail_key(r, key, "true or false");

    *out = lua_toboolean(r->L, -1);
    lua_pop(r->L, 1);
    return ok;
}

static bool read_choices(const reader *r)
{
    mb_parameter *out = r->out;
    lua_Integer n;
    bool ok = mb_field_get(r->L, r->spec, "choice") == LUA_TTABLE;

    n = ok ? mb_list_length(r->L, lua_gettop(r->L)) : 0;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(r->L, -1, i);
        ok = ok && lua_type(r->L, -1) == LUA_TSTRING;
        if (ok) {
            out->choices = mb_grow(out->choices, out->n_choices, sizeof *out->choices);
            out->choices[out->n_choices++] = mb_strdup(mb_lua_check_name(r->L, -1));
        }
        lua_pop(r->L, 1);
    }
    lua_pop(r->L, 1);
    return (ok && n > 0) || fail(r, "needs a list of strings in \"choice\"");
}

static bool read_type(const reader *r)
{
    int first = -1;

    for (int i = 0; i < TYPES; i++) {
        bool set = mb_field_get(r->L, r->spec, types[i]) != LUA_TNIL;

        lua_pop(r->L, 1);
        if (i != MB_PARAMETER_CHOICE && !read_flag(r, types[i], &set))
            return false;
        if (set && first >= 0)
            return mb_fail(r->err, MB_ERR_FILE, "%s \"%s\" has two types: %s and %s", r->what,
                           r->out->name, types[first], types[i]);
        first = set ? i : first;
    }
    r->out->type = first >= 0 ? (mb_parameter_type)first : MB_PARAMETER_STRING;
    return r->out->type != MB_PARAMETER_CHOICE || read_choices(r);
}

static bool read_kind(const reader *r)
{
    return read_type(r) && read_flag(r, "list", &r->out->list) &&
           read_flag(r, "required", &r->out->required) && read_flag(r, "secret", &r->out->secret) &&
           (!r->out->list || r->out->type != MB_PARAMETER_FLAG ||
            fail(r, "cannot be a list of flags"));
}

/* Reads a value of the declared type; *out is NULL if there is no value. */
static bool read_value(const reader *r, const char *key, const mb_parameter *arg, const char **out)
{
    const char *subject = lua_pushfstring(r->L, "%s \"%s\": \"%s\"", r->what, r->out->name, key);
    mb_buf *text = mb_lua_new_buf(r->L);
    bool there = mb_field_get(r->L, r->spec, key) != LUA_TNIL;
    bool ok = !there || mb_lua_parameter_text(r->L, lua_gettop(r->L), arg, subject, text, r->err);

    if (ok && there)
        *out = mb_strdup(mb_buf_str(text));
    if (!ok)
        r->err->code = MB_ERR_FILE;
    lua_pop(r->L, 3);
    return ok;
}

static bool read_range(const reader *r)
{
    mb_parameter *out = r->out;
    const mb_parameter one = {.type = out->type}; /* without a range yet */
    bool min = mb_field_get(r->L, r->spec, "min") != LUA_TNIL;
    bool max = mb_field_get(r->L, r->spec, "max") != LUA_TNIL;

    lua_pop(r->L, 2);
    if ((min || max) && type_in_lua(out->type) != LUA_TNUMBER)
        return fail(r, "has \"min\" or \"max\", but is neither a number nor an integer");
    if (!read_value(r, "min", &one, &out->min) || !read_value(r, "max", &one, &out->max))
        return false;
    return !out->min || !out->max || strtod(out->min, NULL) <= strtod(out->max, NULL) ||
           fail(r, "has a \"min\" that is greater than its \"max\"");
}

static bool read_default(const reader *r)
{
    mb_parameter *out = r->out;

    if (!read_value(r, "default", out, &out->preset))
        return false;
    if (out->preset && out->required)
        return fail(r, "is required but has a default");
    if (out->preset && out->secret)
        return fail(r, "is a secret but has a default");
    if (!out->preset && out->type == MB_PARAMETER_FLAG && !out->required && !out->secret)
        out->preset = mb_strdup("false");
    return true;
}

static bool read_help(const reader *r)
{
    int type = mb_field_get(r->L, r->spec, "help");
    bool ok = type == LUA_TNIL || type == LUA_TSTRING || fail_key(r, "help", "a string");

    if (type == LUA_TSTRING)
        r->out->help = mb_strdup(mb_lua_text(r->L, -1));
    lua_pop(r->L, 1);
    return ok;
}

/* Many languages write type = "integer"; here the name of the type is a key. */
static bool fail_type_key(lua_State *L, int index, mb_error *err)
{
    bool string = mb_field_get(L, index, "type") == LUA_TSTRING;
    const char *type = string ? lua_tostring(L, -1) : "";

    if (strcmp(type, types[MB_PARAMETER_CHOICE]) == 0)
        mb_fail_hint(err, "Write choice = { \"a\", \"b\" }, with the strings that are allowed.");
    for (int i = 0; i < TYPES; i++)
        if (i != MB_PARAMETER_CHOICE && strcmp(type, types[i]) == 0)
            mb_fail_hint(err, "Write %s = true.", types[i]);
    if (!err->hint[0])
        mb_fail_hint(err, "The name of the type is the key, such as integer = true.");
    lua_pop(L, 1);
    return false;
}

bool mb_lua_parameter_check_keys(lua_State *L, int index, const char *name, const char **bad,
                                 mb_error *err)
{
    *bad = mb_field_get(L, index, "type") != LUA_TNIL ? "type" : NULL;
    lua_pop(L, 1);
    if (*bad) {
        mb_fail(err, MB_ERR_FILE, "parameter \"%s\": unknown key \"type\"", name);
        return fail_type_key(L, index, err);
    }
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        size_t i = 0;

        *bad = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        while (*bad && i < KEYS && strcmp(keys[i], *bad) != 0)
            i++;
        if (*bad && i < KEYS)
            continue;
        if (*bad)
            mb_fail(err, MB_ERR_FILE, "parameter \"%s\": unknown key \"%s\"", name, *bad);
        else
            mb_fail(err, MB_ERR_FILE, "parameter \"%s\" has a value without a key", name);
        mb_suggest_key(err, *bad ? *bad : "", keys, KEYS);
        lua_pop(L, 2);
        return false;
    }
    return true;
}

bool mb_lua_parameter_read(lua_State *L, int index, const char *what, mb_parameter *out,
                           mb_error *err)
{
    reader r = {.L = L, .spec = index, .what = what, .out = out};

    r.err = err;
    luaL_checkstack(L, 12, "a parameter");
    return read_kind(&r) && read_range(&r) && read_default(&r) && read_help(&r);
}

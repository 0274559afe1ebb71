/*
 * error.c -- conversion between an mb_error and a Lua error.
 *
 * In Lua the error is a table with the fields below, and `kind` for the code.  A script may change
 * the fields: the changed ones are read when the error returns to C.
 */
#include "binding/binding.h"
#include "place.h"
#include "hints.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"
#include "moonbird/sql/script.h"
#include "moonbird/base/show.h"
#include "moonbird/base/suggest.h"
#include "moonbird/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR "moonbird.error"

enum { MOST_CAUSES = 8 };

static const struct {
    const char *key;
    size_t offset, size;
} texts[] = {
#define TEXT(key, member)                                                                          \
    {                                                                                              \
        key, offsetof(mb_error, member), sizeof(((mb_error *)0)->member)                           \
    }
    TEXT("message", message), TEXT("sqlstate", sqlstate),  TEXT("detail", detail),
    TEXT("hint", hint),       TEXT("context", context),    TEXT("file", file),
    TEXT("sql", sql),         TEXT("source", source),      TEXT("schema", schema),
    TEXT("table", table),     TEXT("column", column_name), TEXT("constraint", constraint),
#undef TEXT
};

static const struct {
    const char *key;
    size_t offset;
} numbers[] = {
    {"line", offsetof(mb_error, line)},
    {"file_column", offsetof(mb_error, column)},
    {"position", offsetof(mb_error, position)},
    {"caret", offsetof(mb_error, caret)},
};

bool mb_lua_is_error_field(const char *name)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i].key, name) == 0)
            return true;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(numbers[i].key, name) == 0)
            return true;
    return strcmp(name, "kind") == 0 || strcmp(name, "cause") == 0;
}

void mb_lua_push_error(lua_State *L, const mb_error *err)
{
    if (err->code == MB_ERR_INTERRUPTED)
        mb_lua_leave(L);
    lua_createtable(L, 0, 8); /* -- e */
    lua_pushstring(L, mb_code_name(err->code));
    lua_setfield(L, -2, "kind");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *s = (const char *)err + texts[i].offset;

        if (!*s && i > 0)
            continue;
        lua_pushstring(L, s);              /* -- e s */
        lua_setfield(L, -2, texts[i].key); /* -- e */
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int n = *(const int *)((const char *)err + numbers[i].offset);

        if (n == 0)
            continue;
        lua_pushinteger(L, n);
        lua_setfield(L, -2, numbers[i].key);
    }
    luaL_setmetatable(L, ERROR);
}

static bool is_error(lua_State *L, int index)
{
    bool same;

    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, ERROR);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/*
 * Reads the string on top.  A string of a script may have any bytes, but the history and JSON
 * accept only UTF-8, so other bytes become escapes, as in the log.
 */
static void read_text_field(lua_State *L, char *out, size_t size)
{
    mb_buf shown = {0};
    size_t len;

    mb_format_into(out, size, "%s", mb_lua_text(L, -1));
    len = strlen(out);
    if (mb_text_bad(out, len) == len)
        return;
    mb_show(&shown, out, len, MB_SHOW_LINES);
    mb_format_into(out, size, "%s", mb_buf_str(&shown));
    mb_buf_free(&shown);
}

static void read_text(lua_State *L, int index, const char *key, char *out, size_t size)
{
    lua_pushstring(L, key);
    lua_rawget(L, index);
    if (lua_isstring(L, -1)) /* or a number */
        read_text_field(L, out, size);
    lua_pop(L, 1);
}

static void read_number(lua_State *L, int index, const char *key, int *out)
{
    lua_pushstring(L, key);
    lua_rawget(L, index);
    if (lua_isinteger(L, -1))
        *out = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
}

static void read_any(lua_State *L, int index, mb_error *err, int depth);

/*
 * Reads the field `cause`: fields that the table does not set come from its cause, for example the
 * place and the SQLSTATE.
 */
static void read_cause(lua_State *L, int index, mb_error *err, int depth)
{
    if (!lua_checkstack(L, LUA_MINSTACK))
        return;
    lua_pushliteral(L, "cause");
    lua_rawget(L, index);
    if (!lua_isnil(L, -1) && depth < MOST_CAUSES)
        read_any(L, lua_gettop(L), err, depth + 1);
    lua_pop(L, 1);
}

/* Appends the message of the cause to that of the table, if the table has one. */
static void read_message(lua_State *L, int index, mb_error *err)
{
    char cause[sizeof err->message], own[sizeof err->message] = "";

    read_text(L, index, "message", own, sizeof own);
    strcpy(cause, err->message);
    if (*own)
        mb_format_into(err->message, sizeof err->message, "%s%s%s", own, *cause ? ": " : "",
                       cause);
}

static void read_table(lua_State *L, int index, mb_error *err, int depth)
{
    char kind[16] = "";

    read_cause(L, index, err, depth);
    read_message(L, index, err);
    for (size_t i = 1; i < sizeof texts / sizeof texts[0]; i++) /* the first is the message */
        read_text(L, index, texts[i].key, (char *)err + texts[i].offset, texts[i].size);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        read_number(L, index, numbers[i].key, (int *)((char *)err + numbers[i].offset));
    read_text(L, index, "kind", kind, sizeof kind);
    if (is_error(L, index))
        err->code = mb_code_from_name(kind);
}

static void add_lua_hint(mb_error *err, const char *hint)
{
    if (hint && !*err->hint)
        mb_fail_hint(err, "%s", hint);
}

static void say_memory(lua_State *L, mb_error *err)
{
    mb_fail(err, MB_ERR_SCRIPT, "the script needs more than %zu MiB of memory",
            mb_lua_memory(L) >> 20);
    mb_fail_hint(err, "Read rows one by one with db:rows, or raise \"memory\" in moonbird.lua.");
}

/* Recognizes the message of LUA_ERRMEM, also after a script has raised it again. */
static bool is_memory(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TSTRING &&
           strcmp(lua_tostring(L, index), "not enough memory") == 0;
}

/* False for nil, and for a value that luaL_tolstring can only show as its address. */
static bool has_text(lua_State *L, int index)
{
    if (lua_isstring(L, index) || lua_isboolean(L, index))
        return true;
    if (luaL_getmetafield(L, index, "__tostring") == LUA_TNIL)
        return false;
    lua_pop(L, 1);
    return true;
}

/* Reads an error that is not a table with a message. */
static void read_value(lua_State *L, int index, mb_error *err)
{
    if (has_text(L, index)) {
        luaL_tolstring(L, index, NULL);
        read_text_field(L, err->message, sizeof err->message);
        lua_pop(L, 1);
    } else {
        mb_format_into(err->message, sizeof err->message,
                       "the script raised an error without a message");
    }
}

static void read_any(lua_State *L, int index, mb_error *err, int depth)
{
    if (is_memory(L, index)) {
        say_memory(L, err);
        return;
    }
    if (lua_istable(L, index))
        read_table(L, index, err, depth);
    if (!err->message[0] && !is_error(L, index))
        read_value(L, index, err);
    if (depth > 0 && lua_type(L, index) == LUA_TSTRING)
        mb_lua_read_earlier_place(err);
}

void mb_lua_read_error(lua_State *L, int index, mb_error *err)
{
    mb_fail(err, MB_ERR_SCRIPT, "%s", "");
    read_any(L, lua_absindex(L, index), err, 0);
}

int mb_lua_raise(lua_State *L, const mb_error *err)
{
    mb_error placed = *err;

    mb_lua_add_place(L, &placed, true);
    mb_lua_push_error(L, &placed);
    return lua_error(L);
}

void mb_lua_push_plain(lua_State *L, const mb_error *err)
{
    mb_lua_push_error(L, err);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "plain");
}

int mb_lua_raise_plain(lua_State *L, const mb_error *err)
{
    mb_lua_push_plain(L, err);
    return lua_error(L);
}

static bool is_plain(lua_State *L, int index)
{
    bool plain = false;

    if (is_error(L, index)) {
        lua_getfield(L, index, "plain");
        plain = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return plain;
}

int mb_lua_raise_syntax(lua_State *L, const char *path)
{
    const char *text = lua_tostring(L, -1), *rest;
    size_t shown = strlen(path) < LUA_IDSIZE ? strlen(path) : LUA_IDSIZE - 1;
    mb_error err;
    char *end;

    mb_fail(&err, MB_ERR_FILE, "%s", text);
    if (strlen(text) > shown && text[shown] == ':') {
        err.line = (int)strtol(text + shown + 1, &end, 10);
        rest = *end == ':' && end[1] == ' ' ? end + 2 : end;
        mb_format_into(err.message, sizeof err.message, "%s", rest);
    }
    mb_format_into(err.file, sizeof err.file, "%s", path);
    add_lua_hint(&err, mb_lua_syntax_hint(err.message));
    return mb_lua_raise(L, &err);
}

int mb_lua_fail(lua_State *L, mb_code code, const char *fmt, ...)
{
    mb_error err = {.code = code};
    va_list ap;

    va_start(ap, fmt);
    mb_vformat_into(err.message, sizeof err.message, fmt, ap);
    va_end(ap);
    return mb_lua_raise(L, &err);
}

static int raise_unknown(lua_State *L, const char *what, const char *given, const char *nearest)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "unknown %s \"%s\"", what, given);
    if (nearest)
        mb_fail_hint(&err, "Did you mean \"%s\"?", nearest);
    else
        add_lua_hint(&err, mb_lua_running_hint(err.message));
    return mb_lua_raise(L, &err);
}

int mb_lua_unknown(lua_State *L, const char *what, const char *given, const char *const *words)
{
    size_t n = 0;

    while (words[n])
        n++;
    return raise_unknown(L, what, given, mb_nearest(given, words, n));
}

const char *mb_lua_check_key(lua_State *L, const char *what)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "unknown %s: the key is a %s, not a name", what,
                    luaL_typename(L, -2));
    return lua_tostring(L, -2);
}

const char *mb_lua_nearest_key(lua_State *L, const char *given)
{
    const char **words;
    size_t n = 0;
    int table = lua_gettop(L);

    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n++;
    words = lua_newuserdatauv(L, (n + 1) * sizeof *words, 0);
    n = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            words[n++] = lua_tostring(L, -2);
    return mb_nearest(given, words, n);
}

int mb_lua_unknown_key(lua_State *L, const char *what, const char *given)
{
    return raise_unknown(L, what, given, mb_lua_nearest_key(L, given));
}

void mb_lua_check_interrupt(lua_State *L)
{
    mb_error err;

    if (mb_interrupt_check(&err))
        return;
    mb_lua_leave(L);
    mb_lua_raise(L, &err);
}

int mb_lua_error(lua_State *L)
{
    lua_Integer level = luaL_optinteger(L, 2, 1);

    lua_settop(L, 2);
    lua_pushvalue(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
        luaL_where(L, (int)level);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* True in the message handler of error(text, 0): the script wants its text alone. */
static bool is_bare(lua_State *L)
{
    bool bare = false;
    lua_Debug ar;

    if (lua_type(L, 1) != LUA_TSTRING || !lua_getstack(L, 1, &ar))
        return false;
    lua_getinfo(L, "f", &ar);
    if (lua_tocfunction(L, -1) == mb_lua_error && lua_getlocal(L, &ar, 2)) {
        bare = lua_isinteger(L, -1) && lua_tointeger(L, -1) == 0;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return bare;
}

/* True for an error whose text is enough for the user: a traceback would only hide it. */
static bool is_told(lua_State *L)
{
    bool told;

    if (!lua_istable(L, 1) || is_error(L, 1))
        return is_plain(L, 1) || is_bare(L);
    lua_pushliteral(L, "message");
    told = lua_rawget(L, 1) == LUA_TSTRING;
    lua_pop(L, 1);
    return told;
}

/*
 * The message handler runs at the place of the error, so it sees the stack.  It writes the error
 * into the caller's struct at once: after the call has failed, nothing may allocate, since a raise
 * would not be caught.
 */
static int on_error(lua_State *L)
{
    mb_error *err = *mb_lua_caught(L);
    bool whole = is_error(L, 1);

    mb_lua_read_error(L, 1, err);
    if (lua_type(L, 1) == LUA_TSTRING) {
        mb_lua_read_place(L, err);
        add_lua_hint(err, mb_lua_running_hint(err->message));
    }
    if (!whole)
        mb_lua_add_place(L, err, !is_bare(L));
    if (!is_told(L))
        mb_lua_add_traceback(L, err);
    return 1;
}

int mb_lua_raise_memory(lua_State *L)
{
    mb_error err;

    say_memory(L, &err);
    return mb_lua_raise(L, &err);
}

bool mb_lua_call(lua_State *L, int nargs, int nresults, mb_error *err)
{
    int base = lua_gettop(L) - nargs; /* the index of the function */
    mb_error **caught = mb_lua_caught(L), *outer = *caught;
    int status;

    *caught = err;
    lua_pushcfunction(L, on_error);
    lua_insert(L, base);
    status = lua_pcall(L, nargs, nresults, base);
    lua_remove(L, base);
    *caught = outer;
    if (status == LUA_OK)
        return true;
    if (status == LUA_ERRMEM)
        say_memory(L, err);
    else if (status == LUA_ERRERR)
        mb_fail(err, MB_ERR_SCRIPT, "error in error handling");
    lua_pop(L, 1);
    return false;
}

static int error_tostring(lua_State *L)
{
    mb_buf *text;
    mb_error err;

    luaL_checktype(L, 1, LUA_TTABLE);
    mb_lua_read_error(L, 1, &err);
    text = mb_lua_new_buf(L);
    text->data = mb_error_text(&err);
    lua_pushstring(L, text->data);
    mb_buf_free(text);
    return 1;
}

int mb_open_error(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"__tostring", error_tostring}, {"__concat", mb_lua_concat}, {NULL, NULL}};

    luaL_newmetatable(L, ERROR);
    luaL_setfuncs(L, methods, 0);
    lua_pushliteral(L, "protected");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    return 0;
}

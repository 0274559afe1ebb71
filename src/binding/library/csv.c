/* csv.c -- moonbird.csv: the rows of a CSV file as the iterator of a for loop. */
#include "binding/value/field.h"

#include "moonbird/base/csv.h"
#include "moonbird/os/file.h"

#include <string.h>

#define CSV "moonbird.csv"

/* The user values of a reader. */
enum { NAMES = 1, NULL_TEXT, PATH, ROW_CLASS, ON_ERROR, VALUES = ON_ERROR };

typedef struct reader {
    mb_csv *csv; /* NULL: closed */
    size_t columns; /* 0: no row was read yet */
    bool named;
    const char *null; /* the text of NULL, without quotes; NULL_TEXT keeps it */
} reader;

static bool is_blank(const mb_csv_field *fields, size_t n)
{
    return n == 1 && fields->len == 0 && !fields->quoted;
}

/* As for COPY, a blank line is a row only if there is a single column: its value is empty. */
static bool check_length(lua_State *L, const reader *r, const mb_csv_field *fields, size_t n,
                         mb_error *err)
{
    if (n == 0 || r->columns == 0 || n == r->columns)
        return true;
    if (is_blank(fields, n))
        mb_fail(err, MB_ERR_FILE, "the line is blank instead of a row of %zu fields", r->columns);
    else
        mb_fail(err, MB_ERR_FILE, "the row has the wrong number of fields: %zu instead of %zu", n,
                r->columns);
    lua_getiuservalue(L, 1, PATH);
    mb_fail_at(err, lua_tostring(L, -1), mb_csv_line(r->csv), 0);
    lua_pop(L, 1);
    return false;
}

/* Calls on_error(text, line, message) for the last record; raises *err if there is no such function. */
static void reject(lua_State *L, const reader *r, mb_error *err)
{
    mb_buf *text = mb_lua_new_buf(L);
    int line = mb_csv_line(r->csv);
    bool called = lua_getiuservalue(L, 1, ON_ERROR) == LUA_TFUNCTION,
         ended = mb_csv_reject(r->csv, text, err);

    if (ended && !called && !*err->hint)
        mb_fail_hint(err, "With the option on_error, a function gets such rows, and the loop goes "
                          "on.");
    if (!ended || !called)
        mb_lua_raise(L, err);
    lua_pushlstring(L, mb_buf_str(text), text->len); /* -- buffer on_error text */
    mb_lua_free_buf(L, text);
    lua_pushinteger(L, line);
    lua_pushstring(L, err->message);
    lua_call(L, 3, 0);
    lua_pop(L, 1);
}

/* Reads the next row; false: there is none. */
static bool next_row(lua_State *L, reader *r, const mb_csv_field **fields, size_t *n)
{
    while (r->csv) { /* on_error can close the reader */
        mb_error *err = mb_lua_scratch(L);

        if (mb_csv_next(r->csv, fields, n, err) && check_length(L, r, *fields, *n, err)) {
            if (*n > 0)
                return true;
            mb_csv_close(r->csv);
            r->csv = NULL;
        } else {
            mb_lua_check_interrupt(L);
            reject(L, r, err);
        }
    }
    return false;
}

static void push_field(lua_State *L, const reader *r, const mb_csv_field *f)
{
    if (!f->quoted && strlen(r->null) == f->len && memcmp(r->null, f->text, f->len) == 0)
        lua_pushnil(L);
    else
        lua_pushlstring(L, f->text, f->len);
}

/* __call: reader() -> row and the line where it begins, or nil */
static int csv_next(lua_State *L)
{
    reader *r = mb_lua_check_class(L, 1, CSV);
    const mb_csv_field *fields;
    size_t n;

    lua_settop(L, 1);
    if (!next_row(L, r, &fields, &n))
        return 0;
    r->columns = n;
    lua_getiuservalue(L, 1, NAMES); /* -- reader names */
    lua_createtable(L, r->named ? 0 : (int)n, r->named ? (int)n : 0); /* -- reader names row */
    for (size_t i = 0; i < n; i++) {
        if (r->named)
            lua_rawgeti(L, 2, (lua_Integer)i + 1);
        else
            lua_pushinteger(L, (lua_Integer)i + 1);
        push_field(L, r, &fields[i]);
        lua_rawset(L, 3);
    }
    if (r->named) {
        lua_getiuservalue(L, 1, ROW_CLASS);
        lua_setmetatable(L, 3);
    }
    lua_pushinteger(L, mb_csv_line(r->csv));
    return 2;
}

static int csv_close(lua_State *L)
{
    reader *r = mb_lua_check_class(L, 1, CSV);

    mb_csv_close(r->csv);
    r->csv = NULL;
    return 0;
}

/* Reads the first record as names; raises when there are none, or two are equal. */
static void read_header(lua_State *L, reader *r, int self, const char *path)
{
    const mb_csv_field *fields = NULL;
    mb_error err;
    size_t n;

    if (!mb_csv_next(r->csv, &fields, &n, &err))
        mb_lua_raise(L, &err);
    if (is_blank(fields, n)) {
        mb_fail(&err, MB_ERR_FILE, "the first line is blank instead of the names of the columns");
        mb_fail_hint(&err, "Remove the line, or set header = false if the file has no names.");
        mb_fail_at(&err, path, mb_csv_line(r->csv), 0);
        mb_lua_raise(L, &err);
    }
    lua_createtable(L, (int)n, 0); /* -- names */
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(fields[k].text, fields[i].text) == 0) {
                mb_fail(&err, MB_ERR_FILE, "two columns have the name \"%s\"", fields[i].text);
                mb_fail_at(&err, path, mb_csv_line(r->csv), 0);
                mb_lua_raise(L, &err);
            }
        lua_pushlstring(L, fields[i].text, fields[i].len);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    mb_lua_push_row_class(L, lua_gettop(L));
    lua_setiuservalue(L, self, ROW_CLASS);
    lua_setiuservalue(L, self, NAMES);
    r->columns = n;
}

static void check_options(lua_State *L)
{
    static const char *const names[] = {"header", "delimiter", "null", "on_error", NULL};

    if (lua_isnoneornil(L, 2)) {
        lua_settop(L, 1);
        lua_newtable(L);
        return;
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    mb_field_check_names(L, 2, "option of csv", names);
}

/* Pushes the option's text, or `otherwise`, and returns it. */
static const char *option(lua_State *L, const char *name, const char *otherwise)
{
    int type = mb_field_get(L, 2, name);

    if (type != LUA_TNIL && type != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" must be a string, not a %s",
                    name, luaL_typename(L, -1));
    return type == LUA_TNIL ? otherwise : lua_tostring(L, -1);
}

/* True when the first record has the names. */
static bool has_header(lua_State *L)
{
    int type = mb_field_get(L, 2, "header");
    bool named = type == LUA_TNIL || lua_toboolean(L, -1);

    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        mb_lua_fail(L, MB_ERR_USAGE, "\"header\" must be true or false, not a %s",
                    luaL_typename(L, -1));
    lua_pop(L, 1);
    return named;
}

static char check_delimiter(lua_State *L, const char *text)
{
    if (strlen(text) != 1 || strchr("\"\r\n", *text))
        mb_lua_fail(L, MB_ERR_USAGE, "\"delimiter\" must be one character, not a quote or a line "
                                     "ending");
    return *text;
}

/* Pushes the function for rows that are wrong, or nil. */
static void push_on_error(lua_State *L)
{
    int type = mb_field_get(L, 2, "on_error");

    if (type != LUA_TNIL && type != LUA_TFUNCTION)
        mb_lua_fail(L, MB_ERR_USAGE, "\"on_error\" must be a function, not a %s",
                    luaL_typename(L, -1));
}

/*
 * csv(path [, { header = true, delimiter = ",", null = "", on_error = nil }])
 *   -> reader, reader, nil, reader
 */
int mb_lua_csv(lua_State *L)
{
    const char *path, *null;
    char delimiter;
    mb_error err;
    reader *r;

    mb_lua_check_path(L, 1);
    check_options(L);
    path = mb_lua_push_path(L, lua_tostring(L, 1)); /* -- path options whole */
    delimiter = check_delimiter(L, option(L, "delimiter", ","));
    null = option(L, "null", "");
    r = lua_newuserdatauv(L, sizeof *r, VALUES); /* -- path options whole delimiter null reader */
    *r = (reader){.named = has_header(L), .null = null};
    luaL_setmetatable(L, CSV);
    lua_pushvalue(L, 5);
    lua_setiuservalue(L, 6, NULL_TEXT);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 6, PATH);
    push_on_error(L);
    lua_setiuservalue(L, 6, ON_ERROR);
    if (!mb_path_inside(mb_lua_env(L)->root, path, &err) ||
        !mb_csv_open(&r->csv, path, delimiter, &err))
        return mb_lua_raise(L, &err);
    mb_lua_add_loaded(L, path);
    if (r->named)
        read_header(L, r, 6, path);
    lua_pushvalue(L, 6);
    lua_pushnil(L);
    lua_pushvalue(L, 6);
    return 4;
}

int mb_open_csv(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__call", csv_next},
                                       {"__close", csv_close},
                                       {"__gc", csv_close},
                                       {"close", csv_close},
                                       {NULL, NULL}};

    mb_lua_new_class(L, CSV, methods);
    return 0;
}

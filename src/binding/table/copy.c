/* copy.c -- db:copy: sends rows of a Lua iterator or array with COPY, in constant memory. */
#include "copy.h"

#include "clause.h"
#include "binding/value/field.h"

#include "moonbird/base/number.h"
#include "moonbird/pg/copy_in.h"
#include "moonbird/sql/quote.h"

#include <stdio.h>
#include <string.h>

enum { PIECE = 1 << 16 }; /* bytes that are sent at once */

/* The stack of db_copy, from 1; `feed` puts the current row at ROW. */
enum { DB = 1, TABLE, COLUMNS, SOURCE, STATE, CONTROL, CLOSING, FIELDS, LOADER, ROW };

typedef struct loader {
    mb_conn *conn;
    const mb_copy_field *fields;
    lua_Integer n;
    lua_Integer row;  /* the number of the current row, from 1 */
    lua_Integer rows; /* the length of an array; -1: an iterator, whose end is not known */
    bool making;     /* a value of the current row is being written, so an error concerns it */
    mb_buf *out, *text; /* userdata on the stack of db_copy */
} loader;

/* ---- values ---- */

static void add_text(lua_State *L, loader *load, int value, const mb_copy_field *f)
{
    size_t len;
    const char *s = lua_tolstring(L, value, &len);

    if (memchr(s, '\0', len))
        mb_lua_fail(L, MB_ERR_USAGE, "%s: a string with a zero byte cannot be sent as %s", f->what,
                    f->type.name);
    mb_copy_in_escape(load->out, s, len);
}

/* Adds a value whose text is first written to a buffer of its own, to be escaped afterwards. */
static void add_made(lua_State *L, loader *load, int value, const mb_copy_field *f)
{
    mb_buf_clear(load->text);
    if (mb_lua_add_value(L, load->text, DB, value, &f->type, f->what))
        mb_copy_in_escape(load->out, mb_buf_str(load->text), load->text->len);
    else
        mb_buf_puts(load->out, "\\N");
}

/* Adds the value on top.  Numbers and booleans need no escaping. */
static void add_field(lua_State *L, loader *load, const mb_copy_field *f)
{
    int value = lua_gettop(L);

    switch (lua_type(L, value)) {
    case LUA_TNIL:
        mb_buf_add(load->out, "\\N", 2);
        return;
    case LUA_TNUMBER:
        if (f->type.kind == MB_KIND_INTEGER && lua_isinteger(L, value)) { /* the usual case */
            mb_number_add_integer(load->out, lua_tointeger(L, value));
            return;
        }
        /* fall through */
    case LUA_TBOOLEAN:
        mb_lua_add_value(L, load->out, DB, value, &f->type, f->what);
        return;
    case LUA_TSTRING:
        if (f->type.kind != MB_KIND_BYTEA) {
            add_text(L, load, value, f);
            return;
        }
        break;
    default:
        break;
    }
    add_made(L, load, value, f);
}

/* ---- rows ---- */

/* True when the row has positions, not names.  If position 1 is nil, the other keys decide. */
static bool is_list(lua_State *L)
{
    bool list = lua_rawgeti(L, ROW, 1) != LUA_TNIL;

    lua_pop(L, 1);
    if (list)
        return true;
    lua_pushnil(L);
    list = lua_next(L, ROW) && lua_type(L, -2) == LUA_TNUMBER;
    lua_settop(L, ROW);
    return list;
}

static void check_length(lua_State *L, const loader *load)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, ROW);

    if (n > load->n)
        mb_lua_fail(L, MB_ERR_USAGE, "%lld values for %lld column%s", (long long)n,
                    (long long)load->n, load->n == 1 ? "" : "s");
}

/*
 * Raises for an absent value that does not mean NULL: a row that was read has no such column, so the
 * name is wrong; or the column has a default, which COPY cannot use for one row.
 */
static void check_absent(lua_State *L, const mb_copy_field *f, lua_Integer i)
{
    mb_error *err = mb_lua_scratch(L);

    if (mb_lua_push_row_columns(L, ROW)) { /* -- columns */
        lua_rawgeti(L, COLUMNS, i);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) == LUA_TNIL) { /* -- columns name nil */
            lua_pushvalue(L, -3);
            mb_lua_unknown_key(L, "column", lua_tostring(L, -3));
        }
        lua_pop(L, 3);
    } else if (f->defaulted) {
        mb_fail(err, MB_ERR_USAGE, "%s has a default, but the row has no value for it", f->what);
        mb_fail_hint(err, "COPY cannot use a default in some rows only. Write moonbird.null for "
                          "NULL, or remove the column from the list: then all rows get the "
                          "default.");
        mb_lua_raise(L, err);
    }
}

/* Raises for the key below the top if the row has no value for a column there. */
static void check_key(lua_State *L, const loader *load, bool list)
{
    bool name = lua_type(L, -2) == LUA_TSTRING;
    mb_error err;

    if (list && lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 &&
        lua_tointeger(L, -2) <= load->n)
        return;
    if (!list && name) {
        lua_createtable(L, 0, (int)load->n); /* -- key value columns */
        for (lua_Integer i = 1; i <= load->n; i++) {
            lua_rawgeti(L, COLUMNS, i);
            lua_pushvalue(L, -1);
            lua_rawset(L, -3);
        }
        lua_pushvalue(L, -3);
        if (lua_rawget(L, -2) == LUA_TNIL) {
            lua_pop(L, 1);
            mb_lua_unknown_key(L, "column", lua_tostring(L, -3));
        }
        lua_pop(L, 2);
        return;
    }
    mb_fail(&err, MB_ERR_USAGE, "the row has values by %s, and also the key %s%s%s",
            list ? "position" : "name", name ? "\"" : "", luaL_tolstring(L, -2, NULL),
            name ? "\"" : "");
    mb_fail_hint(&err, "Give all values by position, from 1 on, or all by name.");
    mb_lua_raise(L, &err);
}

/*
 * Raises when the row has a key beside the `used` ones: its value would not be loaded.  A row that
 * was read may have other columns, since its names come from elsewhere.
 */
static void check_keys(lua_State *L, const loader *load, bool list, lua_Integer used)
{
    if (mb_lua_push_row_columns(L, ROW)) {
        lua_pop(L, 1);
        return;
    }
    for (lua_pushnil(L); lua_next(L, ROW); lua_pop(L, 1))
        used--;
    if (used == 0)
        return;
    if (list)
        check_length(L, load);
    for (lua_pushnil(L); lua_next(L, ROW); lua_pop(L, 1))
        check_key(L, load, list);
}

static void add_row(lua_State *L, loader *load)
{
    bool list = is_list(L);
    lua_Integer used = 0;

    for (lua_Integer i = 0; i < load->n; i++) {
        if (i > 0)
            mb_buf_putc(load->out, '\t');
        if (list) {
            lua_rawgeti(L, ROW, i + 1);
        } else {
            lua_rawgeti(L, COLUMNS, i + 1);
            lua_rawget(L, ROW);
        }
        if (lua_isnil(L, -1))
            check_absent(L, &load->fields[i], i + 1);
        else
            used++;
        add_field(L, load, &load->fields[i]);
        lua_settop(L, ROW);
    }
    check_keys(L, load, list, used);
    mb_buf_putc(load->out, '\n');
}

/* Puts the next row at ROW; false: there is none. */
static bool next_row(lua_State *L, const loader *load)
{
    lua_settop(L, LOADER);
    if (load->row == load->rows)
        return false;
    if (load->rows >= 0) {
        lua_rawgeti(L, SOURCE, load->row + 1);
        return true;
    }
    lua_pushvalue(L, SOURCE);
    lua_pushvalue(L, STATE);
    lua_pushvalue(L, CONTROL);
    lua_call(L, 2, 1);
    lua_copy(L, ROW, CONTROL);
    return !lua_isnil(L, ROW);
}

static void send(lua_State *L, loader *load)
{
    mb_error *err = mb_lua_scratch(L);

    mb_lua_check_interrupt(L);
    if (!mb_copy_in_send(load->conn, load->out->data, load->out->len, err))
        mb_lua_raise(L, err);
    mb_buf_clear(load->out);
}

/* Sends the rows.  It runs protected, on a copy of the stack of db_copy. */
static int feed(lua_State *L)
{
    loader *load = lua_touserdata(L, LOADER);

    lua_toclose(L, CLOSING);
    while (next_row(L, load)) {
        load->row++;
        if (!lua_istable(L, ROW))
            mb_lua_fail(L, MB_ERR_USAGE, "row %lld is a %s, not a table", (long long)load->row,
                        luaL_typename(L, ROW));
        load->making = true;
        add_row(L, load);
        load->making = false;
        if (load->out->len >= PIECE)
            send(L, load);
    }
    if (load->out->len > 0)
        send(L, load);
    return 0;
}

/* Raises the error of a value, which is on top, with the number of its row. */
static int raise_row(lua_State *L, const loader *load)
{
    mb_error *err = mb_lua_scratch(L);
    char message[sizeof err->message];

    mb_lua_read_error(L, -1, err);
    strcpy(message, err->message);
    mb_format_into(err->message, sizeof err->message, "row %lld: %s", (long long)load->row,
                   message);
    return mb_lua_raise(L, err);
}

/* Copies the list of columns, since the source's code could change the script's own list. */
static void keep_columns(lua_State *L)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, COLUMNS);

    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, COLUMNS, i);
        lua_rawseti(L, -2, i);
    }
    lua_replace(L, COLUMNS);
}

/* The number of rows of the array; -1: the source is an iterator. */
static lua_Integer check_arguments(lua_State *L)
{
    lua_Integer rows = -1;
    mb_table_shape shape;

    mb_lua_check_name(L, TABLE);
    luaL_checktype(L, COLUMNS, LUA_TTABLE);
    luaL_argcheck(L, mb_list_length(L, COLUMNS) >= 0, COLUMNS, 
                  "the keys of an array must be 1 to n");
    luaL_argcheck(L, mb_list_length(L, COLUMNS) > 0, COLUMNS, "the list of columns is empty");
    luaL_argexpected(L, !lua_isnoneornil(L, SOURCE), SOURCE, "array or iterator");
    if (lua_istable(L, SOURCE) && luaL_getmetafield(L, SOURCE, "__call") == LUA_TNIL) {
        shape = mb_lua_shape(L, SOURCE, &rows);
        luaL_argcheck(L, shape == MB_EMPTY || shape == MB_SEQUENCE, SOURCE,
                      "the keys of an array must be 1 to n");
    }
    lua_settop(L, CLOSING);
    keep_columns(L);
    return rows;
}

/*
 * db:copy(table, columns, array) or (table, columns, iterator [, state, control, closing]) -> count
 */
static int db_copy(lua_State *L)
{
    loader load = {.conn = mb_lua_ready(L, DB)};
    int64_t count = 0, since;
    mb_buf *sql;
    mb_error err;
    int status;

    load.rows = check_arguments(L);
    mb_lua_note_array_nulls(L, DB);
    load.n = (lua_Integer)lua_rawlen(L, COLUMNS);
    /* rows of db:rows and moonbird.csv have no absent values */
    load.fields = mb_copy_push_fields(L, COLUMNS, !lua_isuserdata(L, SOURCE));
    load.out = mb_lua_new_buf(L);
    load.text = mb_lua_new_buf(L);
    sql = mb_lua_new_buf(L);
    mb_buf_puts(sql, "COPY ");
    mb_quote_relation(sql, lua_tostring(L, TABLE));
    mb_buf_puts(sql, " (");
    mb_clause_add_names(L, sql, COLUMNS);
    mb_buf_puts(sql, ") FROM STDIN");
    since = mb_lua_tell_before(L, mb_lua_check_db(L, DB), sql->data);
    lua_pushcfunction(L, feed);
    for (int i = DB; i <= FIELDS; i++)
        lua_pushvalue(L, i);
    lua_pushlightuserdata(L, &load);
    if (!mb_copy_in_begin(load.conn, sql->data, &err))
        return mb_lua_raise_sql(L, DB, "", &err);
    status = mb_lua_call_inside(L, mb_lua_check_db(L, DB), LOADER, 0);
    mb_lua_free_buf(L, load.out);
    mb_lua_free_buf(L, load.text);
    if (status != LUA_OK)
        mb_copy_in_abort(load.conn);
    if (status != LUA_OK)
        return load.making ? raise_row(L, &load) : lua_error(L);
    if (!mb_copy_in_end(load.conn, &count, &err))
        return mb_lua_raise_sql(L, DB, "", &err);
    mb_lua_tell_after(L, mb_lua_check_db(L, DB), sql->data, since, count);
    lua_pushinteger(L, count);
    return 1;
}

const luaL_Reg mb_db_copy[] = {{"copy", db_copy}, {NULL, NULL}};

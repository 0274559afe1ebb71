/* out.c -- the functions with which commands print. */
#include "session.h"
#include "binding/project/run_output.h"
#include "binding/value/field.h"

#include "moonbird/os/color.h"
#include "moonbird/os/event_stream.h"
#include "moonbird/os/log.h"
#include "moonbird/os/print.h"
#include "moonbird/os/terminal.h"
#include "moonbird/base/show.h"
#include "moonbird/base/text_table.h"

#include <string.h>

/* talk(text): prints a text for people */
static int talk(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    mb_print(text, len);
    return 0;
}

/* styled(text, style): the text for people as a heading or as code */
static int styled(lua_State *L)
{
    static const char *const styles[] = {"heading", "code", NULL};
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    mb_print_styled((mb_style)luaL_checkoption(L, 2, NULL, styles), text, len);
    return 0;
}

/* screen() -> the width of the terminal in columns, can it show colours? */
static int screen(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mb_print_width());
    lua_pushboolean(L, mb_print_has_color());
    return 2;
}

/* data(text): prints it unchanged; on a terminal its control characters are escaped */
static int data(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    mb_print_data(text, len);
    return 0;
}

/* document(value): prints one line of JSON on standard output, without making a Lua string of it */
static int document(lua_State *L)
{
    mb_buf *text, *shown;

    luaL_checkany(L, 1);
    text = mb_lua_new_buf(L);
    shown = mb_lua_new_buf(L);
    mb_lua_add_json_bytes(L, text, 1, "json.encode");
    mb_show(shown, text->data, text->len, MB_SHOW_JSON); /* escapes do not change the JSON value */
    mb_buf_putc(shown, '\n');
    mb_out(shown->data, shown->len);
    mb_buf_free(text);
    mb_buf_free(shown);
    return 0;
}

/* confirm(question) -> was the answer yes?  nil without a terminal. */
static int confirm(lua_State *L)
{
    const char *question = lua_pushfstring(L, "%s [y/N] ", luaL_checkstring(L, 1));
    char answer[16] = "";

    if (!mb_input_is_terminal())
        return 0;
    mb_prompt(question, answer, sizeof answer);
    lua_pushboolean(L, *answer == 'y' || *answer == 'Y');
    mb_lua_check_interrupt(L);
    return 1;
}

/* time(ms) -> the duration for people */
static int time_text(lua_State *L)
{
    lua_Number ms = luaL_checknumber(L, 1);
    mb_buf *text = mb_lua_new_buf(L);

    mb_add_time(text, (int64_t)(ms * 1000));
    lua_pushlstring(L, mb_buf_str(text), text->len);
    return 1;
}

/* output(level, color, json, yes): sets where and how texts are printed, and answers questions */
static int output(lua_State *L)
{
    static const char *const levels[] = {"error", "warn", "info", "debug", NULL};
    static const char *const colors[] = {"auto", "always", "never", NULL};
    mb_level level = (mb_level)luaL_checkoption(L, 1, NULL, levels);
    mb_color color = (mb_color)luaL_checkoption(L, 2, NULL, colors);

    mb_print_to_stderr(lua_toboolean(L, 3));
    mb_set_assume_yes(lua_toboolean(L, 4));
    mb_log_set_threshold(level);
    mb_color_set(color);
    return 0;
}

/* events(target, command): opens the stream of --events */
static int events(lua_State *L)
{
    mb_error err;

    return mb_events_open(luaL_checkstring(L, 1), luaL_checkstring(L, 2), &err)
               ? 0
               : mb_lua_raise_plain(L, &err);
}

/* The class of a handle for an mb_table, which the collector frees if a cell raises. */
#define TABLE "moonbird.table"

static int end_table(lua_State *L)
{
    mb_table **handle = mb_lua_check_handle(L, 1, TABLE);

    mb_table_end(*handle);
    *handle = NULL;
    return 0;
}

static int fail_column(lua_State *L, lua_Integer i, const char *what)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "column %lld of the table %s", (long long)i, what);
    mb_fail_hint(&err, "A column is a key of the rows, or { key, title, right = true }.");
    return mb_lua_raise(L, &err);
}

static bool is_name(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TSTRING || lua_type(L, index) == LUA_TNUMBER;
}

/* Checks the keys of column i, which is the table on top. */
static void check_column(lua_State *L, lua_Integer i)
{
    int column = lua_gettop(L);

    for (lua_pushnil(L); lua_next(L, column); lua_pop(L, 1)) {
        lua_Integer at = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

        if (lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), "right") == 0) {
            if (!lua_isboolean(L, -1))
                fail_column(L, i, "has a \"right\" that is neither true nor false");
        } else if (at < 1 || at > 2) {
            fail_column(L, i, lua_pushfstring(L, "has the unknown key \"%s\"",
                                              luaL_tolstring(L, -2, NULL)));
        } else if (!is_name(L, -1)) {
            fail_column(L, i, lua_pushfstring(L, "has a %s as its %s", luaL_typename(L, -1),
                                              at == 1 ? "key" : "title"));
        }
    }
}

/* Adds column i, and pushes its key. */
static void add_column(lua_State *L, mb_table *t, lua_Integer i)
{
    bool right = false;

    lua_geti(L, 2, i); /* -- column */
    if (lua_istable(L, -1)) {
        check_column(L, i);
        lua_getfield(L, -1, "right");
        right = lua_toboolean(L, -1);
        lua_geti(L, -2, 1);
        lua_geti(L, -3, 2); /* -- column right key title */
        lua_replace(L, -3);
        lua_remove(L, -3); /* -- title key */
        lua_insert(L, -2); /* -- key title */
        if (lua_isnil(L, -2))
            fail_column(L, i, "has no key");
    } else if (is_name(L, -1)) {
        lua_pushnil(L);
    } else {
        fail_column(L, i, lua_pushfstring(L, "is a %s", luaL_typename(L, -1)));
    }
    luaL_tolstring(L, lua_isnil(L, -1) ? -2 : -1, NULL); /* -- key title text */
    mb_table_column(t, mb_lua_text(L, -1), right);
    lua_pop(L, 2);
}

/* Replaces the list of columns by that of their keys. */
static void add_columns(lua_State *L, mb_table *t, lua_Integer n)
{
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        add_column(L, t, i); /* -- keys key */
        lua_rawseti(L, -2, i);
    }
    lua_replace(L, 2);
}

/* Adds the row that is on top of the stack. */
static void add_row(lua_State *L, mb_table *t, lua_Integer n)
{
    for (lua_Integer i = 1; i <= n; i++) {
        size_t len = 0;
        const char *text = "";

        lua_rawgeti(L, 2, i);
        lua_gettable(L, -2); /* -- row value */
        if (!lua_isnil(L, -1) && !mb_lua_is_null(L, -1))
            text = luaL_tolstring(L, -1, &len);
        else
            lua_pushnil(L);
        mb_table_cell(t, text, len);
        lua_pop(L, 2);
    }
}

/* The number of columns. */
static lua_Integer check_lists(lua_State *L)
{
    lua_Integer n;

    if (!lua_istable(L, 1) || !lua_istable(L, 2))
        mb_lua_fail(L, MB_ERR_USAGE, "a table needs a list of rows and a list of columns, not a %s "
                                     "and a %s",
                    luaL_typename(L, 1), luaL_typename(L, 2));
    n = mb_list_length(L, 2);
    if (n <= 0) {
        mb_error err;

        mb_fail(&err, MB_ERR_USAGE, "the columns of the table must be a list with the keys 1 to n");
        mb_fail_hint(&err, "Write { \"id\", { \"n\", \"number\", right = true } }.");
        mb_lua_raise(L, &err);
    }
    return n;
}

/* table(rows, columns [, style]): a column is a key of the rows, or { key, title, right = true } */
static int print_table(lua_State *L)
{
    static const char *const styles[] = {[MB_TABLE_PSQL] = "psql", [MB_TABLE_LIST] = "list",
                                         [MB_TABLE_EXPANDED] = "expanded", NULL};
    mb_table_style style = (mb_table_style)luaL_checkoption(L, 3, "list", styles);
    lua_Integer n = check_lists(L);
    mb_table **handle = mb_lua_new_handle(L, TABLE);

    *handle = mb_table_new(style, mb_print);
    if (style != MB_TABLE_LIST)
        mb_table_limit(*handle, mb_print_screenful());
    add_columns(L, *handle, n);
    for (lua_Integer i = 1; i <= luaL_len(L, 1); i++) {
        if (lua_geti(L, 1, i) != LUA_TTABLE)
            mb_lua_fail(L, MB_ERR_USAGE, "row %lld of the table is a %s, not a table", (long long)i,
                        luaL_typename(L, -1));
        add_row(L, *handle, n);
        lua_pop(L, 1);
    }
    mb_table_end(*handle);
    *handle = NULL;
    return 0;
}

void mb_open_out(lua_State *L)
{
    static const luaL_Reg class[] = {{"__gc", end_table}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"talk", talk},       {"data", data},         {"document", document},
        {"output", output},   {"confirm", confirm},   {"table", print_table},
        {"time", time_text},  {"styled", styled},     {"screen", screen},
        {"events", events},
        {NULL, NULL}};

    mb_lua_new_class(L, TABLE, class);
    luaL_setfuncs(L, functions, 0);
}

#include "request.h"
#include "moonbird/project/settings.h"

#include "binding/value/field.h"
#include "binding/value/parameter.h"

#include <stdlib.h>
#include <string.h>

static const char *const fields[] = {
    "direction", "stream", "to", "names", "n", "again", "single_transaction",
    "force_empty_history", "restart", "outside_window", "args", "partial", NULL,
};

/* The boolean field; a missing one is false.  Other types raise: "false" would count as true. */
static bool read_flag(lua_State *L, int index, const char *field)
{
    int type = mb_field_get(L, index, field);
    bool set = lua_toboolean(L, -1);

    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" must be true or false, not a %s", field,
                    luaL_typename(L, -1));
    lua_pop(L, 1);
    return set;
}

bool mb_request_flag(lua_State *L, int index, const char *field)
{
    const char *const known[] = {field, NULL};

    if (lua_isnoneornil(L, index))
        return false;
    luaL_checktype(L, index, LUA_TTABLE);
    mb_field_check_names(L, index, "field", known);
    return read_flag(L, index, field);
}

/* The index in `words` of the field's text; 0 when the field is missing. */
static int read_word(lua_State *L, int index, const char *field, const char *const *words)
{
    int found = -1;

    if (mb_field_get(L, index, field) == LUA_TNIL)
        found = 0;
    for (int i = 0; found < 0 && words[i] && lua_isstring(L, -1); i++)
        if (strcmp(lua_tostring(L, -1), words[i]) == 0)
            found = i;
    if (found < 0)
        mb_lua_unknown(L, field, luaL_tolstring(L, -1, NULL), words);
    lua_pop(L, 1);
    return found;
}

size_t mb_request_limit(lua_State *L, int index)
{
    lua_Integer n = 0;

    if (mb_field_get(L, index, "n") != LUA_TNIL)
        n = lua_tointeger(L, -1);
    if (!lua_isnil(L, -1) && n < 1)
        mb_lua_fail(L, MB_ERR_USAGE, "\"n\" must be a whole number above 0");
    lua_pop(L, 1);
    return (size_t)n;
}

const char *mb_request_text(lua_State *L, int index, const char *field)
{
    int type = mb_field_get(L, index, field);
    const char *text = type == LUA_TSTRING ? mb_lua_check_name(L, -1) : NULL;

    if (!text && type != LUA_TNIL)
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" must be a string, not a %s", field,
                    luaL_typename(L, -1));
    lua_pop(L, 1);
    return text;
}

const char *const *mb_request_push_names(lua_State *L, int index, size_t *n)
{
    bool one = lua_type(L, index) == LUA_TSTRING;
    lua_Integer length = one ? 1 : mb_list_length(L, index);
    const char **names;

    index = lua_absindex(L, index);
    if (length < 0)
        mb_lua_fail(L, MB_ERR_USAGE, "the names of migrations must be a list, such as "
                                     "{ \"0001_users\" }");
    *n = (size_t)length;
    names = lua_newuserdatauv(L, (*n + 1) * sizeof *names, 0);
    for (size_t i = 0; i < *n; i++) {
        if (one)
            lua_pushvalue(L, index);
        else
            lua_rawgeti(L, index, (lua_Integer)i + 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            mb_lua_fail(L, MB_ERR_USAGE, "a migration name must be a string, not a %s",
                        luaL_typename(L, -1));
        names[i] = mb_lua_check_name(L, -1); /* the caller's value keeps the string alive */
        lua_pop(L, 1);
    }
    return names;
}

/* Reads `to`, as a single name, or `names`; pushes an array of them. */
static void read_names(lua_State *L, int index, mb_request *out)
{
    int to = mb_field_get(L, index, "to");

    if (to != LUA_TNIL && to != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "a migration name must be a string, not a %s",
                    luaL_typename(L, -1));
    if (to == LUA_TNIL && mb_field_get(L, index, "names") == LUA_TNIL)
        lua_newtable(L);
    out->names = mb_request_push_names(L, -1, &out->n_names);
}

void mb_request_read(lua_State *L, int index, const mb_settings *settings, mb_request *out)
{
    static const char *const directions[] = {
        [MB_DO_UP] = "up", [MB_DO_DOWN] = "down", [MB_DO_REDO] = "redo", NULL};
    static const char *const streams[] = {[MB_AUTO] = "auto", [MB_MANUAL] = "manual", NULL};

    luaL_checktype(L, index, LUA_TTABLE);
    mb_field_check_names(L, index, "field", fields);
    *out = (mb_request){
        .what = (mb_request_kind)read_word(L, index, "direction", directions),
        .stream = (mb_stream)read_word(L, index, "stream", streams),
        .restart = mb_request_text(L, index, "restart"),
        .limit = mb_request_limit(L, index),
        .again = read_flag(L, index, "again"),
        .partial = read_flag(L, index, "partial"),
        .single_transaction = read_flag(L, index, "single_transaction"),
        .force_empty_history = read_flag(L, index, "force_empty_history"),
        .outside_window = mb_request_text(L, index, "outside_window"),
        .out_of_order = settings->out_of_order,
        .changed = settings->changed,
    };
    read_names(L, index, out);
}

const char *mb_request_command(const mb_request *request)
{
    static const char *const commands[] = {
        [MB_DO_UP] = "up", [MB_DO_DOWN] = "down", [MB_DO_REDO] = "redo"};

    return request->stream == MB_MANUAL ? "manual" : commands[request->what];
}

void mb_request_read_plan(lua_State *L, int index, const mb_settings *settings, mb_request *out)
{
    const char *id = NULL;

    luaL_checktype(L, index, LUA_TTABLE);
    if (mb_field_get(L, index, "request") == LUA_TTABLE) { /* -- request */
        mb_field_get(L, index, "id");
        id = luaL_checkstring(L, -1);                      /* -- request id, which stays */
        lua_pushvalue(L, -2);
        lua_replace(L, index);
    }
    mb_request_read(L, index, settings, out);
    out->plan = id;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const mb_setting *)a)->name, ((const mb_setting *)b)->name);
}

/* The text of the value on top, which `kept` keeps alive as its element i. */
static const char *keep_text(lua_State *L, int kept, lua_Integer i)
{
    mb_buf *text = mb_lua_new_buf(L);

    if (!mb_lua_parameter_add_text(L, lua_gettop(L) - 1, text))
        mb_lua_fail(L, MB_ERR_USAGE, "the values in \"args\" must be strings, numbers, booleans or "
                                     "lists");
    lua_pushlstring(L, mb_buf_str(text), text->len);
    lua_rawseti(L, kept, i);
    lua_pop(L, 1);
    lua_rawgeti(L, kept, i);
    return mb_lua_check_name(L, -1);
}

const mb_setting *mb_request_push_args(lua_State *L, int index, size_t *n)
{
    mb_setting *args;
    size_t i = 0;
    int kept;

    *n = 0;
    if (mb_field_get(L, index, "args") == LUA_TTABLE)  /* -- args */
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            ++*n;
    lua_newtable(L);
    kept = lua_gettop(L);
    args = lua_newuserdatauv(L, (*n + 1) * sizeof *args, 0);
    lua_pushnil(L);
    while (*n && lua_next(L, kept - 1)) { /* -- args kept array name value */
        if (lua_type(L, -2) != LUA_TSTRING)
            mb_lua_fail(L, MB_ERR_USAGE, "\"args\" must be a table with names as keys");
        args[i].name = mb_lua_check_name(L, -2);
        args[i].declared = NULL;
        args[i].value = keep_text(L, kept, (lua_Integer)i + 1);
        i++;
        lua_settop(L, kept + 2);
    }
    lua_settop(L, kept + 1);
    qsort(args, *n, sizeof *args, by_name);
    return args;
}

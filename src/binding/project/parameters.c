/*
 * parameters.c -- the options and arguments of commands, for the module `core`.
 *
 * They are declared as the parameters of migrations are.
 */
#include "binding/command/session.h"
#include "methods.h"

#include "binding/value/field.h"
#include "binding/value/key_line.h"
#include "binding/value/parameter.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"

#include <string.h>

#define DECLARED "moonbird.declared"
#define LOADED   "moonbird.loaded"

static int free_declared(lua_State *L)
{
    mb_parameter_free(lua_touserdata(L, 1));
    return 0;
}

/* Pushes the parameter that the table at index 1 declares. */
static mb_parameter *push_declared(lua_State *L, const char *what, const char *name, mb_error *err)
{
    static const luaL_Reg methods[] = {{"__gc", free_declared}, {NULL, NULL}};
    mb_parameter *arg;

    luaL_checktype(L, 1, LUA_TTABLE);
    mb_lua_new_class(L, DECLARED, methods);
    arg = lua_newuserdatauv(L, sizeof *arg, 0);
    *arg = (mb_parameter){0};
    luaL_setmetatable(L, DECLARED);
    arg->name = mb_strdup(name);
    return mb_lua_parameter_read(L, 1, what, arg, err) ? arg : NULL;
}

/* The line of the script with the declaration of an option; 0: it is not found. */
static int line_of(lua_State *L, const char *path, const char *name)
{
    mb_buf *text = mb_lua_new_buf(L);
    mb_error unread;
    int line = mb_file_read(text, path, &unread) ? mb_key_line(mb_buf_str(text), name) : 0;

    lua_pop(L, 1);
    return line;
}

/* check_parameter(spec, what, name, path): raises unless the file at `path` declares it rightly */
static int check_parameter(lua_State *L)
{
    const char *what = luaL_checkstring(L, 2), *name = luaL_checkstring(L, 3);
    const char *path = luaL_checkstring(L, 4);
    mb_error err;

    if (push_declared(L, what, name, &err))
        return 0;
    mb_fail_at(&err, path, line_of(L, path, name), 0);
    return mb_lua_raise_plain(L, &err);
}

/* read_parameter(spec, subject, text) -> the value of a text of the command line */
static int read_parameter(lua_State *L)
{
    const char *subject = luaL_checkstring(L, 2), *text = luaL_checkstring(L, 3);
    mb_error err;
    const mb_parameter *arg = push_declared(L, "option", subject, &err);

    if (!arg)
        return mb_lua_raise_plain(L, &err);
    mb_lua_parameter_push(L, arg, subject, text);
    return 1;
}

/* take_parameter(spec, subject, value) -> the value, which a script gave and must have the type */
static int take_parameter(lua_State *L)
{
    const char *subject = luaL_checkstring(L, 2);
    mb_error err;
    const mb_parameter *arg = push_declared(L, "option", subject, &err);
    mb_buf *text = mb_lua_new_buf(L);

    if (!arg || !mb_lua_parameter_text(L, 3, arg, subject, text, &err))
        return mb_lua_raise_plain(L, &err);
    mb_lua_parameter_push(L, arg, subject, mb_buf_str(text));
    return 1;
}

/* describe_parameter(spec) -> what a value must be; its default, or nil */
static int describe_parameter(lua_State *L)
{
    mb_error err;
    const mb_parameter *arg = push_declared(L, "option", "", &err);
    mb_buf *text = mb_lua_new_buf(L);

    if (!arg)
        return mb_lua_raise_plain(L, &err);
    mb_parameter_describe(text, arg);
    lua_pushstring(L, mb_buf_str(text));
    if (arg->preset)
        mb_lua_parameter_push(L, arg, "", arg->preset);
    else
        lua_pushnil(L);
    return 2;
}

/* ---- of a migration ---- */

typedef struct loaded {
    mb_chunk *chunk;
    void (*free)(mb_chunk *chunk);
} loaded;

static int free_loaded(lua_State *L)
{
    loaded *file = lua_touserdata(L, 1);

    if (file->chunk)
        file->free(file->chunk);
    file->chunk = NULL;
    return 0;
}

static void push_parameter(lua_State *L, const mb_parameter *arg)
{
    mb_buf *values = mb_lua_new_buf(L);

    mb_parameter_describe(values, arg);
    lua_createtable(L, 0, 8); /* -- buf parameter */
    mb_field_text(L, "name", arg->name);
    mb_field_text(L, "help", arg->help);
    mb_field_text(L, "values", mb_buf_str(values));
    mb_field_flag(L, "flag", arg->type == MB_PARAMETER_FLAG);
    mb_field_flag(L, "list", arg->list);
    mb_field_flag(L, "required", arg->required);
    mb_field_flag(L, "secret", arg->secret);
    mb_array_push(L);
    for (size_t i = 0; i < arg->n_choices; i++) {
        lua_pushstring(L, arg->choices[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "choices");
    if (arg->preset) {
        mb_lua_parameter_push(L, arg, arg->name, arg->preset);
        lua_setfield(L, -2, "default");
    }
    lua_remove(L, -2);
}

/* project:parameters(path) -> array of the parameters that a Lua file declares */
static int project_parameters(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const char *path = mb_lua_check_path(L, 2);
    mb_buf *text = mb_lua_new_buf(L);
    loaded *file = mb_lua_new_zeroed(L, sizeof *file, LOADED);
    const mb_chunk_info *info;
    mb_error err;

    file->free = s->host.free;
    if (!mb_file_read(text, path, &err) ||
        !s->host.load(s->host.self, &file->chunk, path, mb_buf_str(text), text->len, &err))
        return mb_lua_raise_plain(L, &err);
    info = s->host.info(file->chunk);
    mb_array_push(L);
    for (size_t i = 0; i < info->n_parameters; i++) {
        push_parameter(L, &info->parameters[i]);
        mb_array_append(L);
    }
    return 1;
}

const luaL_Reg mb_parameters_methods[] = {{"parameters", project_parameters}, {NULL, NULL}};

void mb_open_parameters(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"check_parameter", check_parameter},
        {"read_parameter", read_parameter},
        {"take_parameter", take_parameter},
        {"describe_parameter", describe_parameter},
        {NULL, NULL},
    };

    static const luaL_Reg methods[] = {{"__gc", free_loaded}, {NULL, NULL}};

    mb_lua_new_class(L, LOADED, methods);
    luaL_setfuncs(L, functions, 0);
}

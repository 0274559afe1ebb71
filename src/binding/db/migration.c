/*
 * migration.c -- ctx.migration: the file of the migration that a call is about.
 *
 * A field is made when the script first reads it, because the text and the statements can be large
 * and most scripts do not need them.
 */
#include "binding/binding.h"
#include "binding/parse/parse.h"
#include "binding/value/field.h"

#include "moonbird/project/source.h"

#include <string.h>

static void push_format(lua_State *L, const mb_source *source)
{
    lua_pushstring(L, source->file->journaled ? "drizzle" : "moonbird");
}

static void push_checksum(lua_State *L, const mb_source *source)
{
    lua_pushstring(L, source->sums.normalized);
}

static void push_name(lua_State *L, const mb_source *source)
{
    lua_pushstring(L, source->file->name);
}

static void push_stream(lua_State *L, const mb_source *source)
{
    lua_pushstring(L, mb_stream_name(source->file->stream));
}

static void push_path(lua_State *L, const mb_source *source)
{
    lua_pushstring(L, source->path);
}

static void push_description(lua_State *L, const mb_source *source)
{
    lua_pushstring(L, source->directives->description); /* NULL is nil */
}

static void push_requires(lua_State *L, const mb_source *source)
{
    mb_array_of_names(L, source->directives->requires, source->directives->n_requires);
}

static void push_conflicts(lua_State *L, const mb_source *source)
{
    mb_array_of_names(L, source->directives->conflicts, source->directives->n_conflicts);
}

static void push_text(lua_State *L, const mb_source *source)
{
    mb_buf *text = mb_lua_new_buf(L);
    mb_error *err = mb_lua_scratch(L);

    if (!mb_source_read(text, source, err))
        mb_lua_raise(L, err);
    lua_pushlstring(L, mb_buf_str(text), text->len);
    mb_lua_free_buf(L, text);
    lua_remove(L, -2);
}

/* nil for Lua: its statements are known only when it runs. */
static void push_statements(lua_State *L, const mb_source *source)
{
    if (source->lua)
        lua_pushnil(L);
    else
        mb_lua_push_source_statements(L, source);
}

static const struct {
    const char *name;
    void (*push)(lua_State *L, const mb_source *source);
} fields[] = {
    {"name", push_name},
    {"stream", push_stream},
    {"path", push_path},
    {"format", push_format},
    {"description", push_description},
    {"requires", push_requires},
    {"conflicts", push_conflicts},
    {"checksum", push_checksum},
    {"text", push_text},
    {"statements", push_statements},
};

enum { N_FIELDS = sizeof fields / sizeof fields[0] };

static int unknown_field(lua_State *L, const char *name)
{
    const char *words[N_FIELDS + 1];

    for (size_t i = 0; i < N_FIELDS; i++)
        words[i] = fields[i].name;
    words[N_FIELDS] = NULL;
    return mb_lua_unknown(L, "field of ctx.migration", name, words);
}

/*
 * __index: makes the field and stores it. A misspelt name raises, because nil would make a policy
 * that tests it let everything pass.
 */
static int migration_index(lua_State *L)
{
    const mb_call *const *call = lua_touserdata(L, lua_upvalueindex(1));
    const char *name = mb_lua_text(L, 2);

    for (size_t i = 0; i < N_FIELDS; i++) {
        if (strcmp(fields[i].name, name) != 0)
            continue;
        if (!*call)
            return mb_lua_fail(L, MB_ERR_USAGE, "this ctx is no longer valid: the call that it was "
                                                "made for has ended");
        fields[i].push(L, (*call)->source);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, -2);
        lua_rawset(L, 1);
        return 1;
    }
    return unknown_field(L, name);
}

void mb_lua_push_migration(lua_State *L, int handle)
{
    lua_newtable(L); /* -- migration */
    lua_newtable(L); /* -- migration meta */
    lua_pushvalue(L, handle);
    lua_pushcclosure(L, migration_index, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

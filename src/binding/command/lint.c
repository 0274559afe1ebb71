/* lint.c -- the linter of mb_host: the rules, which are Lua, for the migrations that the core runs. */
#include "binding/binding.h"
#include "binding/parse/parse.h"
#include "binding/project/methods.h"
#include "binding/value/field.h"

#include "moonbird/project/source.h"

struct linting {
    const mb_source *sources;
    size_t n;
    mb_conn *conn;
};

/*
 * Pushes a migration as it was inspected: the other fields of project:migrations follow from its
 * file.
 */
static void push_migration(lua_State *L, const mb_source *source)
{
    mb_error *err = mb_lua_scratch(L);
    mb_buf *text;

    lua_createtable(L, 0, 4); /* -- migration */
    mb_field_text(L, "name", source->file->name);
    mb_field_text(L, "stream", mb_stream_name(source->file->stream));
    if (!source->lua) {
        mb_lua_push_source_statements(L, source);
        lua_setfield(L, -2, "statements");
    }
    text = mb_lua_new_buf(L); /* -- migration text */
    if (!mb_source_read(text, source, err))
        mb_lua_raise_plain(L, err);
    lua_pushlstring(L, mb_buf_str(text), text->len);
    lua_setfield(L, -3, "text");
    mb_lua_free_buf(L, text);
    lua_pop(L, 1);
}

/* query(sql) -> the rows of the answer: tables of texts by the names of the columns */
static int query(lua_State *L)
{
    mb_conn *conn = lua_touserdata(L, lua_upvalueindex(1));
    mb_error *err = mb_lua_scratch(L);
    mb_result **res = mb_lua_new_result(L);

    if (!mb_conn_exec(res, conn, luaL_checkstring(L, 1), err))
        mb_lua_raise_plain(L, err);
    mb_array_push(L);
    for (size_t row = 0; row < mb_result_rows(*res); row++) {
        lua_createtable(L, 0, (int)mb_result_columns(*res));
        for (size_t column = 0; column < mb_result_columns(*res); column++)
            mb_field_text(L, mb_result_name(*res, column), mb_result_value(*res, row, column));
        mb_array_append(L);
    }
    return 1;
}

/* Calls lint/policy.lua, which raises if it finds an error. */
static int lint_protected(lua_State *L)
{
    const struct linting *what = lua_touserdata(L, 1);

    mb_lua_push_module(L, "lint.policy"); /* -- policy */
    mb_lua_push_config(L, NULL);          /* -- policy config */
    lua_createtable(L, 0, 2);
    lua_pushlightuserdata(L, what->conn);
    lua_pushcclosure(L, query, 1);
    lua_setfield(L, -2, "query");
    mb_field_count(L, "version", (size_t)mb_conn_version(what->conn)); /* -- policy config db */
    mb_migrations_push(L, mb_lua_env(L)->session); /* -- policy config db all */
    mb_array_push(L);                     /* -- policy config db all migrations */
    for (size_t i = 0; i < what->n; i++) {
        if (what->sources[i].direction != MB_UP)
            continue;
        push_migration(L, &what->sources[i]);
        mb_array_append(L);
    }
    lua_call(L, 4, 0);
    return 0;
}

static bool lint(void *linter, const mb_source *sources, size_t n, mb_conn *conn, mb_error *err)
{
    struct linting what = {sources, n, conn};

    return mb_lua_enter(linter, lint_protected, &what, err);
}

void mb_lint_set(mb_host *host, lua_State *L)
{
    host->lint = lint;
    host->linter = mb_lua_of(L);
}

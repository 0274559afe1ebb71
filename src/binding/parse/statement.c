/*
 * statement.c -- one statement of a script, as hooks, ctx.migration and moonbird.statements have it.
 *
 * The tree and the tokens are made when they are first read: most scripts look at the words of a
 * statement only.
 */
#include "parse.h"

#include "binding/value/field.h"

#include "moonbird/sql/tokens.h"

#include <string.h>

#define STATEMENT "moonbird.statement"
#define SCRIPT    "moonbird.statements"

/* Sets `tree`, or `parse_error` with the message and its place, in the statement at `index`. */
static void parse(lua_State *L, int index)
{
    mb_error *err = mb_lua_scratch(L);
    int line, column;
    mb_stmt stmt = {.line = 1, .column = 1};

    lua_pushliteral(L, "text");
    lua_rawget(L, index);
    stmt.sql = lua_tolstring(L, -1, &stmt.len);
    if (mb_lua_push_tree(L, stmt.sql, err)) {
        lua_setfield(L, index, "tree");
        lua_pop(L, 1);
        return;
    }
    mb_stmt_place(&stmt, err->position, &line, &column);
    lua_createtable(L, 0, 3);
    mb_field_text(L, "message", err->message);
    mb_field_count(L, "line", (size_t)line);
    mb_field_count(L, "column", (size_t)column);
    lua_setfield(L, index, "parse_error");
    lua_pop(L, 1);
}

static bool has(lua_State *L, const char *key)
{
    bool found;

    lua_pushstring(L, key);
    found = lua_rawget(L, 1) != LUA_TNIL;
    lua_pop(L, 1);
    return found;
}

/* What push_token needs: the state, whose top is the list of tokens, and the text. */
struct tokenizing {
    lua_State *L;
    const char *sql;
};

static void push_token(void *arg, const mb_sql_token *token)
{
    const struct tokenizing *t = arg;
    lua_State *L = t->L;

    lua_createtable(L, 0, 4);
    lua_pushlstring(L, t->sql + token->from, token->to - token->from);
    lua_setfield(L, -2, "text");
    mb_field_count(L, "from", token->from + 1);
    mb_field_count(L, "to", token->to);
    mb_field_flag(L, "word", token->word);
    mb_array_append(L);
}

/* Sets `tokens` in the statement at `index`. */
static void tokenize(lua_State *L, int index)
{
    struct tokenizing t = {.L = L};
    size_t len;

    lua_pushliteral(L, "text");
    lua_rawget(L, index);
    t.sql = lua_tolstring(L, -1, &len);
    mb_array_push(L); /* -- text tokens */
    mb_sql_tokens(t.sql, len, push_token, &t);
    lua_setfield(L, index, "tokens");
    lua_pop(L, 1);
}

/* __index: reads the text when `tokens`, `tree` or `parse_error` is first read. */
static int statement_index(lua_State *L)
{
    const char *key = lua_tostring(L, 2);
    bool wanted = key && (strcmp(key, "tree") == 0 || strcmp(key, "parse_error") == 0);

    lua_settop(L, 2);
    if (key && strcmp(key, "tokens") == 0) {
        tokenize(L, 1);
        lua_rawget(L, 1);
        return 1;
    }
    if (!wanted || has(L, *key == 't' ? "parse_error" : "tree"))
        return 0;
    parse(L, 1);
    lua_rawget(L, 1);
    return 1;
}

static int close_script(lua_State *L)
{
    mb_script **script = lua_touserdata(L, 1);

    mb_script_close(*script);
    *script = NULL;
    return 0;
}

void mb_lua_push_statement(lua_State *L, const mb_stmt *stmt, const char *path, int line)
{
    char command[MB_COMMAND_SIZE];

    mb_stmt_command(stmt, command);
    lua_createtable(L, 0, 7);
    mb_field_text(L, "path", path);
    mb_field_count(L, "line", (size_t)line);
    mb_field_text(L, "kind", command);
    mb_field_flag(L, "concurrently", stmt->concurrently);
    mb_field_flag(L, "alone", stmt->kind == MB_STMT_NO_TRANSACTION);
    lua_pushlstring(L, stmt->sql, stmt->len);
    lua_setfield(L, -2, "text");
    luaL_setmetatable(L, STATEMENT);
}

void mb_lua_push_statements(lua_State *L, mb_script *script, const char *path)
{
    mb_error *err = mb_lua_scratch(L);
    bool found = true;
    mb_stmt stmt;

    mb_array_push(L);
    for (;;) {
        if (!mb_script_next(script, &stmt, &found, err))
            mb_lua_raise(L, err);
        if (!found)
            return;
        mb_lua_push_statement(L, &stmt, path, stmt.line);
        mb_field_count(L, "column", (size_t)stmt.column);
        mb_array_append(L);
    }
}

void mb_lua_push_source_statements(lua_State *L, const mb_source *source)
{
    mb_script **script = mb_lua_new_handle(L, SCRIPT); /* -- script */
    mb_error *err = mb_lua_scratch(L);

    if (!mb_source_script(script, source, err))
        mb_lua_raise(L, err);
    mb_lua_push_statements(L, *script, source->path); /* -- script list */
    if (!mb_source_check_ran(source, *script, err))
        mb_lua_raise(L, err);
    mb_script_close(*script);
    *script = NULL;
    lua_remove(L, -2);
}

int mb_lua_statements(lua_State *L)
{
    size_t len;
    const char *sql = luaL_checklstring(L, 1, &len), *path = luaL_optstring(L, 2, "");
    mb_script **script;

    lua_settop(L, 2);
    script = mb_lua_new_handle(L, SCRIPT);
    *script = mb_script_of_text(sql, len, path);
    mb_lua_push_statements(L, *script, *path ? path : NULL);
    mb_script_close(*script);
    *script = NULL;
    return 1;
}

int mb_open_statement(lua_State *L)
{
    static const luaL_Reg statement[] = {{"__index", statement_index}, {NULL, NULL}};
    static const luaL_Reg script[] = {{"__gc", close_script}, {NULL, NULL}};

    mb_lua_new_class(L, STATEMENT, statement);
    mb_lua_new_class(L, SCRIPT, script);
    return 0;
}

/*
 * tree.c -- a parse tree as Lua tables.
 *
 * libpg_query writes a node as an object with one member, whose name is the node's type and begins
 * with a capital letter: {"IndexStmt": {"idxname": "i", ...}}.  Names of fields begin with a small
 * letter.
 */
#include "parse.h"

#include "binding/value/value.h"

#include "moonbird/base/json.h"
#include "moonbird/parse/parse.h"

#include <stdlib.h>
#include <string.h>

static bool is(const mb_json_token *token, const char *word)
{
    return token->len == strlen(word) && memcmp(token->text, word, token->len) == 0;
}

static void push_value(lua_State *L, mb_json *json, const mb_json_token *token);

static void push_list(lua_State *L, mb_json *json)
{
    mb_json_token token;

    lua_newtable(L);
    for (lua_Integer i = 1; mb_lua_next_json(L, json, &token), token.kind != MB_JSON_ARRAY_END;
         i++) {
        push_value(L, json, &token);
        lua_rawseti(L, -2, i);
    }
}

/* Sets the members of an object in the table on top; `key` is the first key, or the object's end. */
static void set_members(lua_State *L, mb_json *json, mb_json_token *key)
{
    mb_json_token token;

    for (; key->kind != MB_JSON_OBJECT_END; mb_lua_next_json(L, json, key)) {
        mb_lua_push_json_text(L, key);
        mb_lua_next_json(L, json, &token);
        push_value(L, json, &token);
        lua_rawset(L, -3);
    }
}

/*
 * Pushes the only member of a node that holds a single value, {"sval": "x"}.  A zero has no member;
 * then it pushes nil.
 */
static void push_only_member(lua_State *L, mb_json *json)
{
    mb_json_token token;

    mb_lua_next_json(L, json, &token);
    if (token.kind == MB_JSON_OBJECT_END) {
        lua_pushnil(L);
        return;
    }
    mb_lua_next_json(L, json, &token);
    push_value(L, json, &token);
    mb_lua_next_json(L, json, &token);
}

/* The value in a field of a constant: a number of zero and false are empty objects. */
static void push_constant_value(lua_State *L, mb_json *json, const mb_json_token *field)
{
    push_only_member(L, json);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    if (is(field, "ival"))
        lua_pushinteger(L, 0);
    else if (is(field, "boolval"))
        lua_pushboolean(L, false);
    else
        lua_pushliteral(L, "");
}

/* A_Const: its one field *val becomes `value`; of NULL it has `isnull`. */
static void set_constant(lua_State *L, mb_json *json)
{
    mb_json_token key, token;

    while (mb_lua_next_json(L, json, &key), key.kind != MB_JSON_OBJECT_END) {
        mb_lua_next_json(L, json, &token);
        if (token.kind == MB_JSON_OBJECT) {
            push_constant_value(L, json, &key);
            lua_setfield(L, -2, "value");
            continue;
        }
        mb_lua_push_json_text(L, &key);
        push_value(L, json, &token);
        lua_rawset(L, -3);
    }
}

/* Pushes the node whose type is `tag`; its object has begun. */
static void push_node(lua_State *L, mb_json *json, const mb_json_token *tag)
{
    mb_json_token key;

    if (is(tag, "String") || is(tag, "List")) {
        push_only_member(L, json);
        if (!lua_isnil(L, -1))
            return;
        lua_pop(L, 1);
        if (is(tag, "String"))
            lua_pushliteral(L, "");
        else
            lua_newtable(L);
        return;
    }
    if (is(tag, "Integer")) {
        push_constant_value(L, json, &(mb_json_token){.text = "ival", .len = 4});
        return;
    }
    lua_newtable(L);
    mb_lua_push_json_text(L, tag);
    lua_setfield(L, -2, "tag");
    if (is(tag, "A_Const")) {
        set_constant(L, json);
        return;
    }
    mb_lua_next_json(L, json, &key);
    set_members(L, json, &key);
}

static bool begins_node(const mb_json_token *key)
{
    return key->kind == MB_JSON_KEY && key->len > 0 && key->text[0] >= 'A' && key->text[0] <= 'Z';
}

static void push_object(lua_State *L, mb_json *json)
{
    mb_json_token key, token;

    mb_lua_next_json(L, json, &key);
    if (!begins_node(&key)) {
        lua_newtable(L);
        set_members(L, json, &key);
        return;
    }
    mb_lua_next_json(L, json, &token); /* the node's object */
    push_node(L, json, &key);
    mb_lua_next_json(L, json, &token); /* the end of the object around it */
}

static void push_value(lua_State *L, mb_json *json, const mb_json_token *token)
{
    luaL_checkstack(L, 8, "parse tree");
    switch (token->kind) {
    case MB_JSON_TRUE:
    case MB_JSON_FALSE:
        lua_pushboolean(L, token->kind == MB_JSON_TRUE);
        break;
    case MB_JSON_NUMBER: /* a tree has integers only; other numbers are strings in it */
        lua_pushinteger(L, strtoll(token->text, NULL, 10));
        break;
    case MB_JSON_STRING:
        mb_lua_push_json_text(L, token);
        break;
    case MB_JSON_ARRAY:
        push_list(L, json);
        break;
    case MB_JSON_OBJECT:
        push_object(L, json);
        break;
    default:
        lua_pushboolean(L, false); /* a hole in a list */
    }
}

/* Can the JSON be read, and is it no deeper than MB_JSON_DEPTH? */
static bool check_depth(const mb_buf *text, mb_error *err)
{
    mb_json json;
    mb_json_token token = {.kind = MB_JSON_NULL};

    mb_json_read(&json, text->data, text->len);
    while (token.kind != MB_JSON_END)
        if (!mb_json_next(&json, &token, err))
            return mb_fail(err, MB_ERR_FILE, "the statement is nested too deeply");
    return true;
}

/* Replaces { version, stmts = { { stmt } } } on top by that statement, or by nil if there is none. */
static void take_statement(lua_State *L)
{
    lua_getfield(L, -1, "stmts");
    lua_remove(L, -2);
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        lua_remove(L, -2);
    }
    if (lua_istable(L, -1)) {
        lua_getfield(L, -1, "stmt");
        lua_remove(L, -2);
    }
}

bool mb_lua_push_tree(lua_State *L, const char *sql, mb_error *err)
{
    mb_buf *text = mb_lua_new_buf(L);
    mb_json json;
    mb_json_token token;

    if (!mb_parse(text, sql, err) || !check_depth(text, err)) {
        mb_lua_free_buf(L, text);
        lua_pop(L, 1);
        return false;
    }
    mb_lua_charge(L, text);
    mb_json_read(&json, text->data, text->len);
    mb_lua_next_json(L, &json, &token);
    push_value(L, &json, &token); /* -- text trees */
    mb_lua_free_buf(L, text);
    lua_remove(L, -2);
    take_statement(L);
    return true;
}

/* array.c -- PostgreSQL's array text (manual, 8.15.6) and Lua tables. */
#include "binding.h"

#include <string.h>

enum { MOST_DIMENSIONS = 6 }; /* MAXDIM */

typedef struct reader {
    const char *at, *end;
    char delimiter;
    const mb_column *column;
} reader;

static const char *find_quote(const reader *r)
{
    const char *s = r->at;

    while (s < r->end && *s != '"')
        s += *s == '\\' && s + 1 < r->end ? 2 : 1;
    return s;
}

/* Push an element in quotes; r->at is behind the first one. */
static void push_quoted(lua_State *L, reader *r)
{
    const char *stop = find_quote(r);
    mb_column element = {.type = r->column->element};
    luaL_Buffer buf;
    size_t len;
    const char *text;

    luaL_buffinitsize(L, &buf, (size_t)(stop - r->at));
    for (; r->at < stop; r->at++) {
        if (*r->at == '\\')
            r->at++;
        luaL_addchar(&buf, *r->at);
    }
    r->at = stop + 1;
    luaL_pushresult(&buf); /* -- text */
    if (element.type.kind == MB_KIND_TEXT)
        return;
    text = lua_tolstring(L, -1, &len);
    mb_lua_push_value(L, &element, text, len);
    lua_remove(L, -2); /* -- value */
}

static void push_bare(lua_State *L, reader *r)
{
    mb_column element = {.type = r->column->element};
    const char *start = r->at;

    while (r->at < r->end && *r->at != r->delimiter && *r->at != '}')
        r->at++;
    if (r->at - start == 4 && memcmp(start, "NULL", 4) == 0)
        mb_lua_push_null(L);
    else
        mb_lua_push_value(L, &element, start, (size_t)(r->at - start));
}

/* One pair of braces; the server never sends unbalanced ones. */
static void push_level(lua_State *L, reader *r)
{
    lua_Integer n = 0;

    luaL_checkstack(L, 8, "array");
    lua_newtable(L); /* -- array */
    r->at++;
    while (r->at < r->end && *r->at != '}') {
        if (*r->at == '{') {
            push_level(L, r);
        } else if (*r->at == '"') {
            r->at++;
            push_quoted(L, r);
        } else {
            push_bare(L, r);
        }
        lua_rawseti(L, -2, ++n);
        if (r->at < r->end && *r->at == r->delimiter)
            r->at++;
    }
    r->at++;
    lua_pushinteger(L, n);
    lua_setfield(L, -2, "n");
    mb_lua_mark_array(L);
}

void mb_lua_push_array(lua_State *L, const mb_column *column, const char *text, size_t len)
{
    const char *brace = memchr(text, '{', len); /* behind bounds that do not start at 1 */
    reader r = {brace ? brace : text, text + len, column->type.delimiter, column};

    push_level(L, &r);
}

static void add_level(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const mb_type *element, int level, const char *what);

static void add_element(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                        const mb_type *element, int level, const char *what)
{
    mb_buf *text;

    if (lua_isnil(L, value) || mb_lua_is_null(L, value)) {
        mb_buf_puts(out, "NULL");
    } else if (lua_istable(L, value) && element->kind != MB_KIND_JSON &&
               element->kind != MB_KIND_COMPOSITE) {
        add_level(L, out, db, value, type, element, level + 1, what);
    } else {
        text = mb_lua_new_buf(L);
        mb_lua_add_value(L, text, db, value, element, what);
        mb_lua_add_quoted(out, mb_buf_str(text), text->len);
        mb_buf_free(text);
        lua_pop(L, 1);
    }
}

static void add_level(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const mb_type *element, int level, const char *what)
{
    lua_Integer n = 0;
    mb_shape shape = mb_lua_shape(L, value, &n);

    if (level > MOST_DIMENSIONS)
        mb_lua_fail(L, MB_ERR_USAGE, "%s: more than %d dimensions for %s, or a table in itself",
                    what, MOST_DIMENSIONS, type->name);
    if (shape == MB_OBJECT || shape == MB_NEITHER)
        mb_lua_fail(L, MB_ERR_USAGE, "%s: a table with other keys than 1 to n cannot be sent as %s",
                    what, type->name);
    luaL_checkstack(L, 8, "array");
    mb_buf_putc(out, '{');
    for (lua_Integer i = 1; i <= n; i++) {
        if (i > 1)
            mb_buf_putc(out, type->delimiter);
        lua_geti(L, value, i);
        add_element(L, out, db, lua_gettop(L), type, element, level, what);
        lua_pop(L, 1);
    }
    mb_buf_putc(out, '}');
}

void mb_lua_add_array(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what)
{
    mb_type element;

    mb_lua_type(L, db, type->element, &element);
    add_level(L, out, db, value, type, &element, 1, what);
}

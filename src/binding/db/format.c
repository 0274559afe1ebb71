/* format.c -- names and values as text, for SQL that a script builds. */
#include "binding/binding.h"

#include "moonbird/sql/quote.h"

#include <string.h>

static int push_quoted(lua_State *L, void (*quote)(mb_buf *, const char *))
{
    size_t len;
    const char *s = (mb_lua_check_db(L, 1), luaL_checklstring(L, 2, &len));
    mb_buf *out;

    luaL_argcheck(L, !memchr(s, '\0', len), 2, "the string contains a zero byte");
    out = mb_lua_new_buf(L);
    quote(out, s);
    lua_pushlstring(L, out->data, out->len);
    mb_buf_free(out);
    return 1;
}

static int db_escape_identifier(lua_State *L)
{
    return push_quoted(L, mb_quote_identifier);
}

static int db_escape_literal(lua_State *L)
{
    return push_quoted(L, mb_quote_literal);
}

/* ---- format ---- */

/* Raises for a placeholder that `format` does not have, and returns how many values it takes. */
static int count_placeholders(lua_State *L, const char *format, size_t len)
{
    mb_error *err = mb_lua_scratch(L);
    const char *end = format + len;
    int n = 0;

    while ((format = memchr(format, '%', (size_t)(end - format))) != NULL) {
        char letter = format[1]; /* the NUL after the string, at its end */

        if (letter == '\0' || !strchr("ILs%", letter)) {
            mb_fail(err, MB_ERR_USAGE, "unknown placeholder \"%%%.*s\" in the format",
                    (unsigned char)letter < 0x80 ? 1 : 0, &format[1]);
            mb_fail_hint(err, "Write %%I for a name, %%L for a value, %%s for SQL, and %%%% for "
                              "a percent sign.");
            if (letter >= '0' && letter <= '9')
                mb_fail_hint(err, "Unlike format() in SQL, db:format has no positions: write %%I, "
                                  "not %%1$I, and pass a value for each placeholder.");
            mb_lua_raise(L, err);
        }
        n += letter != '%';
        format += 2;
    }
    return n;
}

static void add_name(lua_State *L, mb_buf *out, int value)
{
    const char *name = mb_lua_check_name(L, value);

    luaL_argcheck(L, *name, value, "the name is empty");
    mb_quote_relation(out, name);
}

/* Raises for a table, whose text depends on a type that only the script knows. */
static void refuse_table(lua_State *L, const char *what)
{
    mb_error *err = mb_lua_scratch(L);

    mb_fail(err, MB_ERR_USAGE, "%s is a table, which needs a type", what);
    mb_fail_hint(err, "State it, for example with moonbird.typed(value, \"jsonb\").");
    mb_lua_raise(L, err);
}

/*
 * True for a value whose text needs no quotes: DDL often takes a number, but not one in quotes.
 * Negative zero needs quotes, because a minus is an operator in SQL, and -0 without quotes is 0.
 */
static bool is_bare(lua_State *L, int value, const mb_buf *text)
{
    int type = lua_type(L, value);

    if (text->len && text->data[0] == '-' && !strpbrk(text->data, "123456789"))
        return false;
    return type == LUA_TBOOLEAN || mb_lua_to_decimal(L, value) ||
           (type == LUA_TNUMBER && strspn(text->data, "+-.0123456789eE") == text->len);
}

/*
 * Appends a cast.  In SQL, "char" and "bit" without a length mean a length of 1, and the cast would
 * cut the value; these names of the same types have no length, as the type of a parameter.
 */
static void add_cast(mb_buf *out, const char *name, const mb_type *type)
{
    static const struct {
        uint32_t oid;
        const char *name;
    } plain[] = {{1042, "pg_catalog.bpchar"},
                 {1014, "pg_catalog.bpchar[]"},
                 {1560, "pg_catalog.\"bit\""},
                 {1561, "pg_catalog.\"bit\"[]"}};

    for (size_t i = 0; i < sizeof plain / sizeof plain[0] && !strchr(name, '('); i++)
        if (plain[i].oid == type->oid)
            name = plain[i].name;
    mb_buf_printf(out, "::%s", name);
}

/* NULL, true and numbers unquoted; everything else in quotes, with its type if it has one. */
static void add_literal(lua_State *L, mb_buf *out, int value)
{
    const char *what = lua_pushfstring(L, "value %d", value - 2);
    mb_buf *text = mb_lua_new_buf(L);
    bool typed = mb_lua_push_typed(L, value); /* -- what text [value name] */
    mb_type type;

    if (typed)
        mb_lua_type_named(L, 1, lua_tostring(L, -1), &type);
    else if (lua_istable(L, value))
        refuse_table(L, what);
    if (!mb_lua_add_value(L, text, 1, value, typed ? &type : NULL, what)) {
        mb_buf_puts(out, "NULL");
    } else if (is_bare(L, value, text)) {
        if (out->len > 0 && out->data[out->len - 1] == '-')
            mb_buf_putc(out, ' '); /* two minus signs would begin a comment */
        mb_buf_add(out, text->data, text->len);
    } else {
        mb_quote_literal_len(out, mb_buf_str(text), text->len);
    }
    if (typed)
        add_cast(out, lua_tostring(L, -1), &type);
    mb_lua_free_buf(L, text);
}

static void add_sql(lua_State *L, mb_buf *out, int value)
{
    size_t len;
    const char *sql = luaL_checklstring(L, value, &len);

    mb_buf_add(out, sql, len);
}

/* db:format(format, ...) -> SQL */
static int db_format(lua_State *L)
{
    size_t len;
    const char *s = (mb_lua_check_db(L, 1), luaL_checklstring(L, 2, &len));
    const char *end = s + len;
    int values = lua_gettop(L) - 2, wanted = count_placeholders(L, s, len), value = 3;
    mb_buf *out;

    if (values != wanted)
        return mb_lua_fail(L, MB_ERR_USAGE, "the format has %d placeholder%s, but %d value%s given",
                           wanted, wanted == 1 ? "" : "s", values, values == 1 ? " is" : "s are");
    luaL_checkstack(L, 16, "format");
    out = mb_lua_new_buf(L);
    for (; s < end; s++) {
        int top = lua_gettop(L);

        if (*s != '%') {
            mb_buf_putc(out, *s);
            continue;
        }
        switch (*++s) {
        case 'I':
            add_name(L, out, value++);
            break;
        case 'L':
            add_literal(L, out, value++);
            break;
        case 's':
            add_sql(L, out, value++);
            break;
        default:
            mb_buf_putc(out, '%');
        }
        lua_settop(L, top);
        mb_lua_charge(L, out);
    }
    lua_pushlstring(L, mb_buf_str(out), out->len);
    mb_lua_free_buf(L, out);
    return 1;
}

const luaL_Reg mb_db_text[] = {{"escape_identifier", db_escape_identifier},
                               {"escape_literal", db_escape_literal},
                               {"format", db_format},
                               {NULL, NULL}};

/*
 * query.c -- a statement of the studio's console, and its rows as text.
 *
 * All rows are read, but only the first ones are kept, so that the memory does not depend on what a
 * person types.  Rows are lists, since two columns may have one name.
 */
#include "studio.h"

#include "binding/value/field.h"

#include "moonbird/base/json.h"
#include "moonbird/run/exec.h"

#include <string.h>

typedef struct collected {
    mb_buf *columns, *rows; /* members of JSON arrays */
    int64_t seen, kept, most;
    size_t bytes; /* of `rows`, at which no more rows are kept */
} collected;

/* int2, int4, int8, oid, float4, float8, numeric */
static bool is_number(uint32_t type)
{
    static const uint32_t numbers[] = {20, 21, 23, 26, 700, 701, 1700};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i] == type)
            return true;
    return false;
}

static void add_columns(mb_buf *out, const mb_result *res)
{
    for (size_t i = 0; i < mb_result_columns(res); i++) {
        const char *name = mb_result_name(res, i);

        mb_buf_puts(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        mb_json_add_string(out, name, strlen(name));
        mb_buf_printf(out, ",\"number\":%s}", is_number(mb_result_type(res, i)) ? "true" : "false");
    }
}

static void add_row(mb_buf *out, const mb_result *res, size_t row)
{
    mb_buf_puts(out, out->len > 0 ? ",[" : "[");
    for (size_t i = 0; i < mb_result_columns(res); i++) {
        size_t len = 0;
        const char *value = mb_result_cell(res, row, i, &len);

        mb_buf_puts(out, i > 0 ? "," : "");
        if (value)
            mb_json_add_string(out, value, len);
        else
            mb_buf_puts(out, "null");
    }
    mb_buf_putc(out, ']');
}

static void take_rows(void *self, const mb_result *part, bool first)
{
    collected *c = self;

    if (first && c->columns->len == 0)
        add_columns(c->columns, part);
    for (size_t row = 0; row < mb_result_rows(part); row++) {
        if (c->kept == c->seen++ && c->kept < c->most && c->rows->len < c->bytes) {
            add_row(c->rows, part, row);
            c->kept++;
        }
    }
}

static void set_list(lua_State *L, const char *key, const mb_buf *members)
{
    mb_buf *text = mb_lua_new_buf(L);

    mb_buf_putc(text, '[');
    mb_buf_add(text, mb_buf_str((mb_buf *)members), members->len);
    mb_buf_putc(text, ']');
    mb_lua_push_json(L, text->data, text->len);
    lua_setfield(L, -3, key);
    mb_buf_free(text);
    lua_pop(L, 1);
}

/*
 * query(db, sql, most rows, most bytes) -> { columns, rows, seen, affected }; `rows` has the first
 * rows as lists of text and null, and `seen` is the number of all rows.
 */
int mb_studio_query(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    const char *sql = mb_lua_check_sql(L, 2);
    mb_conn *conn = mb_lua_ready(L, 1);
    collected c = {.most = luaL_checkinteger(L, 3), .bytes = (size_t)luaL_checkinteger(L, 4)};
    const mb_sink sink = {.self = &c, .rows = take_rows};
    int64_t affected;
    mb_error err;

    c.columns = mb_lua_new_buf(L);
    c.rows = mb_lua_new_buf(L);
    if (!mb_exec_text(conn, sql, lua_rawlen(L, 2), &(mb_exec_with){.rows = &sink}, &affected, &err))
        return mb_lua_raise_sql(L, 1, sql, &err);
    db->used = true; /* it may have changed settings, which mb_session_reset_project undoes */
    lua_createtable(L, 0, 4);
    set_list(L, "columns", c.columns);
    set_list(L, "rows", c.rows);
    mb_field_count(L, "seen", (size_t)c.seen);
    mb_field_count(L, "affected", (size_t)affected);
    mb_buf_free(c.columns);
    mb_buf_free(c.rows);
    return 1;
}

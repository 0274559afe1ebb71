#include "copy.h"

#include "clause.h"

#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <string.h>

enum { DB = 1, TABLE };

/* Asks the server for the fields of composite types now, since it cannot answer during COPY. */
static void prepare_type(lua_State *L, const mb_type *type)
{
    mb_type part;

    luaL_checkstack(L, 4, "type");
    if (type->kind == MB_KIND_ARRAY) {
        mb_lua_type(L, DB, type->element, &part);
        prepare_type(L, &part);
    } else if (type->kind == MB_KIND_COMPOSITE) {
        mb_lua_push_fields(L, DB, type); /* -- fields */
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
            lua_rawgeti(L, -1, i);
            lua_getfield(L, -1, "type"); /* -- fields field oid */
            mb_lua_type(L, DB, (uint32_t)lua_tointeger(L, -1), &part);
            prepare_type(L, &part);
            lua_pop(L, 2);
        }
        lua_pop(L, 1);
    }
}

/* The parameters of an INSERT give the types, which needs no SELECT privilege. */
static void read_types(lua_State *L, mb_copy_field *fields, int columns, lua_Integer n)
{
    mb_buf *sql = mb_lua_new_buf(L);
    const uint32_t *types;
    size_t given;
    mb_error err;

    mb_buf_puts(sql, "INSERT INTO ");
    mb_quote_relation(sql, lua_tostring(L, TABLE));
    mb_buf_puts(sql, " (");
    mb_clause_add_names(L, sql, columns);
    for (lua_Integer i = 1; i <= n; i++)
        mb_buf_printf(sql, "%s$%lld", i > 1 ? ", " : ") OVERRIDING SYSTEM VALUE VALUES (",
                      (long long)i);
    mb_buf_putc(sql, ')');
    if (!mb_conn_parameter_types(&types, &given, mb_lua_check_db(L, DB)->conn, sql->data, &err))
        mb_lua_raise_sql(L, DB, "", &err);
    for (lua_Integer i = 0; i < n; i++)
        fields[i].type.oid = types[i];
    mb_buf_free(sql);
    lua_pop(L, 1);
}

/* Finds the columns whose default is not NULL: their own, that of a sequence, or their domain's. */
static void read_defaults(lua_State *L, mb_copy_field *fields, int columns, lua_Integer n)
{
    static const char sql[] =
        "SELECT a.attname FROM pg_catalog.pg_attribute a"
        " JOIN pg_catalog.pg_type t ON t.oid" MB_EQ "a.atttypid"
        " WHERE a.attrelid" MB_EQ "pg_catalog.to_regclass($1)::pg_catalog.oid"
        " AND a.attnum" MB_OP(">") "0 AND NOT a.attisdropped"
        " AND (a.atthasdef OR a.attidentity" MB_NE "'' OR t.typdefault IS NOT NULL)";
    int top = lua_gettop(L);
    mb_buf *relation = mb_lua_new_buf(L); /* -- relation */
    mb_result **res;

    mb_quote_relation(relation, lua_tostring(L, TABLE));
    lua_pushlstring(L, relation->data, relation->len);
    mb_lua_free_buf(L, relation);
    res = mb_lua_query(L, DB, sql, top + 2, 1);
    for (size_t row = 0; row < mb_result_rows(*res); row++)
        for (lua_Integer i = 0; i < n; i++) {
            lua_rawgeti(L, columns, i + 1);
            if (strcmp(lua_tostring(L, -1), mb_result_value(*res, row, 0)) == 0)
                fields[i].defaulted = true;
            lua_pop(L, 1);
        }
    mb_lua_free_result(res);
    lua_settop(L, top);
}

const mb_copy_field *mb_copy_push_fields(lua_State *L, int columns, bool defaults)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, columns);
    mb_copy_field *fields = lua_newuserdatauv(L, (size_t)n * sizeof *fields, 1); /* -- fields */

    memset(fields, 0, (size_t)n * sizeof *fields);
    read_types(L, fields, columns, n);
    if (defaults)
        read_defaults(L, fields, columns, n);
    lua_createtable(L, (int)n, 0); /* -- fields words */
    for (lua_Integer i = 0; i < n; i++) {
        mb_lua_type(L, DB, fields[i].type.oid, &fields[i].type);
        prepare_type(L, &fields[i].type);
        lua_rawgeti(L, columns, i + 1);
        fields[i].what = lua_pushfstring(L, "column \"%s\"", lua_tostring(L, -1));
        lua_rawseti(L, -3, i + 1);
        lua_pop(L, 1);
    }
    lua_setiuservalue(L, -2, 1);
    return fields;
}

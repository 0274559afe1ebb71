/*
 * catalog.c -- db:has_… and db:columns: queries on the catalog.
 *
 * A name is `x` or `schema.x`, and each part is taken literally.  A name without a schema is looked
 * up in the search_path.
 */
#include "binding/binding.h"

#include "moonbird/pg/qualified.h"

#include <string.h>
#include <strings.h>

/* A relation of these kinds, with the name $1 and the schema $2. */
#define RELATION(kinds)                                                                            \
    "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ            \
    "c.relnamespace"                                                                               \
    " WHERE c.relname" MB_EQ "$1 AND c.relkind" MB_EQ "ANY ('{" kinds "}')"                        \
    " AND CASE WHEN $2::pg_catalog.text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)"        \
    " ELSE n.nspname" MB_EQ "$2 END"

#define TABLES "r,p,v,m,f"

/* An object of a table: $1 and $2 are the table's name and schema, $3 the object's name. */
#define OF_TABLE(catalog, table, condition)                                                        \
    "SELECT 1 FROM pg_catalog." catalog " x JOIN pg_catalog.pg_class c ON c.oid" MB_EQ "x." table  \
    " JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace"                              \
    " WHERE c.relname" MB_EQ "$1 AND CASE WHEN $2::pg_catalog.text IS NULL"                        \
    " THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname" MB_EQ "$2 END AND " condition

#define TYPE                                                                                       \
    "SELECT 1 FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ             \
    "t.typnamespace"                                                                               \
    " WHERE t.typname" MB_EQ "$1 AND CASE WHEN $2::pg_catalog.text IS NULL"                        \
    " THEN pg_catalog.pg_type_is_visible(t.oid) ELSE n.nspname" MB_EQ "$2 END"

static const struct question {
    const char *name;
    int arguments; /* if `schema`, the first is a name with or without a schema */
    bool schema;
    const char *sql;
} questions[] = {
    {"has_table", 1, true, RELATION(TABLES)},
    {"has_index", 1, true, RELATION("i,I")},
    {"has_column", 2, true,
     OF_TABLE("pg_attribute", "attrelid",
              "c.relkind" MB_EQ "ANY ('{" TABLES ",c}')"
              " AND x.attname" MB_EQ "$3 AND x.attnum" MB_OP(">") "0 AND NOT x.attisdropped")},
    {"has_constraint", 2, true, OF_TABLE("pg_constraint", "conrelid", "x.conname" MB_EQ "$3")},
    {"has_trigger", 2, true,
     OF_TABLE("pg_trigger", "tgrelid", "x.tgname" MB_EQ "$3 AND NOT x.tgisinternal")},
    {"has_function", 1, true,
     "SELECT 1 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ
     "p.pronamespace"
     " WHERE p.proname" MB_EQ "$1 AND CASE WHEN $2::pg_catalog.text IS NULL"
     " THEN pg_catalog.pg_function_is_visible(p.oid) ELSE n.nspname" MB_EQ "$2 END"},
    {"has_type", 1, true, TYPE},
    {"has_enum_value", 2, true,
     TYPE " AND EXISTS (SELECT FROM pg_catalog.pg_enum e WHERE e.enumtypid" MB_EQ "t.oid"
          " AND e.enumlabel" MB_EQ "$3)"},
    {"has_schema", 1, false, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname" MB_EQ "$1"},
    {"has_extension", 1, false, "SELECT 1 FROM pg_catalog.pg_extension WHERE extname" MB_EQ "$1"},
    {"has_role", 1, false, "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname" MB_EQ "$1"},
};

/* Pushes the name and the schema (or nil) of the name at `arg`, split as mb_quote_relation does. */
static void push_name(lua_State *L, int arg)
{
    const char *name = mb_lua_check_name(L, arg), *dot = strchr(name, '.');

    lua_pushstring(L, dot ? dot + 1 : name);
    if (dot)
        lua_pushlstring(L, name, (size_t)(dot - name));
    else
        lua_pushnil(L);
}

/* Nothing has the name.  Raises for f(int), which would always be missing, although f exists. */
static void check_bare(lua_State *L, const struct question *q)
{
    const char *name = lua_tostring(L, 2);

    if (strcmp(q->name, "has_function") == 0 && strchr(name, '('))
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" must be the name of a function, without arguments",
                    name);
}

/*
 * Replaces the name at 2, if it is one of the SQL standard or has a length or [] behind it, by the
 * type's name in pg_type.
 */
static bool respell_type(lua_State *L)
{
    static const struct {
        const char *standard, *name;
    } types[] = {
        {"int", "int4"}, {"integer", "int4"}, {"smallint", "int2"}, {"bigint", "int8"},
        {"boolean", "bool"}, {"real", "float4"}, {"float", "float8"},
        {"double precision", "float8"}, {"decimal", "numeric"}, {"dec", "numeric"},
        {"character", "bpchar"}, {"char", "bpchar"}, {"character varying", "varchar"},
        {"bit varying", "varbit"}, {"timestamp with time zone", "timestamptz"},
        {"timestamp without time zone", "timestamp"}, {"time with time zone", "timetz"},
        {"time without time zone", "time"},
    };
    const char *name = lua_tostring(L, 2);
    size_t len = strcspn(name, "([");

    if (name[len + strspn(name + len, "()[]0123456789, ")] != '\0')
        return false;
    lua_pushlstring(L, name, len);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(lua_tostring(L, -1), types[i].standard) == 0)
            lua_pushfstring(L, "pg_catalog.%s", types[i].name);
    lua_replace(L, 2);
    return true;
}

/* Is there an object that has the names at 2 and 3? */
static bool exists(lua_State *L, const struct question *q)
{
    int first = lua_gettop(L) + 1, n = 1;

    if (q->schema) {
        push_name(L, 2);
        n = 2;
    } else {
        lua_pushvalue(L, 2);
    }
    if (q->arguments == 2) {
        lua_pushvalue(L, 3);
        n++;
    }
    return mb_result_rows(*mb_lua_query(L, 1, q->sql, first, n)) > 0;
}

static int ask(lua_State *L)
{
    const struct question *q = &questions[lua_tointeger(L, lua_upvalueindex(1))];
    bool found;

    mb_lua_check_db(L, 1);
    mb_lua_check_name(L, 2);
    if (q->arguments == 2)
        mb_lua_check_name(L, 3);
    found = exists(L, q);
    if (!found && strcmp(q->name, "has_type") == 0)
        found = respell_type(L) && exists(L, q);
    if (!found)
        check_bare(L, q);
    lua_pushboolean(L, found);
    return 1;
}

/*
 * Raises if the relation does not exist, so that a misspelt name does not look like a table without
 * columns.  `first` is the index of the name, and the schema is above it.
 */
static void check_relation(lua_State *L, int first)
{
    mb_result **res = mb_lua_query(L, 1, RELATION(TABLES ",c"), first, 2);

    if (mb_result_rows(*res) == 0)
        mb_lua_fail(L, MB_ERR_USAGE, "table \"%s\" does not exist", lua_tostring(L, 2));
}

/* db:columns(t) -> { { name =, type =, nullable =, default = }, ... } */
static int db_columns(lua_State *L)
{
    static const char sql[] =
        "SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,"
        " NOT a.attnotnull AS nullable, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default"
        " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid" MB_EQ "a.attrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace"
        " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid" MB_EQ "a.attrelid AND d.adnum" MB_EQ
        "a.attnum"
        " WHERE c.relname" MB_EQ "$1 AND c.relkind" MB_EQ "ANY ('{" TABLES ",c}')"
        " AND CASE WHEN $2::pg_catalog.text IS NULL"
        " THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname" MB_EQ "$2 END"
        " AND a.attnum" MB_OP(">") "0 AND NOT a.attisdropped ORDER BY a.attnum";
    int first = lua_gettop(L) + 1;
    mb_result **res;

    mb_lua_check_db(L, 1);
    push_name(L, 2);
    res = mb_lua_query(L, 1, sql, first, 2);
    if (mb_result_rows(*res) == 0)
        check_relation(L, first);
    lua_newtable(L);
    mb_lua_add_rows(L, 1, lua_gettop(L), res);
    return 1;
}

void mb_lua_add_catalog(lua_State *L)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        lua_pushinteger(L, (lua_Integer)i);
        lua_pushcclosure(L, ask, 1);
        lua_setfield(L, -2, questions[i].name);
    }
    lua_pushcfunction(L, db_columns);
    lua_setfield(L, -2, "columns");
}

/* type.c -- the types of the server, and how Lua represents each. */
#include "binding/binding.h"

#include "moonbird/pg/qualified.h"

#include <stdio.h>
#include <string.h>

/* The built-in types, whose oids are fixed (pg_type.dat), with the oids of their arrays. */
static const struct builtin {
    uint32_t oid, array;
    mb_kind kind;
    const char *name;
} builtins[] = {
    {16, 1000, MB_KIND_BOOL, "boolean"},
    {17, 1001, MB_KIND_BYTEA, "bytea"},
    {18, 1002, MB_KIND_TEXT, "\"char\""},
    {19, 1003, MB_KIND_TEXT, "name"},
    {20, 1016, MB_KIND_INTEGER, "bigint"},
    {21, 1005, MB_KIND_INTEGER, "smallint"},
    {23, 1007, MB_KIND_INTEGER, "integer"},
    {25, 1009, MB_KIND_TEXT, "text"},
    {22, 1006, MB_KIND_VECTOR, "int2vector"},
    {26, 1028, MB_KIND_INTEGER, "oid"},
    {30, 1013, MB_KIND_VECTOR, "oidvector"},
    {MB_OID_JSON, 199, MB_KIND_JSON, "json"},
    {142, 143, MB_KIND_TEXT, "xml"},
    {650, 651, MB_KIND_TEXT, "cidr"},
    {700, 1021, MB_KIND_FLOAT, "real"},
    {701, 1022, MB_KIND_FLOAT, "double precision"},
    {790, 791, MB_KIND_TEXT, "money"},
    {869, 1041, MB_KIND_TEXT, "inet"},
    {1042, 1014, MB_KIND_TEXT, "character"},
    {1043, 1015, MB_KIND_TEXT, "character varying"},
    {1082, 1182, MB_KIND_TEXT, "date"},
    {1083, 1183, MB_KIND_TEXT, "time without time zone"},
    {1114, 1115, MB_KIND_TEXT, "timestamp without time zone"},
    {1184, 1185, MB_KIND_TEXT, "timestamp with time zone"},
    {1186, 1187, MB_KIND_TEXT, "interval"},
    {1266, 1270, MB_KIND_TEXT, "time with time zone"},
    {1700, 1231, MB_KIND_TEXT, "numeric"},
    {2950, 2951, MB_KIND_TEXT, "uuid"},
    {3802, 3807, MB_KIND_JSON, "jsonb"},
};

/* Names of types that people write but format_type does not. */
static const struct {
    const char *alias;
    uint32_t oid;
} aliases[] = {
    {"bool", 16},      {"int8", 20},        {"int2", 21},          {"int", 23},
    {"int4", 23},      {"float4", 700},     {"float8", 701},       {"char", 1042},
    {"varchar", 1043}, {"timestamp", 1114}, {"timestamptz", 1184}, {"time", 1083},
    {"decimal", 1700},
};

/* Not by snprintf: this runs for each value that is sent. */
static void set_name(mb_type *out, const char *name)
{
    size_t len = strlen(name);

    memcpy(out->name, name, len + 1);
    if (out->kind == MB_KIND_ARRAY)
        memcpy(out->name + len, "[]", sizeof "[]");
}

static bool find_builtin(uint32_t oid, mb_type *out)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
        const struct builtin *b = &builtins[i];

        if (b->oid != oid && b->array != oid)
            continue;
        *out = (mb_type){.oid = oid, .kind = b->oid == oid ? b->kind : MB_KIND_ARRAY};
        if (out->kind == MB_KIND_ARRAY) {
            out->element = b->oid;
            out->delimiter = ',';
        }
        set_name(out, b->name);
        return true;
    }
    return false;
}

/*
 * Pushes the cache of types, by oid and by name.  Its key 0, which is not an oid of a type, has the
 * connection's count of cache resets (mb_conn_forget); when that has grown, the cache is replaced.
 */
static void push_cache(lua_State *L, int index)
{
    lua_Integer forgot = (lua_Integer)mb_conn_forgot(mb_lua_check_db(L, index)->conn);

    if (lua_getiuservalue(L, index, 1) == LUA_TTABLE) {
        bool fresh = lua_rawgeti(L, -1, 0) == LUA_TNUMBER && lua_tointeger(L, -1) == forgot;

        lua_pop(L, 1);
        if (fresh)
            return;
    }
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushinteger(L, forgot);
    lua_rawseti(L, -2, 0);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, index, 1);
}

static void read_type(const mb_result *res, mb_type *out)
{
    out->element = (uint32_t)mb_result_int(res, 0, 2);
    out->delimiter = *mb_result_value(res, 0, 3);
    if (out->element)
        out->kind = MB_KIND_ARRAY;
    else if (*mb_result_value(res, 0, 4) == 'c')
        out->kind = MB_KIND_COMPOSITE;
}

/* Reads a row of pg_type.  Only array_in makes a type an array: int2vector has a typelem too. */
static const char by_oid[] =
    "SELECT t.typbasetype, pg_catalog.format_type(t.oid, NULL),"
    " CASE WHEN t.typinput" MB_EQ "'pg_catalog.array_in'::pg_catalog.regproc"
    " THEN t.typelem ELSE 0 END,"
    " COALESCE(e.typdelim, ','), t.typtype"
    " FROM pg_catalog.pg_type t"
    " LEFT JOIN pg_catalog.pg_type e ON e.oid" MB_EQ "t.typelem"
    " WHERE t.oid" MB_EQ "$1::pg_catalog.oid";

static mb_result **ask(lua_State *L, mb_db *db, const char *sql, const char *value)
{
    mb_param param = {.data = value, .len = strlen(value)};
    mb_result **res = mb_lua_new_result(L);
    mb_error err;

    if (!mb_conn_query(res, db->conn, sql, 1, &param, &err))
        mb_lua_raise(L, &err);
    return res;
}

/* Asks the server for a type.  A domain gets the representation of its base type. */
static void ask_type(lua_State *L, int index, uint32_t oid, mb_type *out)
{
    const char *text = lua_pushfstring(L, "%I", (LUAI_UACINT)oid);
    mb_result **res = ask(L, mb_lua_check_db(L, index), by_oid, text);

    *out = (mb_type){.oid = oid, .kind = MB_KIND_TEXT, .name = "unknown"};
    if (mb_result_rows(*res) == 0)
        return;
    if (*mb_result_value(*res, 0, 4) == 'd')
        mb_lua_type(L, index, (uint32_t)mb_result_int(*res, 0, 0), out);
    else
        read_type(*res, out);
    snprintf(out->name, sizeof out->name, "%s", mb_result_value(*res, 0, 1));
}

void mb_lua_type(lua_State *L, int index, uint32_t oid, mb_type *out)
{
    int top = lua_gettop(L);

    if (find_builtin(oid, out))
        return;
    luaL_checkstack(L, 8, "type");
    push_cache(L, index);                           /* -- cache */
    if (lua_rawgeti(L, -1, oid) != LUA_TUSERDATA) { /* -- cache nil */
        ask_type(L, index, oid, out);
        *(mb_type *)lua_newuserdatauv(L, sizeof *out, 1) = *out;
        lua_rawseti(L, top + 1, oid);
    } else {
        *out = *(mb_type *)lua_touserdata(L, -1);
    }
    lua_settop(L, top);
}

static uint32_t find_alias(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (strcmp(aliases[i].alias, name) == 0)
            return aliases[i].oid;
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return builtins[i].oid;
    return 0;
}

static uint32_t find_array(uint32_t element)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
        if (builtins[i].oid == element)
            return builtins[i].array;
    return 0;
}

bool mb_lua_type_built_in(const char *name, mb_type *out)
{
    size_t len = strlen(name);
    char element[64];

    if (len < 3 || len >= sizeof element || strcmp(name + len - 2, "[]") != 0)
        return find_builtin(find_alias(name), out);
    memcpy(element, name, len - 2);
    element[len - 2] = '\0';
    return find_builtin(find_array(find_alias(element)), out);
}

void mb_lua_type_named(lua_State *L, int index, const char *name, mb_type *out)
{
    mb_db *db = mb_lua_check_db(L, index);
    int top = lua_gettop(L);
    uint32_t oid;

    if (mb_lua_type_built_in(name, out))
        return;
    push_cache(L, index);                           /* -- cache */
    if (lua_getfield(L, -1, name) != LUA_TNUMBER) { /* -- cache nil */
        mb_result **res = ask(L, db, "SELECT pg_catalog.to_regtype($1)::pg_catalog.oid", name);

        if (mb_result_null(*res, 0, 0))
            mb_lua_fail(L, MB_ERR_USAGE, "type \"%s\" does not exist", name);
        lua_pushinteger(L, mb_result_int(*res, 0, 0));
        lua_pushvalue(L, -1);
        lua_setfield(L, top + 1, name);
    }
    oid = (uint32_t)lua_tointeger(L, -1);
    lua_settop(L, top);
    mb_lua_type(L, index, oid, out);
}

void mb_lua_push_fields(lua_State *L, int index, const mb_type *type)
{
    static const char sql[] =
        "SELECT a.attname, a.atttypid FROM pg_catalog.pg_attribute a"
        " JOIN pg_catalog.pg_type t ON t.typrelid" MB_EQ "a.attrelid"
        " WHERE t.oid" MB_EQ "$1::pg_catalog.oid AND a.attnum" MB_OP(">") "0 AND NOT a.attisdropped"
        " ORDER BY a.attnum";
    mb_db *db = mb_lua_check_db(L, index);
    int top = lua_gettop(L);
    mb_result **res;

    push_cache(L, index);
    lua_rawgeti(L, -1, type->oid); /* -- cache type */
    if (lua_getiuservalue(L, -1, 1) != LUA_TTABLE) {
        res = ask(L, db, sql, lua_pushfstring(L, "%I", (LUAI_UACINT)type->oid));
        lua_newtable(L); /* -- … fields */
        for (size_t i = 0; i < mb_result_rows(*res); i++) {
            lua_createtable(L, 0, 2);
            lua_pushstring(L, mb_result_value(*res, i, 0));
            lua_setfield(L, -2, "name");
            lua_pushinteger(L, mb_result_int(*res, i, 1));
            lua_setfield(L, -2, "type");
            lua_rawseti(L, -2, (lua_Integer)i + 1);
            lua_pushboolean(L, 1);
            lua_setfield(L, -2, mb_result_value(*res, i, 0));
        }
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, top + 2, 1);
    }
    lua_replace(L, top + 1); /* -- fields */
    lua_settop(L, top + 1);
}

/*
 * null.c -- moonbird.null: NULL in arrays and JSON, where nil would be an absent value.
 *
 * Lua counts it as true, so a script may take it for a value.  Each operation on it raises an error
 * that says so.
 */
#include "binding/binding.h"

void mb_lua_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

bool mb_lua_is_null(lua_State *L, int index)
{
    return lua_islightuserdata(L, index) && lua_touserdata(L, index) == NULL;
}

static int null_tostring(lua_State *L)
{
    lua_pushstring(L, lua_touserdata(L, 1) ? "userdata" : "null");
    return 1;
}

static int refuse(lua_State *L, const char *what)
{
    mb_error *err = mb_lua_scratch(L);

    mb_fail(err, MB_ERR_SCRIPT, "the value is NULL (moonbird.null): %s", what);
    mb_fail_hint(err, "It counts as true, so compare it first: if value ~= moonbird.null then ... "
                      "end");
    return mb_lua_raise(L, err);
}

/* __index, __newindex: the key is argument 2 */
static int null_index(lua_State *L)
{
    const char *what = lua_type(L, 2) == LUA_TSTRING ? "it has no field \"%s\""
                                                      : "it has no element %s";

    return refuse(L, lua_pushfstring(L, what, luaL_tolstring(L, 2, NULL)));
}

/* The other operations; upvalue 1 says what is impossible. */
static int null_refuse(lua_State *L)
{
    return refuse(L, lua_tostring(L, lua_upvalueindex(1)));
}

int mb_open_null(lua_State *L)
{
    static const char *const refused[][2] = {
        {"__call", "it cannot be called"},    {"__concat", "it cannot be joined with a string"},
        {"__len", "it has no length"},        {"__pairs", "it has no elements"},
        {"__lt", "it has no order"},          {"__le", "it has no order"},
        {"__add", NULL},  {"__sub", NULL},    {"__mul", NULL},  {"__div", NULL},
        {"__mod", NULL},  {"__pow", NULL},    {"__unm", NULL},  {"__idiv", NULL},
        {"__band", NULL}, {"__bor", NULL},    {"__bxor", NULL}, {"__shl", NULL},
        {"__shr", NULL},  {"__bnot", NULL},
    };
    static const luaL_Reg functions[] = {{"__tostring", null_tostring},
                                         {"__index", null_index},
                                         {"__newindex", null_index},
                                         {NULL, NULL}};

    mb_lua_push_null(L);
    lua_newtable(L); /* -- null class */
    luaL_setfuncs(L, functions, 0);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        lua_pushstring(L, refused[i][1] ? refused[i][1] : "it is not a number");
        lua_pushcclosure(L, null_refuse, 1);
        lua_setfield(L, -2, refused[i][0]);
    }
    lua_pushliteral(L, "protected");
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "null");
    lua_setfield(L, -2, "__name");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    return 0;
}

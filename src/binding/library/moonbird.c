/* moonbird.c -- the library `moonbird`: plain functions for every script. */
#include "binding/binding.h"
#include "binding/parse/parse.h"

#include "moonbird/os/file.h"
#include "moonbird/base/hash.h"
#include "moonbird/os/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define IRREVERSIBLE "moonbird.irreversible"

/* log.info(fmt, ...): without further arguments the text is not a format, so a % is allowed. */
static int log_at(lua_State *L)
{
    mb_level level = (mb_level)lua_tointeger(L, lua_upvalueindex(1));

    luaL_checkany(L, 1);
    if (lua_gettop(L) > 1) {
        lua_getglobal(L, "string");
        lua_getfield(L, -1, "format");
        lua_replace(L, -2);
        lua_insert(L, 1);
        lua_call(L, lua_gettop(L) - 1, 1);
    }
    mb_log(level, "%s", mb_lua_text(L, 1));
    return 0;
}

/* env(name [, default]) */
static int env(lua_State *L)
{
    const char *value = getenv(mb_lua_check_name(L, 1));

    lua_settop(L, 2);
    if (value)
        lua_pushstring(L, value);
    return 1;
}

/* A random UUID, version 4 (RFC 9562). */
static int uuid(lua_State *L)
{
    unsigned char b[16];
    char text[37];

    if (getentropy(b, sizeof b) != 0)
        return mb_lua_fail(L, MB_ERR_FAILED, "the system provides no random numbers");
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(text, sizeof text,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
    lua_pushstring(L, text);
    return 1;
}

static int sha256(lua_State *L)
{
    size_t len;
    const char *s = luaL_checklstring(L, 1, &len);
    char hex[MB_HASH_HEX];

    mb_sha256_hex(s, len, hex);
    lua_pushstring(L, hex);
    return 1;
}

/* irreversible(why) -> the value for `down` in a migration that cannot be rolled back */
static int irreversible(lua_State *L)
{
    luaL_argcheck(L, *luaL_checkstring(L, 1), 1, "the reason is empty");
    mb_lua_text(L, 1);
    lua_newuserdatauv(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, IRREVERSIBLE);
    return 1;
}

const char *mb_lua_to_irreversible(lua_State *L, int index)
{
    const char *why;

    if (lua_tocfunction(L, index) == irreversible)
        return "";
    if (lua_type(L, index) != LUA_TUSERDATA || !luaL_testudata(L, index, IRREVERSIBLE))
        return NULL;
    lua_getiuservalue(L, index, 1);
    why = lua_tostring(L, -1);
    lua_pop(L, 1);
    return why;
}

/* read(path) -> the text of a file; links and .. may lead out of the project */
static int read_file(lua_State *L)
{
    const char *path = mb_lua_push_path(L, mb_lua_check_path(L, 1));
    mb_buf *text = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_path_inside(mb_lua_env(L)->root, path, &err) || !mb_file_read(text, path, &err))
        return mb_lua_raise(L, &err);
    mb_lua_add_loaded(L, path);
    mb_lua_charge(L, text);
    lua_pushlstring(L, mb_buf_str(text), text->len);
    mb_lua_free_buf(L, text);
    return 1;
}

static void push_log(lua_State *L)
{
    static const struct {
        const char *name;
        mb_level level;
    } levels[] = {{"error", MB_LOG_ERROR},
                  {"warn", MB_LOG_WARN},
                  {"info", MB_LOG_INFO},
                  {"debug", MB_LOG_DEBUG}};

    lua_createtable(L, 0, 4);
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        lua_pushinteger(L, (lua_Integer)levels[i].level);
        lua_pushcclosure(L, log_at, 1);
        lua_setfield(L, -2, levels[i].name);
    }
    mb_lua_strict(L, "function of moonbird.log");
}

int mb_open_moonbird(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"env", env},
        {"uuid", uuid},
        {"sha256", sha256},
        {"statements", mb_lua_statements},
        {"read", read_file},
        {"irreversible", irreversible},
        {"decimal", mb_lua_decimal},
        {"typed", mb_lua_typed},
        {"connect", mb_lua_connect},
        {"csv", mb_lua_csv},
        {"hmac", mb_lua_hmac},
        {"encrypt", mb_lua_encrypt},
        {"decrypt", mb_lua_decrypt},
        {"progress", mb_lua_progress},
        {"confirm", mb_lua_confirm},
        {"sleep", mb_lua_sleep},
        {"exec", mb_lua_exec},
        {"write", mb_lua_write},
        {"list", mb_lua_list},
        {"remove", mb_lua_remove},
        {NULL, NULL},
    };
    static const luaL_Reg meta[] = {{NULL, NULL}};

    mb_lua_new_class(L, IRREVERSIBLE, meta);
    luaL_newlib(L, functions);
    push_log(L);
    lua_setfield(L, -2, "log");
    lua_pushcfunction(L, mb_open_json);
    lua_call(L, 0, 1);
    lua_setfield(L, -2, "json");
    mb_lua_push_null(L);
    lua_setfield(L, -2, "null");
    lua_pushliteral(L, MB_VERSION);
    lua_setfield(L, -2, "version");
    mb_lua_strict(L, "name in moonbird");
    lua_setglobal(L, "moonbird");
    return 0;
}

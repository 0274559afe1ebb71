/*
 * config.c -- moonbird.lua as settings.
 *
 * One row a key.  A key that is not known, or whose value is not what it must
 * be, is an error with its line in the file.
 */
#include "session.h"

#include "moonbird/env.h"
#include "moonbird/file.h"
#include "moonbird/suggest.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { TEXT, DURATION, COUNT, SIZE, POLICY, POLICY_CHANGED } kind;

static const struct key {
    const char *name;
    kind kind;
    size_t offset;
} keys[] = {
    {"migrations", TEXT, offsetof(mb_session, settings.migrations)},
    {"manual", TEXT, offsetof(mb_session, settings.manual)},
    {"history_schema", TEXT, offsetof(mb_session, settings.schema)},
    {"lock_timeout", DURATION, offsetof(mb_session, settings.lock_timeout_ms)},
    {"statement_timeout", DURATION, offsetof(mb_session, settings.statement_timeout_ms)},
    {"retries", COUNT, offsetof(mb_session, settings.retries)},
    {"out_of_order", POLICY, offsetof(mb_session, settings.out_of_order)},
    {"changed", POLICY_CHANGED, offsetof(mb_session, settings.changed)},
    {"memory", SIZE, offsetof(mb_session, world.memory)},
};

enum { N_KEYS = sizeof keys / sizeof keys[0] };

static const lua_Integer least_memory = 1 << 20, most_memory = (lua_Integer)1 << 40;

static const mb_settings defaults = {
    .root = ".",
    .migrations = "migrations",
    .manual = "migrations-manual",
    .schema = "moonbird",
    .environment = "",
    .commit = "",
    .lock_timeout_ms = 5000,
    .retries = 5,
    .out_of_order = MB_WARN,
    .changed = MB_REFUSE,
    .wait_ms = MB_UNSET,
};

/* The file being read, for the places of its errors. */
typedef struct source {
    const char *path;
    const char *text;
} source;

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The line on which `key` is first set; 0 when it is nowhere to be seen. */
static int line_of(const char *text, const char *key)
{
    size_t len = strlen(key);
    int line = 1;

    for (const char *s = text; *s; s++) {
        bool found = strncmp(s, key, len) == 0 && !is_word(s[len]) &&
                     (s == text || !is_word(s[-1]));

        if (found && s[len + strspn(s + len, " \t\r\n\"']")] == '=')
            return line;
        line += *s == '\n';
    }
    return 0;
}

static int refuse(lua_State *L, const source *src, const char *key, mb_error *err)
{
    mb_fail_at(err, src->path, line_of(src->text, key), 0);
    return mb_lua_raise(L, err);
}

static int refuse_unknown(lua_State *L, const source *src, const char *key,
                          const char *const *words, size_t n)
{
    const char *near = mb_nearest(key, words, n);
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "unknown key \"%s\"", key);
    if (near)
        mb_fail_hint(&err, "Did you mean \"%s\"?", near);
    return refuse(L, src, key, &err);
}

static int refuse_value(lua_State *L, const source *src, const char *key, const char *wanted)
{
    const char *type = luaL_typename(L, -1), *text = lua_tostring(L, -1);
    mb_error err;

    if (text)
        mb_fail(&err, MB_ERR_USAGE, "\"%s\" must be %s, not \"%s\"", key, wanted, text);
    else
        mb_fail(&err, MB_ERR_USAGE, "\"%s\" must be %s, not a %s", key, wanted, type);
    return refuse(L, src, key, &err);
}

/* The value at the top of the stack as one of these; its number, or raise. */
static int read_policy(lua_State *L, const source *src, const char *key, mb_policy least,
                       const char *wanted)
{
    static const char *const names[] = {[MB_ALLOW] = "allow", [MB_WARN] = "warn",
                                        [MB_REFUSE] = "refuse"};

    for (int i = (int)least; i <= MB_REFUSE && lua_type(L, -1) == LUA_TSTRING; i++)
        if (strcmp(lua_tostring(L, -1), names[i]) == 0)
            return i;
    return refuse_value(L, src, key, wanted);
}

static int read_duration(lua_State *L, const source *src, const char *key)
{
    mb_error err;
    int ms = 0;

    if (!lua_isinteger(L, -1) && lua_type(L, -1) != LUA_TSTRING)
        return refuse_value(L, src, key, "milliseconds or a text as \"2s\"");
    lua_pushvalue(L, -1); /* lua_tolstring changes a number in place */
    if (!mb_duration_parse(&ms, lua_tostring(L, -1), &err))
        return refuse(L, src, key, &err);
    lua_pop(L, 1);
    return ms;
}

static int read_count(lua_State *L, const source *src, const char *key)
{
    lua_Integer n = lua_tointeger(L, -1);

    if (!lua_isinteger(L, -1) || n < 0 || n > INT_MAX)
        return refuse_value(L, src, key, "a whole number from 0");
    return (int)n;
}

/* Bytes, or a text with a unit as PostgreSQL writes it. */
static size_t read_size(lua_State *L, const source *src, const char *key)
{
    static const char *const units[] = {"B", "kB", "MB", "GB"};
    lua_Integer n = lua_tointeger(L, -1);
    char unit[3] = "B", rest;
    int shift = 0, found;

    if (lua_type(L, -1) == LUA_TSTRING) {
        found = sscanf(lua_tostring(L, -1), "%18lld%2s%c", &n, unit, &rest);
        n = found == 1 || found == 2 ? n : 0;
    }
    while (shift < 4 && strcmp(units[shift], unit) != 0)
        shift++;
    if (shift == 4 || n < 1 || n > most_memory >> (10 * shift) || n << (10 * shift) < least_memory)
        refuse_value(L, src, key, "bytes or a text as \"256MB\", from 1MB on");
    return (size_t)n << (10 * shift);
}

/* Pops the value. */
static void read_key(lua_State *L, int session, const source *src, const struct key *k)
{
    mb_session *s = lua_touserdata(L, session);
    void *field = (char *)s + k->offset;

    switch (k->kind) {
    case TEXT:
        if (lua_type(L, -1) != LUA_TSTRING || !*lua_tostring(L, -1))
            refuse_value(L, src, k->name, "a text");
        *(const char **)field = mb_session_keep(L, session);
        return;
    case DURATION:
        *(int *)field = read_duration(L, src, k->name);
        break;
    case COUNT:
        *(int *)field = read_count(L, src, k->name);
        break;
    case SIZE:
        *(size_t *)field = read_size(L, src, k->name);
        break;
    case POLICY:
        *(mb_policy *)field =
            (mb_policy)read_policy(L, src, k->name, MB_ALLOW, "\"allow\", \"warn\" or \"refuse\"");
        break;
    case POLICY_CHANGED:
        *(mb_policy *)field =
            (mb_policy)read_policy(L, src, k->name, MB_WARN, "\"warn\" or \"refuse\"");
        break;
    }
    lua_pop(L, 1);
}

/* The environment's table is at the top of the stack. */
static void check_environment(lua_State *L, const source *src, const char *name)
{
    static const char *const words[] = {"url"};

    if (!lua_istable(L, -1))
        refuse_value(L, src, name, "a table");
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* -- environment key value */
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";

        if (strcmp(key, "url") != 0)
            refuse_unknown(L, src, key, words, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            refuse_value(L, src, key, "a text");
        lua_pop(L, 1);
    }
}

/* Pops the value. */
static void check_environments(lua_State *L, const source *src)
{
    if (!lua_istable(L, -1))
        refuse_value(L, src, "environments", "a table");
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* -- environments name environment */
        if (lua_type(L, -2) != LUA_TSTRING)
            refuse_value(L, src, "environments", "a table by name");
        check_environment(L, src, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* The value is at the top of the stack and is popped. */
static void read_entry(lua_State *L, int session, const source *src, const char *name)
{
    const char *words[N_KEYS + 1] = {"environments"};

    if (strcmp(name, "environments") == 0) {
        check_environments(L, src);
        return;
    }
    for (size_t i = 0; i < N_KEYS; i++) {
        if (strcmp(name, keys[i].name) == 0) {
            read_key(L, session, src, &keys[i]);
            return;
        }
        words[i + 1] = keys[i].name;
    }
    refuse_unknown(L, src, name, words, N_KEYS + 1);
}

/* env "NAME": a variable, or nil. */
static int env(lua_State *L)
{
    lua_pushstring(L, getenv(luaL_checkstring(L, 1)));
    return 1;
}

/* What the file sees: the globals of every script, and env. */
static void push_globals(lua_State *L)
{
    lua_createtable(L, 0, 1);           /* -- own */
    lua_pushcfunction(L, env);
    lua_setfield(L, -2, "env");
    lua_createtable(L, 0, 1);           /* -- own meta */
    lua_pushglobaltable(L);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* Run the file; its table is pushed. */
static void run_file(lua_State *L, const source *src, size_t len)
{
    mb_error err;

    mb_lua_load(L, src->path, src->text, len); /* -- chunk */
    push_globals(L);                           /* -- chunk globals */
    lua_setupvalue(L, -2, 1);
    mb_session_call(L);                        /* -- config */
    if (lua_istable(L, -1))
        return;
    mb_fail(&err, MB_ERR_FILE, "the configuration must return a table");
    mb_fail_at(&err, src->path, 0, 0);
    mb_lua_raise(L, &err);
}

static const char *find_file(const char *given)
{
    static const char *const places[] = {"moonbird.lua", "scripts/moonbird.lua"};

    for (size_t i = 0; i < 2 && !given; i++)
        if (mb_file_exists(places[i]))
            return places[i];
    return given;
}

static void read_file(lua_State *L, int session, const char *path)
{
    mb_buf *text = mb_lua_new_buf(L);
    source src = {.path = path};
    mb_error err;

    if (!mb_file_read(text, path, &err))
        mb_lua_raise(L, &err);
    src.text = mb_buf_str(text);
    run_file(L, &src, text->len);  /* -- text config */
    lua_pushnil(L);
    while (lua_next(L, -2)) {      /* -- text config key value */
        luaL_tolstring(L, -2, NULL);
        lua_insert(L, -2);         /* -- text config key name value */
        read_entry(L, session, &src, lua_tostring(L, -2));
        lua_pop(L, 1);             /* -- text config key */
    }
    lua_remove(L, -2);             /* -- config */
}

/* The table at the top as text, for scripts: each has a state of its own. */
static void keep_text(lua_State *L, int session)
{
    mb_session *s = lua_touserdata(L, session);
    mb_buf *text = mb_lua_new_buf(L); /* -- config buf */

    mb_lua_add_json(L, text, lua_gettop(L) - 1, "the configuration");
    lua_pushlstring(L, mb_buf_str(text), text->len);
    s->world.config = mb_session_keep(L, session);
    mb_buf_free(text);
    lua_pop(L, 1);
}

void mb_config_read(lua_State *L, int session, const char *given)
{
    mb_session *s = lua_touserdata(L, session);
    const char *path;
    mb_error err;

    s->settings = defaults;
    if (!mb_env_read(".env", &err))
        mb_lua_raise(L, &err);
    path = find_file(given);
    if (path)
        read_file(L, session, path);
    else
        lua_newtable(L);
    if (path)
        keep_text(L, session);
    lua_setiuservalue(L, session, SESSION_CONFIG);
}

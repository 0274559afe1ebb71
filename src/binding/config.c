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
#include "moonbird/window.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind {
    TEXT, DURATION, COUNT, SIZE, FLAG, POLICY, POLICY_CHANGED, BACKUP, WINDOW,
} kind;

struct key {
    const char *name;
    kind kind;
    size_t offset;
};

static const struct key keys[] = {
    {"migrations", TEXT, offsetof(mb_session, settings.migrations)},
    {"manual", TEXT, offsetof(mb_session, settings.manual)},
    {"backups", TEXT, offsetof(mb_session, settings.backups)},
    {"history_schema", TEXT, offsetof(mb_session, settings.schema)},
    {"lock_timeout", DURATION, offsetof(mb_session, settings.lock_timeout_ms)},
    {"statement_timeout", DURATION, offsetof(mb_session, settings.statement_timeout_ms)},
    {"retries", COUNT, offsetof(mb_session, settings.retries)},
    {"out_of_order", POLICY, offsetof(mb_session, settings.out_of_order)},
    {"changed", POLICY_CHANGED, offsetof(mb_session, settings.changed)},
    {"memory", SIZE, offsetof(mb_session, world.memory)},
};

static const struct key environment_keys[] = {
    {"url", TEXT, offsetof(mb_environment, url)},
    {"protected", FLAG, offsetof(mb_environment, guarded)},
    {"promote_from", TEXT, offsetof(mb_environment, promote_from)},
    {"window", WINDOW, offsetof(mb_environment, window)},
    {"backup", BACKUP, offsetof(mb_environment, backup)},
    {"out_of_order", POLICY, offsetof(mb_environment, out_of_order)},
    {"changed", POLICY_CHANGED, offsetof(mb_environment, changed)},
};

enum {
    N_KEYS = sizeof keys / sizeof keys[0],
    N_ENVIRONMENT_KEYS = sizeof environment_keys / sizeof environment_keys[0],
};

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
    .backups = ".moonbird/backups",
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

/* The value at the top of the stack as one of `words` from `least` on; its number, or raise. */
static int read_word(lua_State *L, const source *src, const char *key, const char *const *words,
                     int least, const char *wanted)
{
    for (int i = least; words[i] && lua_type(L, -1) == LUA_TSTRING; i++)
        if (strcmp(lua_tostring(L, -1), words[i]) == 0)
            return i;
    return refuse_value(L, src, key, wanted);
}

static int read_policy(lua_State *L, const source *src, const struct key *k)
{
    static const char *const words[] = {[MB_ALLOW] = "allow", [MB_WARN] = "warn",
                                        [MB_REFUSE] = "refuse", NULL};

    return k->kind == POLICY_CHANGED
               ? read_word(L, src, k->name, words, MB_WARN, "\"warn\" or \"refuse\"")
               : read_word(L, src, k->name, words, MB_ALLOW,
                           "\"allow\", \"warn\" or \"refuse\"");
}

static int read_backup(lua_State *L, const source *src, const char *key)
{
    static const char *const words[] = {[MB_BACKUP_NEVER] = "never",
                                        [MB_BACKUP_MANUAL] = "manual",
                                        [MB_BACKUP_ALWAYS] = "always", NULL};

    return read_word(L, src, key, words, MB_BACKUP_NEVER, "\"never\", \"manual\" or \"always\"");
}

static void check_text(lua_State *L, const source *src, const char *key)
{
    if (lua_type(L, -1) != LUA_TSTRING || !*lua_tostring(L, -1))
        refuse_value(L, src, key, "a text");
}

static void check_window(lua_State *L, const source *src, const char *key)
{
    mb_error err;
    int wait;

    check_text(L, src, key);
    if (!mb_window_wait(&wait, lua_tostring(L, -1), 0, &err))
        refuse(L, src, key, &err);
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

/* The value at the top of the stack into its field of `base`; pops it. */
static void read_key(lua_State *L, int session, const source *src, const struct key *k, void *base)
{
    void *field = (char *)base + k->offset;

    switch (k->kind) {
    case TEXT:
        check_text(L, src, k->name);
        *(const char **)field = mb_session_keep(L, session);
        return;
    case WINDOW:
        check_window(L, src, k->name);
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
    case FLAG:
        if (!lua_isboolean(L, -1))
            refuse_value(L, src, k->name, "true or false");
        *(bool *)field = lua_toboolean(L, -1);
        break;
    case POLICY:
    case POLICY_CHANGED:
        *(int *)field = read_policy(L, src, k);
        break;
    case BACKUP:
        *(mb_backup_when *)field = (mb_backup_when)read_backup(L, src, k->name);
        break;
    }
    lua_pop(L, 1);
}

/* The key of this name among `n`, or raise, with the nearest of them and of `also` (or NULL). */
static const struct key *find_key(lua_State *L, const source *src, const struct key *list, size_t n,
                           const char *also, const char *name)
{
    const char *words[N_KEYS + 1];
    size_t n_words = 0;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, list[i].name) == 0)
            return &list[i];
        words[n_words++] = list[i].name;
    }
    if (also)
        words[n_words++] = also;
    refuse_unknown(L, src, name, words, n_words);
    return NULL;
}

/* The environment's table is at the top of the stack. */
static void read_environment(lua_State *L, int session, const source *src, mb_environment *out)
{
    if (!lua_istable(L, -1))
        refuse_value(L, src, out->name, "a table");
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* -- environment key value */
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";

        read_key(L, session, src,
                 find_key(L, src, environment_keys, N_ENVIRONMENT_KEYS, NULL, name), out);
    }
}

/* What the file does not say, variables may. */
static void find_urls(lua_State *L, int session, mb_environment *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!list[i].url)
            list[i].url = mb_target_keep_url(L, session, list[i].name);
    for (size_t i = 0; i < n; i++) {
        const char *from = list[i].promote_from;

        for (size_t k = 0; from && k < n; k++)
            if (strcmp(list[k].name, from) == 0)
                list[i].promote_url = list[k].url;
        if (from && !list[i].promote_url)
            list[i].promote_url = mb_target_keep_url(L, session, from);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const mb_environment *)a)->name, ((const mb_environment *)b)->name);
}

static size_t count_fields(lua_State *L)
{
    size_t n = 0;

    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        n++;
    return n;
}

/* Pops the value. */
static void read_environments(lua_State *L, int session, const source *src)
{
    mb_session *s = lua_touserdata(L, session);
    mb_environment *list;
    size_t n = 0;

    if (!lua_istable(L, -1))
        refuse_value(L, src, "environments", "a table");
    list = lua_newuserdatauv(L, (count_fields(L) + 1) * sizeof *list, 0);
    mb_session_keep(L, session);
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* -- environments name environment */
        if (lua_type(L, -2) != LUA_TSTRING)
            refuse_value(L, src, "environments", "a table by name");
        lua_pushvalue(L, -2);
        list[n] = (mb_environment){.name = mb_session_keep(L, session),
                                   .out_of_order = MB_UNSET,
                                   .changed = MB_UNSET};
        read_environment(L, session, src, &list[n++]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    find_urls(L, session, list, n);
    qsort(list, n, sizeof *list, by_name);
    s->settings.environments = list;
    s->settings.n_environments = n;
}

/* The value is at the top of the stack and is popped. */
static void read_entry(lua_State *L, int session, const source *src, const char *name)
{
    mb_session *s = lua_touserdata(L, session);

    if (strcmp(name, "environments") == 0)
        read_environments(L, session, src);
    else
        read_key(L, session, src, find_key(L, src, keys, N_KEYS, "environments", name), s);
}

/* env "NAME": a variable, or nil where it is unset or empty. */
static int env(lua_State *L)
{
    const char *value = getenv(luaL_checkstring(L, 1));

    lua_pushstring(L, value && *value ? value : NULL);
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

/*
 * config.c -- reads moonbird.lua into the settings.
 *
 * Each key has a row in a table.  An unknown key, or a wrong value, is an error with its line.
 */
#include "moonbird/policy/environment.h"
#include "moonbird/project/settings.h"
#include "config_key.h"
#include "binding/engine/check_text.h"
#include "binding/value/field.h"
#include "binding/value/key_line.h"

#include "moonbird/os/env.h"
#include "moonbird/os/file.h"
#include "moonbird/base/suggest.h"

#include <stdlib.h>
#include <string.h>

static const mb_config_key keys[] = {
    {"migrations", MB_KEY_TEXT, offsetof(mb_session, settings.migrations)},
    {"manual", MB_KEY_TEXT, offsetof(mb_session, settings.manual)},
    {"format", MB_KEY_FORMAT, offsetof(mb_session, settings.format)},
    {"mirror", MB_KEY_MIRROR, offsetof(mb_session, settings.mirror)},
    {"tests", MB_KEY_TEXT, offsetof(mb_session, tests)},
    {"backups", MB_KEY_TEXT, offsetof(mb_session, settings.backups)},
    {"scratch", MB_KEY_TEXT, offsetof(mb_session, scratch)},
    {"keep", MB_KEY_RETENTION, offsetof(mb_session, settings.keep)},
    {"history_schema", MB_KEY_SCHEMA, offsetof(mb_session, settings.schema)},
    {"history_owner", MB_KEY_NAME, offsetof(mb_session, settings.history_owner)},
    {"lock_timeout", MB_KEY_DURATION, offsetof(mb_session, settings.lock_timeout_ms)},
    {"statement_timeout", MB_KEY_DURATION, offsetof(mb_session, settings.statement_timeout_ms)},
    {"transaction_timeout", MB_KEY_DURATION, offsetof(mb_session, settings.transaction_timeout_ms)},
    {"retries", MB_KEY_COUNT, offsetof(mb_session, settings.retries)},
    {"pipeline", MB_KEY_FLAG, offsetof(mb_session, settings.pipeline)},
    {"out_of_order", MB_KEY_REACTION, offsetof(mb_session, settings.out_of_order)},
    {"changed", MB_KEY_REACTION_CHANGED, offsetof(mb_session, settings.changed)},
    {"memory", MB_KEY_SIZE, offsetof(mb_session, env.memory)},
    {"time_limit", MB_KEY_DURATION, offsetof(mb_session, env.time_limit_ms)},
};

static const mb_config_key environment_keys[] = {
    {"url", MB_KEY_TEXT, offsetof(mb_environment, url)},
    {"protected", MB_KEY_FLAG, offsetof(mb_environment, is_protected)},
    {"push", MB_KEY_FLAG, offsetof(mb_environment, push)},
    {"promote_from", MB_KEY_TEXT, offsetof(mb_environment, promote_from)},
    {"window", MB_KEY_WINDOW, offsetof(mb_environment, window)},
    {"backup", MB_KEY_BACKUP, offsetof(mb_environment, backup)},
    {"lint", MB_KEY_LINT, offsetof(mb_environment, lint)},
    {"mirror", MB_KEY_MIRROR, offsetof(mb_environment, mirror)},
    {"out_of_order", MB_KEY_REACTION, offsetof(mb_environment, out_of_order)},
    {"changed", MB_KEY_REACTION_CHANGED, offsetof(mb_environment, changed)},
};

/* An entry of `databases`, checked here; moonbird.connect reads it again from the configuration. */
typedef struct database {
    const char *url;
    bool writable;
} database;

static const mb_config_key database_keys[] = {
    {"url", MB_KEY_TEXT, offsetof(database, url)},
    {"writable", MB_KEY_FLAG, offsetof(database, writable)},
};

/* Keys with tables, which functions below read. */
static const char *const tables[] = {"environments", "databases", "grants", "schema", "lint", NULL};

enum {
    N_DATABASE_KEYS = sizeof database_keys / sizeof database_keys[0],
    N_KEYS = sizeof keys / sizeof keys[0],
    N_ENVIRONMENT_KEYS = sizeof environment_keys / sizeof environment_keys[0],
};

static const mb_settings defaults = {
    .root = ".",
    .migrations = "migrations",
    .manual = "migrations-manual",
    .schema = "moonbird",
    .environment = "",
    .commit = "",
    .lock_timeout_ms = 5000,
    .retries = 5,
    .pipeline = true,
    .out_of_order = MB_WARN,
    .changed = MB_REFUSE,
    .wait_ms = MB_UNSET,
    .backups = ".moonbird/backups",
};

/* Checks the key of an entry, which is a name and is shown, so a misplaced URL is refused. */
static void check_name(lua_State *L, const mb_config_text *src, const char *of)
{
    if (strcmp(mb_key_name(L, -2), "?") == 0 || strstr(mb_key_name(L, -2), "://"))
        mb_key_refuse(L, src, of, "a table with names as keys");
}

/* Reads the table on top of the stack as an environment. */
static void read_environment(lua_State *L, int session, const mb_config_text *src,
                             mb_environment *out)
{
    mb_key_check_table(L, src, out->name);
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* -- environment key value */
        const char *name = mb_key_name(L, -2);

        mb_config_key_read(
            L, session, src,
            mb_config_key_find(L, src, environment_keys, N_ENVIRONMENT_KEYS, NULL, name), out);
    }
}

static const mb_environment *find_environment(const mb_environment *list, size_t n,
                                              const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

static int refuse_promotion(lua_State *L, const mb_config_text *src, const mb_environment *env,
                            const char *what, const char *hint, const char *near)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "\"promote_from\" of environment \"%s\" %s", env->name, what);
    if (near)
        mb_fail_hint(&err, "Did you mean \"%s\"?", near);
    else
        mb_fail_hint(&err, "%s", hint);
    mb_fail_at(&err, src->path, mb_key_line(src->text, "promote_from"), 0);
    return mb_lua_raise(L, &err);
}

/*
 * Checks that each promote_from names an environment of the file, or dev, and that they form no
 * circle.
 */
static void check_promotions(lua_State *L, const mb_config_text *src, const mb_environment *list,
                             size_t n)
{
    const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);

    for (size_t i = 0; i < n; i++)
        names[i] = list[i].name;
    names[n] = "dev";
    for (size_t i = 0; i < n; i++) {
        const char *from = list[i].promote_from;
        const mb_environment *before = &list[i];

        for (size_t k = 0; k < n && before && before->promote_from; k++) {
            before = find_environment(list, n, before->promote_from);
            if (before == &list[i])
                refuse_promotion(L, src, &list[i], "leads back to the same environment",
                                 "Name the environment in which migrations are applied first.",
                                 NULL);
        }
        if (from && strcmp(from, "dev") != 0 && !find_environment(list, n, from))
            refuse_promotion(L, src, &list[i], "is not the name of an environment",
                             "Name an environment of this file. If its url is in a variable, "
                             "declare it as staging = {}.",
                             mb_nearest(from, names, n + 1));
    }
    lua_pop(L, 1);
}

/* Reads URLs that the file does not have from variables DATABASE_<NAME>_URL. */
static void find_urls(lua_State *L, int session, mb_environment *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!list[i].url)
            list[i].url = mb_target_keep_url(L, session, list[i].name);
    for (size_t i = 0; i < n; i++) {
        const char *from = list[i].promote_from;
        const mb_environment *before = from ? find_environment(list, n, from) : NULL;

        list[i].promote_url = before ? before->url
                              : from ? mb_target_keep_url(L, session, from)
                                     : NULL;
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

/* Reads the value on top and pops it. */
static void read_environments(lua_State *L, int session, const mb_config_text *src)
{
    mb_session *s = lua_touserdata(L, session);
    mb_environment *list;
    size_t n = 0;

    mb_key_check_table(L, src, "environments");
    list = lua_newuserdatauv(L, (count_fields(L) + 1) * sizeof *list, 0);
    mb_session_keep(L, session);
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* -- environments name environment */
        check_name(L, src, "environments");
        lua_pushvalue(L, -2);
        list[n] = (mb_environment){
            .name = mb_session_keep(L, session), .out_of_order = MB_UNSET, .changed = MB_UNSET};
        read_environment(L, session, src, &list[n++]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    check_promotions(L, src, list, n);
    find_urls(L, session, list, n);
    qsort(list, n, sizeof *list, by_name);
    s->settings.environments = list;
    s->settings.n_environments = n;
}

/* Checks the value on top and pops it. */
static void check_databases(lua_State *L, int session, const mb_config_text *src)
{
    mb_key_check_table(L, src, "databases");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) { /* -- databases name database */
        database looked_at;

        check_name(L, src, "databases");
        mb_key_check_table(L, src, mb_key_name(L, -2));
        lua_pushnil(L);
        while (lua_next(L, -2)) { /* -- databases name database key value */
            const char *key = mb_key_name(L, -2);

            mb_config_key_read(
                L, session, src,
                mb_config_key_find(L, src, database_keys, N_DATABASE_KEYS, NULL, key), &looked_at);
        }
    }
    lua_pop(L, 1);
}

/* Checks and pops grants = { ["scripts/commands/release.lua"] = { "exec", "fs" } }. */
static void check_grants(lua_State *L, const mb_config_text *src)
{
    mb_key_check_table(L, src, "grants");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) { /* -- grants script list */
        if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1))
            mb_key_refuse(L, src, "grants", "a table of lists with script paths as keys");
        mb_key_check_table(L, src, "grants");
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) /* -- grants script list i word */
            if (!lua_isinteger(L, -2) || lua_type(L, -1) != LUA_TSTRING ||
                (strcmp(lua_tostring(L, -1), "exec") != 0 &&
                 strcmp(lua_tostring(L, -1), "fs") != 0))
                mb_key_refuse_value(L, src, "grants", "lists of \"exec\" and \"fs\"");
    }
    lua_pop(L, 1);
}

static const char schema_forms[] =
    "a path, { command = { ... } }, { url = ... }, or a list of paths and commands";

/* Checks the list of words on top and pops it. */
static void check_command(lua_State *L, const mb_config_text *src)
{
    bool words = lua_istable(L, -1) && mb_list_length(L, -1) > 0;

    for (lua_Integer i = 1; words && i <= mb_list_length(L, -1); i++, lua_pop(L, 1))
        words = lua_geti(L, -1, i) == LUA_TSTRING;
    if (!words)
        mb_key_refuse_value(L, src, "schema", schema_forms);
    lua_pop(L, 1);
}

/* Checks the item of a list on top, a path or { command = { words } }, and pops it. */
static void check_schema_item(lua_State *L, int session, const mb_config_text *src)
{
    static const mb_config_key path = {"schema", MB_KEY_TEXT, 0};
    const char *unused;

    if (lua_type(L, -1) == LUA_TSTRING) {
        mb_config_key_read(L, session, src, &path, &unused);
        return;
    }
    if (!lua_istable(L, -1) || lua_getfield(L, -1, "command") == LUA_TNIL)
        mb_key_refuse_value(L, src, "schema", schema_forms);
    check_command(L, src);
    lua_pushnil(L);
    lua_next(L, -2);
    lua_pop(L, 1);
    if (lua_next(L, -2))
        mb_key_refuse_value(L, src, "schema", schema_forms);
    lua_pop(L, 1);
}

/* Checks and pops `schema`: a path, { command = { words } }, { url = text }, or a list. */
static void check_schema(lua_State *L, int session, const mb_config_text *src)
{
    static const mb_config_key path = {"schema", MB_KEY_TEXT, 0}, url = {"url", MB_KEY_TEXT, 0};
    static const char *const command[] = {"command", NULL};
    const char *unused;
    lua_Integer items;
    int n = 0;

    if (lua_type(L, -1) == LUA_TSTRING) {
        mb_config_key_read(L, session, src, &path, &unused);
        return;
    }
    if (!lua_istable(L, -1))
        mb_key_refuse(L, src, "schema", schema_forms);
    mb_key_check_table(L, src, "schema");
    items = mb_list_length(L, -1);
    for (lua_Integer i = 1; i <= items; i++) {
        lua_geti(L, -1, i);
        check_schema_item(L, session, src);
    }
    if (items > 0) {
        lua_pop(L, 1);
        return;
    }
    if (lua_rawgeti(L, -1, 1) != LUA_TNIL)
        mb_key_refuse_value(L, src, "schema", schema_forms);
    lua_pop(L, 1);
    for (lua_pushnil(L); lua_next(L, -2); n++) { /* -- schema key value */
        const char *key = mb_key_name(L, -2);

        if (strcmp(key, command[0]) == 0)
            check_command(L, src);
        else
            mb_config_key_read(L, session, src, mb_config_key_find(L, src, &url, 1, command, key),
                               &unused);
    }
    if (n != 1)
        mb_key_refuse_value(L, src, "schema", schema_forms);
    lua_pop(L, 1);
}

/* Checks and pops `lint`; the rules and their names are Lua's (src/lua/lint/choice.lua). */
static void check_lint(lua_State *L, const mb_config_text *src)
{
    mb_key_check_table(L, src, "lint");
    lua_pop(L, 1);
}

static void keep_origin(lua_State *L, int session, const mb_config_text *src, const char *name)
{
    mb_session *s = lua_touserdata(L, session);
    mb_key_origin *from = strcmp(name, "migrations") == 0 ? &s->settings.migrations_from
                          : strcmp(name, "manual") == 0     ? &s->settings.manual_from
                          : strcmp(name, "tests") == 0      ? &s->tests_from
                          : strcmp(name, "scratch") == 0    ? &s->scratch_from
                                                            : NULL;

    if (!from)
        return;
    lua_pushstring(L, src->path);
    *from = (mb_key_origin){mb_session_keep(L, session), mb_key_line(src->text, name)};
}

/* Reads the value on top of the stack and pops it. */
static void read_entry(lua_State *L, int session, const mb_config_text *src, const char *name)
{
    mb_session *s = lua_touserdata(L, session);

    if (strcmp(name, "environments") == 0)
        read_environments(L, session, src);
    else if (strcmp(name, "databases") == 0)
        check_databases(L, session, src);
    else if (strcmp(name, "grants") == 0)
        check_grants(L, src);
    else if (strcmp(name, "schema") == 0)
        check_schema(L, session, src);
    else if (strcmp(name, "lint") == 0)
        check_lint(L, src);
    else
        mb_config_key_read(L, session, src, mb_config_key_find(L, src, keys, N_KEYS, tables, name),
                           s);
    keep_origin(L, session, src, name);
}

/* env "NAME" -> the value of a variable; nil when it is unset or empty. */
static int env(lua_State *L)
{
    const char *value = getenv(mb_lua_check_name(L, 1));

    lua_pushstring(L, value && *value ? value : NULL);
    return 1;
}

/* Pushes the globals of the file: those of every script, and env. */
static void push_globals(lua_State *L)
{
    lua_createtable(L, 0, 1); /* -- own */
    lua_pushcfunction(L, env);
    lua_setfield(L, -2, "env");
    lua_createtable(L, 0, 1); /* -- own meta */
    lua_pushglobaltable(L);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* Runs the file and pushes its table. */
static void run_file(lua_State *L, const mb_config_text *src, size_t len)
{
    static const char *const policies[] = {"protected", "promote_from", "window", "backup", "lint", NULL};
    mb_error err;

    mb_lua_load(L, src->path, src->text, len); /* -- chunk */
    if (!mb_lua_check_variables(src->path, src->text, len, policies, &err))
        mb_lua_raise(L, &err);
    push_globals(L); /* -- chunk globals */
    lua_setupvalue(L, -2, 1);
    mb_session_call(L); /* -- config */
    if (lua_istable(L, -1)) {
        mb_key_check_table(L, src, src->path);
        return;
    }
    mb_fail(&err, MB_ERR_FILE, "the configuration must return a table");
    mb_fail_at(&err, src->path, 0, 0);
    mb_lua_raise(L, &err);
}

static void read_file(lua_State *L, int session, const char *path)
{
    mb_buf *text = mb_lua_new_buf(L);
    mb_config_text src = {.path = path};
    mb_error err;

    if (!mb_file_read(text, path, &err))
        mb_lua_raise(L, &err);
    src.text = mb_buf_str(text);
    run_file(L, &src, text->len); /* -- text config */
    lua_pushnil(L);
    while (lua_next(L, -2)) {                             /* -- text config key value */
        read_entry(L, session, &src, mb_key_name(L, -2)); /* -- text config key */
    }
    lua_remove(L, -2); /* -- config */
}

/* Keeps the table on top as JSON for scripts, because each has a separate state. */
static void keep_text(lua_State *L, int session)
{
    mb_session *s = lua_touserdata(L, session);
    mb_buf *text = mb_lua_new_buf(L); /* -- config buf */

    mb_lua_add_json_bytes(L, text, lua_gettop(L) - 1, "the configuration");
    lua_pushlstring(L, mb_buf_str(text), text->len);
    s->env.config = mb_session_keep(L, session);
    mb_buf_free(text);
    lua_pop(L, 1);
}

void mb_config_read(lua_State *L, int session, const char *given)
{
    mb_session *s = lua_touserdata(L, session);
    const char *path;
    mb_error err;

    s->settings = defaults;
    s->settings.formats = mb_format_scripts_formats(s->format_scripts);
    s->tests = "tests";
    if (!mb_env_read(".env", &err))
        mb_lua_raise(L, &err);
    path = given ? given : mb_config_find(L);
    if (path) {
        read_file(L, session, path);
        keep_text(L, session);
    } else {
        lua_newtable(L);
    }
    lua_setiuservalue(L, session, SESSION_CONFIG);
}

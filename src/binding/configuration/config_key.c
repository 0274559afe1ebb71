/*
 * config_key.c -- converts the value of one key of moonbird.lua, or raises an error with its line.
 */
#include "config_key.h"
#include "binding/value/key_line.h"
#include "moonbird/format/file_format.h"
#include "moonbird/format/script_format.h"
#include "moonbird/format/tool_writer.h"
#include "moonbird/policy/environment.h"

#include "moonbird/base/suggest.h"
#include "moonbird/policy/retention.h"
#include "moonbird/policy/window.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const lua_Integer least_memory = 1 << 20, most_memory = (lua_Integer)1 << 40;

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int refuse(lua_State *L, const mb_config_text *src, const char *key, mb_error *err)
{
    mb_fail_at(err, src->path, mb_key_line(src->text, key), 0);
    return mb_lua_raise(L, err);
}

/* True for a key that cannot be a misplaced secret, so that it may be shown; values never are. */
static bool is_plain(const char *key)
{
    size_t len = 0;

    while (is_word(key[len]) || (key[len] && strchr("-. ", key[len])))
        len++;
    return !key[len] && len < 64;
}

static int refuse_unknown(lua_State *L, const mb_config_text *src, const char *key,
                          const char *const *words, size_t n)
{
    const char *near = mb_nearest(key, words, n);
    mb_error err;

    if (is_plain(key))
        mb_fail(&err, MB_ERR_USAGE, "unknown key \"%s\"", key);
    else
        mb_fail(&err, MB_ERR_USAGE, "unknown key");
    if (near)
        mb_fail_hint(&err, "Did you mean \"%s\"?", near);
    return refuse(L, src, key, &err);
}

int mb_key_refuse(lua_State *L, const mb_config_text *src, const char *key, const char *wanted)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "\"%s\" must be %s, not a %s", is_plain(key) ? key : "?", wanted,
            luaL_typename(L, -1));
    return refuse(L, src, key, &err);
}

int mb_key_refuse_value(lua_State *L, const mb_config_text *src, const char *key,
                        const char *wanted)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "\"%s\" must be %s", key, wanted);
    return refuse(L, src, key, &err);
}

void mb_key_check_table(lua_State *L, const mb_config_text *src, const char *key)
{
    mb_error err;

    if (!lua_istable(L, -1))
        mb_key_refuse(L, src, key, "a table");
    if (!lua_getmetatable(L, -1))
        return;
    mb_fail(&err, MB_ERR_USAGE, "\"%s\" has a metatable", is_plain(key) ? key : "?");
    mb_fail_hint(&err, "moonbird reads only the keys that the table itself contains. Write the "
                       "keys out, or copy them into a table without a metatable.");
    refuse(L, src, key, &err);
}

const char *mb_key_name(lua_State *L, int index)
{
    const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "?";

    return strlen(name) == lua_rawlen(L, index) ? name : "?";
}

/* The index of the text on top in `words`, which must be at least `least`; raises otherwise. */
static int read_word(lua_State *L, const mb_config_text *src, const char *key,
                     const char *const *words, int least, const char *wanted)
{
    for (int i = least; words[i] && lua_type(L, -1) == LUA_TSTRING; i++)
        if (strcmp(lua_tostring(L, -1), words[i]) == 0)
            return i;
    return lua_type(L, -1) == LUA_TSTRING ? mb_key_refuse_value(L, src, key, wanted)
                                          : mb_key_refuse(L, src, key, wanted);
}

static int read_policy(lua_State *L, const mb_config_text *src, const mb_config_key *k)
{
    static const char *const words[] = {
        [MB_ALLOW] = "allow", [MB_WARN] = "warn", [MB_REFUSE] = "refuse", NULL};

    return k->kind == MB_KEY_REACTION_CHANGED
               ? read_word(L, src, k->name, words, MB_WARN, "\"warn\" or \"refuse\"")
               : read_word(L, src, k->name, words, MB_ALLOW, "\"allow\", \"warn\" or \"refuse\"");
}

static int read_backup(lua_State *L, const mb_config_text *src, const char *key)
{
    static const char *const words[] = {[MB_BACKUP_NEVER] = "never",
                                        [MB_BACKUP_MANUAL] = "manual",
                                        [MB_BACKUP_ALWAYS] = "always",
                                        NULL};

    return read_word(L, src, key, words, MB_BACKUP_NEVER, "\"never\", \"manual\" or \"always\"");
}

static bool read_lint(lua_State *L, const mb_config_text *src, const char *key)
{
    static const char *const words[] = {"off", "error", NULL};

    return read_word(L, src, key, words, 0, "\"off\" or \"error\"") == 1;
}

static bool looks_like_connection(const char *text)
{
    return strstr(text, "://") || strstr(text, "password");
}

static bool takes_connection(const char *key)
{
    return strcmp(key, "url") == 0 || strcmp(key, "scratch") == 0;
}

static void check_text(lua_State *L, const mb_config_text *src, const char *key)
{
    const char *text;

    if (lua_type(L, -1) != LUA_TSTRING)
        mb_key_refuse(L, src, key, "a string");
    text = lua_tostring(L, -1);
    if (!*text)
        mb_key_refuse_value(L, src, key, "a string that is not empty");
    if (strlen(text) != lua_rawlen(L, -1))
        mb_key_refuse_value(L, src, key, "a string without a NUL byte");
    if (!takes_connection(key) && looks_like_connection(text)) /* later it would be shown */
        mb_key_refuse_value(L, src, key, "a name or a path; only \"url\" takes a connection "
                                         "string");
}

/* Refuses a name that the server would truncate (NAMEDATALEN). */
static void check_name(lua_State *L, const mb_config_text *src, const char *key)
{
    check_text(L, src, key);
    if (lua_rawlen(L, -1) > 63)
        mb_key_refuse_value(L, src, key, "a name of at most 63 bytes");
}

/* PostgreSQL creates no schema with such a name, and pg_dump leaves information_schema out. */
static void check_schema(lua_State *L, const mb_config_text *src, const char *key)
{
    const char *name = (check_name(L, src, key), lua_tostring(L, -1));

    if (strncmp(name, "pg_", 3) == 0 || strcmp(name, "information_schema") == 0)
        mb_key_refuse_value(L, src, key, "a schema of your own: PostgreSQL reserves "
                                         "information_schema and names that begin with pg_");
}

static void check_window(lua_State *L, const mb_config_text *src, const char *key)
{
    mb_error err;
    int wait, left;

    check_text(L, src, key);
    if (!mb_window_wait(&wait, &left, lua_tostring(L, -1), 0, &err))
        refuse(L, src, key, &err); /* the error does not repeat the text */
}

static void check_retention(lua_State *L, const mb_config_text *src, const char *key)
{
    mb_retention unused;
    mb_error ignored;

    check_text(L, src, key);
    if (!mb_retention_read(&unused, lua_tostring(L, -1), &ignored))
        mb_key_refuse_value(L, src, key, "a rule such as \"7d, 4w\": one a day for 7 days, and one "
                                         "a week for 4 weeks");
}

static void check_format(lua_State *L, int session, const mb_config_text *src, const char *key)
{
    const mb_session *s = lua_touserdata(L, session);
    size_t n;
    const char *const *names = mb_file_format_names(&n);
    const char *name, *nearest;
    mb_error err;

    check_text(L, src, key);
    name = lua_tostring(L, -1);
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return;
    if (mb_script_formats_have(s->settings.formats, name))
        return;
    nearest = mb_nearest(name, names, n);
    mb_fail(&err, MB_ERR_USAGE, "\"%s\" is not the name of a format", key);
    if (nearest)
        mb_fail_hint(&err, "Did you mean \"%s\"?", nearest);
    else
        mb_fail_hint(&err, "moonbird help formats lists the formats. A format of the project is a "
                           "script " MB_SCRIPT_FORMATS "/%s.lua.", name);
    mb_fail_at(&err, src->path, mb_key_line(src->text, key), 0);
    mb_lua_raise(L, &err);
}

/* The name of a tool whose history moonbird can write; `false` becomes "". */
static void check_mirror(lua_State *L, const mb_config_text *src, const char *key)
{
    char *names;
    mb_error err;

    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        lua_pushliteral(L, "");
        return;
    }
    check_text(L, src, key);
    if (mb_tool_writer_of(lua_tostring(L, -1), false))
        return;
    names = mb_tool_writer_names();
    mb_fail(&err, MB_ERR_USAGE, "\"%s\" is not the name of a tool whose history moonbird can write",
            key);
    mb_fail_hint(&err, "It can write those of: %s.", names);
    free(names);
    refuse(L, src, key, &err);
}

static int read_duration(lua_State *L, const mb_config_text *src, const char *key)
{
    static const char wanted[] = "milliseconds or a string such as \"2s\"";
    mb_error unshown;
    int ms = 0;

    if (!lua_isinteger(L, -1) && lua_type(L, -1) != LUA_TSTRING)
        return mb_key_refuse(L, src, key, wanted);
    lua_pushvalue(L, -1); /* lua_tolstring changes a number in place */
    if (!mb_duration_parse(&ms, lua_tostring(L, -1), &unshown))
        return mb_key_refuse_value(L, src, key, wanted);
    lua_pop(L, 1);
    return ms;
}

static int read_count(lua_State *L, const mb_config_text *src, const char *key)
{
    lua_Integer n = lua_tointeger(L, -1);

    if (lua_type(L, -1) != LUA_TNUMBER)
        return mb_key_refuse(L, src, key, "a whole number, 0 or more");
    if (!lua_isinteger(L, -1) || n < 0 || n > INT_MAX)
        return mb_key_refuse_value(L, src, key, "a whole number, 0 or more");
    return (int)n;
}

/* Reads a number of bytes, or a text with a unit of PostgreSQL. */
static size_t read_size(lua_State *L, const mb_config_text *src, const char *key)
{
    static const char *const units[] = {"B", "kB", "MB", "GB"};
    static const char wanted[] = "bytes or a string such as \"256MB\", at least 1MB";
    lua_Integer n = lua_tointeger(L, -1);
    char unit[3] = "B", rest;
    int shift = 0, found;

    if (lua_type(L, -1) == LUA_TSTRING) {
        found = sscanf(lua_tostring(L, -1), "%18lld%2s%c", &n, unit, &rest);
        n = found == 1 || found == 2 ? n : 0;
    }
    while (shift < 4 && strcmp(units[shift], unit) != 0)
        shift++;
    if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER)
        mb_key_refuse(L, src, key, wanted);
    if (shift == 4 || n < 1 || n > most_memory >> (10 * shift) || n << (10 * shift) < least_memory)
        mb_key_refuse_value(L, src, key, wanted);
    return (size_t)n << (10 * shift);
}

static void check_string(lua_State *L, int session, const mb_config_text *src,
                         const mb_config_key *k)
{
    if (k->kind == MB_KEY_NAME)
        check_name(L, src, k->name);
    else if (k->kind == MB_KEY_SCHEMA)
        check_schema(L, src, k->name);
    else if (k->kind == MB_KEY_WINDOW)
        check_window(L, src, k->name);
    else if (k->kind == MB_KEY_RETENTION)
        check_retention(L, src, k->name);
    else if (k->kind == MB_KEY_FORMAT)
        check_format(L, session, src, k->name);
    else if (k->kind == MB_KEY_MIRROR)
        check_mirror(L, src, k->name);
    else
        check_text(L, src, k->name);
}

void mb_config_key_read(lua_State *L, int session, const mb_config_text *src,
                        const mb_config_key *k, void *base)
{
    void *field = (char *)base + k->offset;

    switch (k->kind) {
    case MB_KEY_TEXT:
    case MB_KEY_NAME:
    case MB_KEY_SCHEMA:
    case MB_KEY_WINDOW:
    case MB_KEY_RETENTION:
    case MB_KEY_FORMAT:
    case MB_KEY_MIRROR:
        check_string(L, session, src, k);
        *(const char **)field = mb_session_keep(L, session);
        return;
    case MB_KEY_DURATION:
        *(int *)field = read_duration(L, src, k->name);
        break;
    case MB_KEY_COUNT:
        *(int *)field = read_count(L, src, k->name);
        break;
    case MB_KEY_SIZE:
        *(size_t *)field = read_size(L, src, k->name);
        break;
    case MB_KEY_FLAG:
        if (!lua_isboolean(L, -1))
            mb_key_refuse(L, src, k->name, "true or false");
        *(bool *)field = lua_toboolean(L, -1);
        break;
    case MB_KEY_REACTION:
    case MB_KEY_REACTION_CHANGED:
        *(int *)field = read_policy(L, src, k);
        break;
    case MB_KEY_BACKUP:
        *(mb_backup_when *)field = (mb_backup_when)read_backup(L, src, k->name);
        break;
    case MB_KEY_LINT:
        *(bool *)field = read_lint(L, src, k->name);
        break;
    }
    lua_pop(L, 1);
}

const mb_config_key *mb_config_key_find(lua_State *L, const mb_config_text *src,
                                        const mb_config_key *list, size_t n,
                                        const char *const *also, const char *name)
{
    enum { MOST_ALSO = 4 };
    const char **words = lua_newuserdatauv(L, (n + MOST_ALSO) * sizeof *words, 0);
    size_t n_words = 0;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, list[i].name) == 0) {
            lua_pop(L, 1);
            return &list[i];
        }
        words[n_words++] = list[i].name;
    }
    for (size_t i = 0; also && also[i] && i < MOST_ALSO; i++)
        words[n_words++] = also[i];
    refuse_unknown(L, src, name, words, n_words);
    return NULL;
}

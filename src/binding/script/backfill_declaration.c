/* backfill_declaration.c -- reads the declaration of a backfill in a script. */
#include "backfill_declaration.h"

#include "binding/value/field.h"

#include "moonbird/sql/directive.h"
#include "moonbird/sql/fragment.h"
#include "moonbird/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS "a table of settings by name, such as { work_mem = \"256MB\" }"

enum { TARGET_MS = 500, ROWS = 1000, WORKERS_MOST = 64 };

typedef struct reader {
    mb_backfill *out;
    int kept; /* a table with the strings that `out` borrows; the script may change its own */
    const char *key; /* the key that is read; its value is on top */
} reader;

static const char *named(const reader *r)
{
    return r->out->name ? r->out->name : "?";
}

static int fail_value(lua_State *L, const reader *r, const char *wanted)
{
    return mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\": \"%s\" must be %s, not %s", named(r),
                       r->key, wanted, luaL_typename(L, -1));
}

/* Keeps the string on top for as long as the declaration. */
static const char *keep_text(lua_State *L, const reader *r)
{
    mb_lua_check_name(L, -1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, r->kept, (lua_Integer)lua_rawlen(L, r->kept) + 1);
    return lua_tostring(L, -1);
}

static const char *check_text(lua_State *L, const reader *r)
{
    if (lua_type(L, -1) != LUA_TSTRING || !*lua_tostring(L, -1))
        fail_value(L, r, "a string that is not empty");
    return keep_text(L, r);
}

/*
 * Raises for SQL with a parameter, which would take one of the values that a batch sends, and for
 * SQL that could leave its place: a ")" in `where` would end the range of the batch.
 */
static const char *check_sql(lua_State *L, const reader *r)
{
    const char *sql = check_text(L, r);
    mb_error *err = mb_lua_scratch(L);
    const char *flaw = mb_sql_fragment_flaw(sql);
    size_t n = mb_sql_positional_parameters(sql);

    if (flaw)
        mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\": \"%s\" has %s", named(r), r->key, flaw);
    if (n > 0) {
        mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": \"%s\" has a parameter $%zu, but no values",
                named(r), r->key, n);
        mb_fail_hint(err, "Write the value into it. For the value of --set KEY=VALUE, write "
                          "current_setting('moonbird.KEY').");
        mb_lua_raise(L, err);
    }
    return sql;
}

/* Reads a name or a list of names as an array, which is inserted below the value. */
static const char *const *read_names(lua_State *L, const reader *r, size_t *n)
{
    bool one = lua_type(L, -1) == LUA_TSTRING;
    lua_Integer length = one ? 1 : mb_list_length(L, -1);
    const char **names;

    if (length < 0)
        fail_value(L, r, "a column or a list of columns, such as { \"id\" }");
    *n = (size_t)length;
    if (*n == 0)
        fail_value(L, r, "a list that is not empty");
    names = lua_newuserdatauv(L, *n * sizeof *names, 0);
    for (size_t i = 0; i < *n; i++) {
        if (one)
            lua_pushvalue(L, -2);
        else
            lua_rawgeti(L, -2, (lua_Integer)i + 1);
        names[i] = check_text(L, r);
        lua_pop(L, 1);
    }
    lua_insert(L, -2);
    return names;
}

static void read_table(lua_State *L, reader *r) { r->out->table = check_text(L, r); }
static void read_where(lua_State *L, reader *r) { r->out->where = check_sql(L, r); }
static void read_set(lua_State *L, reader *r) { r->out->set = check_sql(L, r); }

static void read_key(lua_State *L, reader *r)
{
    r->out->key = read_names(L, r, &r->out->n_key);
}

static void read_columns(lua_State *L, reader *r)
{
    r->out->columns = read_names(L, r, &r->out->n_columns);
}

static void read_name(lua_State *L, reader *r)
{
    (void)check_text(L, r);
}

static void read_function(lua_State *L, reader *r)
{
    if (!lua_isfunction(L, -1))
        fail_value(L, r, "a function");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const mb_setting *)a)->name, ((const mb_setting *)b)->name);
}

/* Reads the setting whose name is below the top and whose value is on top. */
static mb_setting read_setting(lua_State *L, const reader *r)
{
    int type = lua_type(L, -1);
    mb_setting setting = {0};
    mb_error err;

    if (lua_type(L, -2) != LUA_TSTRING ||
        (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN))
        fail_value(L, r, SETTINGS);
    luaL_tolstring(L, -1, NULL);
    setting.value = keep_text(L, r);
    lua_pushvalue(L, -3);
    setting.name = keep_text(L, r);
    lua_pop(L, 2);
    if (!mb_backfill_check_setting(named(r), setting.name, &err))
        mb_lua_raise(L, &err);
    return setting;
}

/* Reads the settings as an array, which is inserted below the value. */
static void read_settings(lua_State *L, reader *r)
{
    int table = lua_gettop(L);
    mb_setting *settings;
    size_t n = 0;

    if (!lua_istable(L, table))
        fail_value(L, r, SETTINGS);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n++;
    settings = lua_newuserdatauv(L, (n + 1) * sizeof *settings, 0);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        settings[r->out->n_settings++] = read_setting(L, r);
    qsort(settings, n, sizeof *settings, by_name);
    r->out->settings = settings;
    lua_insert(L, table);
}

static lua_Integer check_count(lua_State *L, const reader *r, lua_Integer most)
{
    lua_Integer n = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;

    if (n < 1 || n > most)
        fail_value(L, r, "a whole number above 0 that is not too large");
    return n;
}

static void read_rows(lua_State *L, reader *r)
{
    r->out->rows = (size_t)check_count(L, r, INT_MAX);
}

static void read_workers(lua_State *L, reader *r)
{
    r->out->workers = (int)check_count(L, r, WORKERS_MOST);
}

static void read_target(lua_State *L, reader *r)
{
    mb_error err;

    if (lua_isinteger(L, -1))
        r->out->target_ms = (int)check_count(L, r, INT_MAX);
    else if (!mb_duration_parse(&r->out->target_ms, check_text(L, r), &err))
        mb_lua_raise(L, &err);
    else if (r->out->target_ms < 1)
        fail_value(L, r, "at least a millisecond");
}

static bool read_word(lua_State *L, const reader *r, const char *word, const char *wanted)
{
    if (lua_type(L, -1) != LUA_TSTRING || strcmp(lua_tostring(L, -1), word) != 0)
        fail_value(L, r, wanted);
    return true;
}

static void read_on_error(lua_State *L, reader *r)
{
    r->out->record_errors = read_word(L, r, "record", "\"record\"");
}

static void read_remaining(lua_State *L, reader *r)
{
    r->out->remaining_ok = read_word(L, r, "ok", "\"ok\"");
}

static const struct {
    const char *name;
    void (*read)(lua_State *L, reader *r);
} keys[] = {
    {"name", read_name},       {"table", read_table},       {"key", read_key},
    {"where", read_where},     {"set", read_set},           {"columns", read_columns},
    {"each", read_function},   {"batch", read_function},    {"pause", read_function},
    {"target", read_target},   {"rows", read_rows},         {"workers", read_workers},
    {"on_error", read_on_error}, {"remaining", read_remaining}, {"settings", read_settings},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static void check_keys(lua_State *L, int index)
{
    const char *words[KEYS + 1] = {0};

    for (size_t i = 0; i < KEYS; i++)
        words[i] = keys[i].name;
    mb_field_check_names(L, index, "key of a backfill", words);
}

static bool has(lua_State *L, int index, const char *key)
{
    bool there = mb_field_get(L, index, key) != LUA_TNIL;

    lua_pop(L, 1);
    return there;
}

static void check_whole(lua_State *L, int index, const mb_backfill *b)
{
    bool each = has(L, index, "each"), batch = has(L, index, "batch");

    if (!b->table)
        mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\" has no table", b->name);
    if ((b->set != NULL) + each + batch != 1)
        mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\" must have exactly one of \"set\", \"each\" "
                                     "and \"batch\"",
                    b->name);
    if ((b->record_errors || b->columns) && !each)
        mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\": \"%s\" needs \"each\"", b->name,
                    b->columns ? "columns" : "on_error");
}

static void read_name_key(lua_State *L, int index, reader *r, const char *name)
{
    r->out->name = name;
    if (name)
        return;
    r->key = "name";
    mb_field_get(L, index, "name");
    r->out->name = check_text(L, r);
    lua_pop(L, 1);
}

void mb_backfill_declaration_read(lua_State *L, int index, const char *name, mb_backfill *out)
{
    reader r = {.out = out};

    *out = (mb_backfill){.target_ms = TARGET_MS, .rows = ROWS, .workers = 1};
    luaL_checkstack(L, 16, "a backfill");
    lua_newtable(L);
    r.kept = lua_gettop(L);
    read_name_key(L, index, &r, name);
    check_keys(L, index);
    for (size_t i = 0; i < KEYS; i++) {
        r.key = keys[i].name;
        if (mb_field_get(L, index, r.key) != LUA_TNIL)
            keys[i].read(L, &r);
        lua_pop(L, 1);
    }
    check_whole(L, index, out);
}

/*
 * migration_table.c -- the table that a migration's Lua file returns.
 *
 * Each key has a row in a table, with its type and the function that reads it.  A mistake raises
 * MB_ERR_FILE, with the file as its place.
 */
#include "migration_table.h"

#include "binding/value/field.h"
#include "binding/value/key_line.h"
#include "binding/value/parameter.h"
#include "backfill_declaration.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/suggest.h"
#include "moonbird/project/declared_backfill.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct definition {
    mb_chunk_info *info;
    const char *path, *text;
    const char *key;       /* the key that is read; its value is on top */
    const char *parameter; /* the parameter in `args`, and its key that is wrong; NULL: none */
    const char *parameter_key;
    bool backfills;
} definition;

static void fail_file(lua_State *L, const definition *d, mb_error *err)
{
    int line = d->parameter ? mb_key_line_within(d->text, d->parameter, d->parameter_key)
               : d->key     ? mb_key_line(d->text, d->key)
                            : 0;

    err->code = MB_ERR_FILE;
    mb_fail_at(err, d->path, line, 0);
    mb_lua_raise(L, err);
}

static void fail_value(lua_State *L, const definition *d, const char *wanted)
{
    mb_error err;

    mb_fail(&err, MB_ERR_FILE, "\"%s\" must be %s, not %s", d->key, wanted, luaL_typename(L, -1));
    fail_file(L, d, &err);
}

static const char *check_text(lua_State *L, const definition *d)
{
    if (lua_type(L, -1) != LUA_TSTRING)
        fail_value(L, d, "a string");
    return mb_lua_check_name(L, -1);
}

static int check_count(lua_State *L, const definition *d, const char *wanted)
{
    lua_Integer n = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;

    if (n < 0 || n > INT_MAX)
        fail_value(L, d, wanted);
    return (int)n;
}

static int check_duration(lua_State *L, const definition *d)
{
    mb_error err;
    int ms;

    if (lua_type(L, -1) != LUA_TSTRING)
        return check_count(L, d, "milliseconds or a string such as \"2s\"");
    if (!mb_duration_parse(&ms, mb_lua_check_name(L, -1), &err))
        fail_file(L, d, &err);
    return ms;
}

static void read_description(lua_State *L, definition *d)
{
    d->info->directives.description = mb_strdup(check_text(L, d));
}

static void read_shelved(lua_State *L, definition *d)
{
    const char *why = check_text(L, d);
    mb_error err;

    if (!*why) {
        mb_fail(&err, MB_ERR_FILE, "\"%s\" needs the reason why the migration is kept but not used",
                d->key);
        fail_file(L, d, &err);
    }
    d->info->directives.shelved = mb_strdup(why);
}

static void read_irreversible(lua_State *L, definition *d)
{
    const char *why = check_text(L, d);
    mb_error err;

    if (!*why) {
        mb_fail(&err, MB_ERR_FILE, "\"%s\" needs the reason why the migration cannot be rolled "
                                   "back", d->key);
        mb_fail_hint(&err, "Write down = moonbird.irreversible \"REASON\".");
        fail_file(L, d, &err);
    }
    d->info->directives.irreversible = mb_strdup(why);
}

static void read_transaction(lua_State *L, definition *d)
{
    if (!lua_isboolean(L, -1))
        fail_value(L, d, "true or false");
    d->info->directives.no_transaction = !lua_toboolean(L, -1);
}

static void read_lock_timeout(lua_State *L, definition *d)
{
    d->info->directives.lock_timeout_ms = check_duration(L, d);
}

static void read_statement_timeout(lua_State *L, definition *d)
{
    d->info->directives.statement_timeout_ms = check_duration(L, d);
}

static void read_transaction_timeout(lua_State *L, definition *d)
{
    d->info->directives.transaction_timeout_ms = check_duration(L, d);
}

static void read_retries(lua_State *L, definition *d)
{
    d->info->directives.retries = check_count(L, d, "a whole number");
}

static void read_names(lua_State *L, const definition *d, char ***names, size_t *count)
{
    lua_Integer n = mb_list_length(L, -1);

    if (n < 0)
        fail_value(L, d, "a list of names, such as { \"0001_users\" }");
    for (lua_Integer i = 1; i <= n; i++) {
        lua_geti(L, -1, i);
        check_text(L, d);
        *names = mb_grow(*names, *count, sizeof **names);
        (*names)[(*count)++] = mb_strdup(lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

static void read_requires(lua_State *L, definition *d)
{
    mb_directives *out = &d->info->directives;

    read_names(L, d, &out->requires, &out->n_requires);
}

static void read_conflicts(lua_State *L, definition *d)
{
    mb_directives *out = &d->info->directives;

    read_names(L, d, &out->conflicts, &out->n_conflicts);
}

static void read_function(lua_State *L, definition *d)
{
    static const char *const names[] = {"up", "down", "verify"};

    if (!lua_isfunction(L, -1))
        fail_value(L, d, "a function");
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], d->key) == 0)
            d->info->has[i] = true;
}

static void read_down(lua_State *L, definition *d)
{
    const char *why = mb_lua_to_irreversible(L, -1);

    if (!why) {
        read_function(L, d);
        return;
    }
    lua_pushstring(L, why);
    read_irreversible(L, d);
    lua_pop(L, 1);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const mb_parameter *)a)->name, ((const mb_parameter *)b)->name);
}

static void read_argument(lua_State *L, definition *d, int index, mb_parameter *out)
{
    mb_error err;

    d->parameter = out->name;
    if (!mb_lua_parameter_check_keys(L, index, out->name, &d->parameter_key, &err) ||
        !mb_lua_parameter_read(L, index, "parameter", out, &err))
        fail_file(L, d, &err);
    d->parameter = NULL;
}

/* args = { tenant = { required = true, help = "…" }, days = { integer = true, default = 7 } } */
static void read_args(lua_State *L, definition *d)
{
    mb_chunk_info *info = d->info;
    int args = lua_gettop(L);

    if (!lua_istable(L, -1))
        fail_value(L, d, "a table");
    for (lua_pushnil(L); lua_next(L, args); lua_pop(L, 1)) { /* -- args name argument */
        mb_parameter *arg;

        if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1))
            fail_value(L, d, "a table of NAME = { required =, help =, secret = }");
        mb_lua_check_name(L, -2);
        info->parameters = mb_grow(info->parameters, info->n_parameters, sizeof *info->parameters);
        arg = &info->parameters[info->n_parameters++];
        *arg = (mb_parameter){.name = mb_strdup(lua_tostring(L, -2))};
        read_argument(L, d, args + 2, arg);
    }
    if (info->n_parameters)
        qsort(info->parameters, info->n_parameters, sizeof *info->parameters,
              by_name); /* Lua tables have no order */
}

static void add_backfill(mb_chunk_info *info, const mb_backfill *b)
{
    const mb_declared_backfill borrowed = {
        .name = (char *)b->name,
        .table = (char *)b->table,
        .key = (char **)b->key,
        .n_key = b->n_key,
        .rows = b->rows,
        .target_ms = b->target_ms,
        .workers = b->workers,
        .settings = (mb_setting *)b->settings,
        .n_settings = b->n_settings,
    };

    info->backfills = mb_grow(info->backfills, info->n_backfills, sizeof *info->backfills);
    mb_declared_backfill_copy(&info->backfills[info->n_backfills++], &borrowed);
}

static int by_backfill(const void *a, const void *b)
{
    return strcmp(((const mb_declared_backfill *)a)->name, ((const mb_declared_backfill *)b)->name);
}

/* Checks backfills = { [name] = { … } } before anything runs. */
static void read_backfills(lua_State *L, definition *d)
{
    int backfills = lua_gettop(L);
    mb_chunk_info *info = d->info;
    mb_backfill backfill;

    d->backfills = true;
    if (!lua_istable(L, -1))
        fail_value(L, d, "a table of backfills by name");
    for (lua_pushnil(L); lua_next(L, backfills); lua_settop(L, backfills + 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1))
            fail_value(L, d, "a table of backfills by name");
        mb_backfill_declaration_read(L, backfills + 2, lua_tostring(L, -2), &backfill);
        add_backfill(info, &backfill);
    }
    if (info->n_backfills)
        qsort(info->backfills, info->n_backfills, sizeof *info->backfills, by_backfill);
}

static const struct {
    const char *name;
    void (*read)(lua_State *L, definition *d);
} keys[] = {
    {"description", read_description},
    {"transaction", read_transaction},
    {"lock_timeout", read_lock_timeout},
    {"statement_timeout", read_statement_timeout},
    {"transaction_timeout", read_transaction_timeout},
    {"retries", read_retries},
    {"requires", read_requires},
    {"conflicts", read_conflicts},
    {"irreversible", read_irreversible},
    {"shelved", read_shelved},
    {"args", read_args},
    {"backfills", read_backfills},
    {"up", read_function},
    {"down", read_down},
    {"verify", read_function},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static void read_key(lua_State *L, definition *d)
{
    const char *words[KEYS + 1] = {0};
    mb_error err;

    for (size_t i = 0; i < KEYS; i++) {
        words[i] = keys[i].name;
        if (strcmp(keys[i].name, d->key) == 0) {
            keys[i].read(L, d);
            return;
        }
    }
    mb_fail(&err, MB_ERR_FILE, "unknown key \"%s\"", d->key);
    if (strcmp(d->key, "run") == 0) /* as in a command's file */
        mb_fail_hint(&err, "Name the function up, or return only the function, for moonbird run.");
    else
        mb_suggest_key(&err, d->key, words, KEYS);
    fail_file(L, d, &err);
}

static void check_whole(lua_State *L, const definition *d)
{
    const mb_chunk_info *info = d->info;
    mb_error err;

    if (info->has[MB_ENTRY_DOWN] && info->directives.irreversible) {
        mb_fail(&err, MB_ERR_FILE, "the migration is irreversible but has a \"down\"");
        fail_file(L, d, &err);
    }
    if (d->backfills && !info->directives.no_transaction) {
        mb_fail(&err, MB_ERR_FILE, "backfills need transaction = false");
        fail_file(L, d, &err);
    }
    if (!info->has[MB_ENTRY_UP] && !info->has[MB_ENTRY_DOWN]) {
        mb_fail(&err, MB_ERR_FILE, "the table has no function \"up\" and no \"down\"");
        fail_file(L, d, &err);
    }
}

static void fail_shape(lua_State *L, const definition *d, int index)
{
    mb_error err;

    if (lua_isnil(L, index))
        mb_fail(&err, MB_ERR_FILE, "the file returns nothing");
    else
        mb_fail(&err, MB_ERR_FILE, "the file returns a %s, not a table", luaL_typename(L, index));
    mb_fail_hint(&err, "A migration must end with: return { up = function(db, ctx) ... end }");
    fail_file(L, d, &err);
}

void mb_migration_table_read(lua_State *L, int index, const char *path, const char *text,
                             mb_chunk_info *out)
{
    definition d = {.info = out, .path = path, .text = text};

    if (!lua_istable(L, index))
        fail_shape(L, &d, index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        d.key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "[a number]";
        read_key(L, &d);
    }
    d.key = NULL;
    check_whole(L, &d);
}

void mb_migration_table_free(mb_chunk_info *info)
{
    for (size_t i = 0; i < info->n_backfills; i++)
        mb_declared_backfill_free(&info->backfills[i]);
    free(info->backfills);
    mb_directives_free(&info->directives);
    for (size_t i = 0; i < info->n_parameters; i++)
        mb_parameter_free(&info->parameters[i]);
    free(info->parameters);
    free(info->path);
}

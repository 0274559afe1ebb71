#include "moonbird/foreign/configured_table.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/settings_file.h"
#include "moonbird/format/sqitch_project.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* ---- the settings ---- */

typedef enum effect { TABLE, SCHEMA, LOCK } effect;

typedef struct known {
    const char *tool;
    const char *file; /* NULL: the key is a variable of the environment */
    const char *key;  /* a pattern, in which * is any text; its case does not matter to Liquibase */
    effect effect;
    bool sections; /* the file has sections for several databases, and some may not have it */
} known;

#define SECTIONS true

static const known settings[] = {
    {"dbmate", NULL, "DBMATE_MIGRATIONS_TABLE", TABLE, false},
    {"goose", NULL, "GOOSE_TABLE", TABLE, false},
    {"flyway", "flyway.conf", "flyway.table", TABLE, false},
    {"flyway", "conf/flyway.conf", "flyway.table", TABLE, false},
    {"flyway", "flyway.toml", "flyway.table", TABLE, false},
    {"flyway", "conf/flyway.toml", "flyway.table", TABLE, false},
    {"flyway", "flyway.user.toml", "flyway.table", TABLE, false},
    {"flyway", "flyway.toml", "environments.*.flyway.table", TABLE, SECTIONS},
    {"flyway", NULL, "FLYWAY_TABLE", TABLE, false},
    {"sqlx", "sqlx.toml", "migrate.table-name", TABLE, false},
    {"node-pg-migrate", "config/default.json", "*migrations-table", TABLE, false},
    {"node-pg-migrate", "config/default.json", "*migrations-schema", SCHEMA, false},
    {"node-pg-migrate", ".node-pg-migraterc.json", "*migrations-table", TABLE, false},
    {"node-pg-migrate", ".node-pg-migraterc.json", "*migrations-schema", SCHEMA, false},
    {"node-pg-migrate", "package.json", "*migrations-table", TABLE, false},
    {"node-pg-migrate", "package.json", "*migrations-schema", SCHEMA, false},
    {"sql-migrate", "dbconfig.yml", "*.table", TABLE, SECTIONS},
    {"sql-migrate", "dbconfig.yml", "*.schema", SCHEMA, SECTIONS},
    {"tern", "tern.conf", "database.version_table", TABLE, false},
    {"atlas", "atlas.hcl", "env*.migration.revisions_schema", SCHEMA, SECTIONS},
    {"sqitch", "sqitch.conf", "engine \"pg\".registry", SCHEMA, false},
    {"sqitch", "sqitch.conf", "core \"pg\".registry", SCHEMA, false},
    {"sqitch", "sqitch.conf", "core.registry", SCHEMA, false},
    {"sqitch", "sqitch.conf", "target \"*\".registry", SCHEMA, SECTIONS},
    {"liquibase", "liquibase.properties", "*databaseChangelogTableName", TABLE, false},
    {"liquibase", "liquibase.properties", "*database-changelog-table-name", TABLE, false},
    {"liquibase", "liquibase.properties", "*databaseChangelogLockTableName", LOCK, false},
    {"liquibase", "liquibase.properties", "*database-changelog-lock-table-name", LOCK, false},
    {"liquibase", "liquibase.properties", "*liquibaseSchemaName", SCHEMA, false},
    {"liquibase", "liquibase.properties", "*liquibase-schema-name", SCHEMA, false},
    {"liquibase", NULL, "LIQUIBASE_DATABASE_CHANGELOG_TABLE_NAME", TABLE, false},
    {"liquibase", NULL, "LIQUIBASE_DATABASE_CHANGELOG_LOCK_TABLE_NAME", LOCK, false},
    {"liquibase", NULL, "LIQUIBASE_LIQUIBASE_SCHEMA_NAME", SCHEMA, false},
};

enum { N = sizeof settings / sizeof settings[0] };

typedef struct reading {
    mb_configured_table *out;
    const known *file; /* the first setting of the file that is read, or the variable */
} reading;

static bool is(const char *tool, const char *name)
{
    return strcmp(tool, name) == 0;
}

/*
 * The name as the tool creates it.  goose, sqlx and tern do not quote it; Liquibase quotes one with
 * capitals and small letters.
 */
static char *name_of(const char *tool, const char *value)
{
    bool folds = is(tool, "goose") || is(tool, "sqlx") || is(tool, "tern");
    char *name = mb_strdup(value);

    for (const char *s = value; is(tool, "liquibase") && !folds; s++)
        if (!*s || islower((unsigned char)*s)) {
            folds = !*s;
            break;
        }
    for (char *s = name; folds && *s; s++)
        *s = (char)tolower((unsigned char)*s);
    return name;
}

static bool refuse_expression(const reading *r, const mb_setting *s, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE,
            "moonbird does not evaluate %s, which says where the history of %s is", s->key,
            r->out->tool);
    mb_fail_hint(err, "Write the name itself in its place.");
    return mb_fail_at(err, s->file, s->line, 0);
}

static void keep_place(mb_configured_table *out, const mb_setting *s)
{
    free(out->key);
    free(out->file);
    out->key = mb_strdup(s->key);
    out->file = strcmp(s->key, s->file) == 0 ? NULL : mb_strdup(s->file);
    out->line = s->line;
}

/* A variable counts more than all files, which are read before it. */
static void take_name(mb_configured_table *out, const known *k, const mb_setting *s)
{
    mb_names *names = k->effect == TABLE ? &out->tables : &out->schemas;

    if (k->effect == LOCK) {
        free(out->lock);
        out->lock = name_of(out->tool, s->value);
        return;
    }
    if (!k->file)
        mb_names_free(names);
    mb_names_add(names, name_of(out->tool, s->value));
    out->or_default = out->or_default || k->sections;
    keep_place(out, s);
}

static bool take(void *self, const mb_setting *s, mb_error *err)
{
    const reading *r = self;

    for (const known *k = r->file; k < settings + N && is(k->tool, r->file->tool); k++) {
        if (!k->file != !r->file->file || (k->file && strcmp(k->file, r->file->file) != 0) ||
            fnmatch(k->key, s->key, is(k->tool, "liquibase") ? FNM_CASEFOLD : 0) != 0)
            continue;
        if (strstr(s->value, "${") || strstr(s->value, "{{") ||
            (!s->literal && mb_path_ends(s->file, ".hcl")))
            return refuse_expression(r, s, err);
        if (*s->value && !(!s->literal && strcmp(s->value, "null") == 0))
            take_name(r->out, k, s);
        return true;
    }
    return true;
}

/* ---- the files ---- */

/* The file, or the one that a variable names in its place. */
static const char *file_of(const known *k)
{
    static const char *const variables[][2] = {{"sqitch.conf", "SQITCH_CONFIG"},
                                               {"liquibase.properties", "LIQUIBASE_DEFAULTS_FILE"}};

    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (is(k->file, variables[i][0]) && getenv(variables[i][1]))
            return getenv(variables[i][1]);
    return k->file;
}

static bool read_file(reading *r, const char *folder, mb_error *err)
{
    char *path = mb_path_join(folder, file_of(r->file));
    bool ok = mb_settings_read(&(mb_settings_file){path, path}, take, r, err);

    free(path);
    return ok;
}

static bool is_first_of_file(const known *k)
{
    for (const known *before = settings; before < k; before++)
        if (is(before->tool, k->tool) && before->file && strcmp(before->file, k->file) == 0)
            return false;
    return true;
}

bool mb_configured_table_read(mb_configured_table *out, const char *tool, const char *folder,
                              mb_error *err)
{
    char *above = mb_path_dir(folder);
    const char *const folders[] = {".", folder, above};
    reading r = {.out = out};
    bool ok = true;

    *out = (mb_configured_table){.tool = tool};
    for (size_t i = 0; ok && tool && i < N; i++) {
        r.file = &settings[i];
        if (!is(r.file->tool, tool))
            continue;
        if (!r.file->file)
            ok = mb_settings_variable(r.file->key, r.file->key, take, &r, err);
        for (size_t k = 0; ok && r.file->file && is_first_of_file(r.file) && k < 3; k++)
            if (k < 2 || !mb_path_same(above, "."))
                ok = read_file(&r, folders[k], err);
    }
    if (ok && tool && is(tool, "sqitch"))
        out->project = mb_sqitch_project(folder);
    free(above);
    return ok;
}

void mb_configured_table_free(mb_configured_table *configured)
{
    mb_names_free(&configured->tables);
    mb_names_free(&configured->schemas);
    free(configured->project);
    free(configured->lock);
    free(configured->key);
    free(configured->file);
    *configured = (mb_configured_table){0};
}

/* ---- the table ---- */

static bool is_schema(const mb_configured_table *c, const char *usual, const char *schema)
{
    if ((!c->schemas.n || c->or_default) && (!usual || strcmp(usual, schema) == 0))
        return true;
    for (size_t i = 0; i < c->schemas.n; i++)
        if (strcmp(c->schemas.items[i], schema) == 0)
            return true;
    return false;
}

/* Is it this name, which may have its schema before it? */
static bool is_named(const mb_configured_table *c, const char *name, const char *usual,
                     mb_table_name table)
{
    const char *dot = strchr(name, '.');
    size_t len = dot ? (size_t)(dot - name) : 0;

    if (!dot)
        return strcmp(name, table.table) == 0 && is_schema(c, usual, table.schema);
    return strcmp(dot + 1, table.table) == 0 && strncmp(name, table.schema, len) == 0 &&
           !table.schema[len];
}

bool mb_configured_table_is(const mb_configured_table *configured, mb_table_name usual,
                            mb_table_name table)
{
    const mb_names *tables = &configured->tables;

    if ((!tables->n || configured->or_default) && strcmp(usual.table, table.table) == 0 &&
        is_schema(configured, usual.schema, table.schema))
        return true;
    for (size_t i = 0; i < tables->n; i++)
        if (is_named(configured, tables->items[i], usual.schema, table))
            return true;
    return false;
}

bool mb_is_configured(const mb_configured_table *configured)
{
    return configured->tables.n || configured->schemas.n;
}

bool mb_fail_configured(const mb_configured_table *configured, mb_error *err)
{
    const mb_names *names = configured->tables.n ? &configured->tables : &configured->schemas;

    mb_fail(err, MB_ERR_USAGE,
            "the database has no history of %s with the %s \"%s\", which %s names",
            configured->tool, configured->tables.n ? "table" : "schema", names->items[0],
            configured->key);
    if (configured->file)
        mb_fail_at(err, configured->file, configured->line, 0);
    return mb_fail_hint(err, "Run the tool once, which creates the table, or correct the setting.");
}

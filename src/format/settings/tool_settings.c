/*
 * tool_settings.c -- the table of these settings.
 *
 * The keys are those of config.go (sql-migrate, dbmate's main.go, diesel_cli's config.rs), of
 * main.go (tern), settings.ts (graphile-migrate), config.ts (node-pg-migrate), project.go (Atlas)
 * and config.go (Supabase).
 */
#include "tool_settings.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/settings_file.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum effect {
    FOLDER, /* it names the folder of migrations */
    ABOVE,  /* it names that folder, or the one above it if that is committed/ */
    SCHEMA, /* the tool creates names without a schema in it */
    UNREAD, /* it changes what runs, unless the value is the harmless one */
    NOTED,  /* it does something that moonbird does not, but no migration depends on it */
} effect;

typedef struct known {
    const char *format;
    const char *file; /* NULL: the key is a variable of the environment */
    const char *key;  /* a pattern, in which * is any text */
    effect effect;
    const char *harmless; /* of UNREAD: values that change nothing, with "|" between them */
    const char *hint;     /* of UNREAD */
} known;

#define HOOK "Write what it does as a hook, scripts/hooks/EVENT.lua, and remove it here."

static const known table[] = {
    {"dbmate", NULL, "DBMATE_MIGRATIONS_DIR", FOLDER, "", ""},
    {"goose", NULL, "GOOSE_MIGRATION_DIR", FOLDER, "", ""},
    {"tern", NULL, "TERN_MIGRATIONS", FOLDER, "", ""},
    {"diesel", NULL, "MIGRATION_DIRECTORY", FOLDER, "", ""},
    {"diesel", "diesel.toml", "migrations_directory.dir", FOLDER, "", ""},
    {"sqlx", "sqlx.toml", "migrate.migrations-dir", FOLDER, "", ""},
    {"sqlx", "sqlx.toml", "migrate.create-schemas", UNREAD, "[]",
     "Create the schemas in the first migration, and remove it here."},
    {"sql-migrate", "dbconfig.yml", "*.dir", FOLDER, "", ""},
    {"node-pg-migrate", "config/default.json", "db.migrations-dir", FOLDER, "", ""},
    {"node-pg-migrate", "config/default.json", "db.schema", SCHEMA, "", ""},
    {"node-pg-migrate", "config/default.json", "db.ignore-pattern", UNREAD, "\\..*",
     "Move the files that it names elsewhere, and remove it here."},
    {"node-pg-migrate", ".node-pg-migraterc.json", "*migrations-dir", FOLDER, "", ""},
    {"node-pg-migrate", ".node-pg-migraterc.json", "*schema", SCHEMA, "", ""},
    {"node-pg-migrate", ".node-pg-migraterc.json", "*ignore-pattern", UNREAD, "\\..*",
     "Move the files that it names elsewhere, and remove it here."},
    {"graphile-migrate", ".gmrc", "migrationsFolder", ABOVE, "", ""},
    {"graphile-migrate", ".gmrc", "pgSettings.search_path", SCHEMA, "", ""},
    {"graphile-migrate", ".gmrc", "pgSettings.*", UNREAD, "",
     "Set it with ALTER DATABASE or ALTER ROLE ... SET, and remove it here."},
    {"graphile-migrate", ".gmrc", "beforeAllMigrations", UNREAD, "", HOOK},
    {"graphile-migrate", ".gmrc", "afterAllMigrations", UNREAD, "", HOOK},
    {"graphile-migrate", ".gmrc", "beforeReset", NOTED, "", ""},
    {"graphile-migrate", ".gmrc", "afterReset", NOTED, "", ""},
    {"atlas", "atlas.hcl", "env*.migration.dir", FOLDER, "", ""},
    {"atlas", "atlas.hcl", "env*.migration.format", UNREAD, "atlas",
     "Name the format in moonbird.lua: format = \"NAME\"."},
    {"atlas", "atlas.hcl", "env*.migration.baseline", UNREAD, "",
     "Record it once, with moonbird baseline NAME, and remove it here."},
    {"atlas", "atlas.hcl", "env*.migration.exec_order", UNREAD, "linear|non_linear",
     "moonbird runs a migration that was merged late, with a note. Remove it here."},
    {"supabase", "config.toml", "db.migrations.enabled", UNREAD, "true",
     "Supabase then runs no migration. Remove it here."},
};

enum { N = sizeof table / sizeof table[0] };

/* Programs, whose settings moonbird does not know. */
static const char *const programs[][2] = {
    {"graphile-migrate", ".gmrc.js"},
    {"graphile-migrate", ".gmrc.cjs"},
    {"node-pg-migrate", "config/default.js"},
    {"node-pg-migrate", "config/default.ts"},
};

typedef struct reading {
    mb_entries *out;
    const mb_listing *l;
    const char *format;
    const char *file;   /* the name in the table; NULL: a variable */
    const char *folder; /* that of the file, to which its paths are relative */
    bool ours;          /* a setting names the folder */
    char *other, *place; /* one that names another folder, and its place; NULL: none does */
    int line;
} reading;

static bool refuse(const reading *r, const mb_setting *s, const char *hint, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "the configuration of %s sets %s, which moonbird does not read",
            r->format, s->key);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_at(err, s->file, s->line, 0);
}

/* ---- folders ---- */

/* A path without "file://" before it and "?format=..." behind it; the caller frees it. */
static char *path_of(const char *value, size_t len)
{
    static const char scheme[] = "file://";
    size_t skip = len >= sizeof scheme - 1 && memcmp(value, scheme, sizeof scheme - 1) == 0
                      ? sizeof scheme - 1
                      : 0;
    char *path = mb_strndup(value + skip, len - skip);

    path[strcspn(path, "?")] = '\0';
    return path;
}

/* Is the path, relative to the file or to the project, that of the folder of migrations? */
static bool is_ours(const reading *r, const char *path, bool above_committed)
{
    bool committed = above_committed && strcmp(mb_path_base(r->l->path), "committed") == 0;
    char *below = mb_path_join(r->folder, path), *above = mb_path_dir(r->l->path);
    const char *wanted = committed ? above : r->l->path;
    bool ours = mb_path_same(below, wanted) || mb_path_same(path, wanted);

    free(below);
    free(above);
    return ours;
}

/* A setting may name several folders: then all must be this one. */
static void take_folder(reading *r, const mb_setting *s, bool above_committed)
{
    bool all = true;

    if (!*s->value)
        return;
    for (const char *at = s->value; *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        char *path = path_of(at, len);

        all = all && is_ours(r, path, above_committed);
        free(path);
        at += len;
    }
    r->ours = r->ours || all;
    if (all || r->other)
        return;
    r->other = mb_strdup(s->value);
    r->place = mb_strdup(s->file);
    r->line = s->line;
}

static bool check_folder(const reading *r, mb_error *err)
{
    if (!r->other || r->ours)
        return true;
    mb_fail(err, MB_ERR_FILE, "the migrations of %s are in \"%s\", not %sin \"%s\"", r->format,
            r->other, strchr(r->other, ',') ? "only " : "", r->l->shown);
    mb_fail_hint(err, "Name the right folder in moonbird.lua, migrations = \"...\", or correct this "
                      "setting.");
    return mb_fail_at(err, r->place, r->line, 0);
}

/* An expression of HCL, whose value moonbird does not know. */
static bool is_expression(const mb_setting *s)
{
    return !s->literal || strstr(s->value, "${");
}

/* A folder that Atlas computes from others has other files than those on disk. */
static bool take_expression(const reading *r, const mb_setting *s, mb_error *err)
{
    if (strncmp(s->value, "data.", 5) == 0)
        return refuse(r, s, "Write the files that it makes into a folder, and name that in both "
                            "places.", err);
    mb_names_add(&r->out->notes, mb_format("%s:%d: moonbird does not evaluate %s", s->file, s->line,
                                           s->key));
    return true;
}

/* ---- other settings ---- */

static void take_schema(reading *r, const mb_setting *s)
{
    size_t len = strcspn(s->value, ",");

    if (!len || r->out->schema)
        return;
    r->out->schema = mb_strndup(s->value, len);
    r->out->schema_place = s->line ? mb_format("%s:%d", s->file, s->line) : mb_strdup(s->file);
}

static bool is_harmless(const char *value, const char *list)
{
    size_t n = strlen(value);

    for (const char *at = list; *at; at += *at == '|') {
        size_t len = strcspn(at, "|");

        if (len == n && strncasecmp(at, value, n) == 0)
            return true;
        at += len;
    }
    return false;
}

static bool take(void *self, const mb_setting *s, mb_error *err)
{
    reading *r = self;
    const known *k = table;

    for (; k < table + N; k++)
        if (strcmp(k->format, r->format) == 0 && !k->file == !r->file &&
            (!k->file || strcmp(k->file, r->file) == 0) && fnmatch(k->key, s->key, 0) == 0)
            break;
    if (k == table + N || !*s->value)
        return true;
    if ((k->effect == FOLDER || k->effect == ABOVE) && is_expression(s))
        return take_expression(r, s, err);
    if (k->effect == FOLDER || k->effect == ABOVE)
        take_folder(r, s, k->effect == ABOVE);
    else if (k->effect == SCHEMA)
        take_schema(r, s);
    else if (k->effect == NOTED)
        mb_names_add(&r->out->notes, mb_format("%s:%d: moonbird does not run %s of %s", s->file,
                                               s->line, s->key, r->format));
    else if (!is_harmless(s->value, k->harmless))
        return refuse(r, s, k->hint, err);
    return true;
}

static bool read_file(reading *r, const char *folder, const char *shown, mb_error *err)
{
    char *path = mb_path_join(folder, r->file), *shown_path = mb_path_join(shown, r->file);
    bool ok;

    r->folder = folder;
    ok = mb_settings_read(&(mb_settings_file){path, shown_path}, take, r, err);
    free(path);
    free(shown_path);
    return ok;
}

/* The rows of one file follow each other. */
static bool is_first_of_file(size_t i)
{
    return i == 0 || !table[i - 1].file || strcmp(table[i - 1].format, table[i].format) != 0 ||
           strcmp(table[i - 1].file, table[i].file) != 0;
}

static bool read_all(reading *r, mb_error *err)
{
    char *above = mb_path_dir(r->l->path), *shown_above = mb_path_dir(r->l->shown);
    const char *const folders[][2] = {{".", "."}, {r->l->path, r->l->shown}, {above, shown_above}};
    bool ok = true;

    for (size_t i = 0; ok && i < N; i++) {
        if (strcmp(table[i].format, r->format) != 0)
            continue;
        r->file = table[i].file;
        r->folder = ".";
        if (!r->file)
            ok = mb_settings_variable(table[i].key, table[i].key, take, r, err);
        for (size_t k = 0; ok && r->file && is_first_of_file(i) && k < 3; k++)
            if (k < 2 || !mb_path_same(above, "."))
                ok = read_file(r, folders[k][0], folders[k][1], err);
    }
    free(above);
    free(shown_above);
    return ok;
}

static void note_programs(mb_entries *out, const char *format)
{
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (strcmp(programs[i][0], format) == 0 && mb_file_exists(programs[i][1]))
            mb_names_add(&out->notes, mb_format("%s: moonbird does not run this program, and does "
                                                "not know its settings", programs[i][1]));
}

bool mb_tool_settings_check(mb_entries *out, const char *format, const mb_listing *l, mb_error *err)
{
    reading r = {.out = out, .l = l, .format = format};
    bool ok = read_all(&r, err) && check_folder(&r, err);

    note_programs(out, format);
    free(r.other);
    free(r.place);
    return ok;
}

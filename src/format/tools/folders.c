/*
 * folders.c -- formats with a folder for each migration: Prisma, Drizzle 1, diesel and Hasura.
 *
 * The order is that of the folders' names as text.  Prisma: listMigrations.ts.  diesel:
 * migrations_internals/src/lib.rs; its version is the name up to the first "_", without "-", and a
 * metadata.toml without run_in_transaction means that there is no transaction.
 */
#include "formats.h"

#include "format/repeatable.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"
#include "moonbird/format/settings_file.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define METADATA "metadata.toml" /* of diesel */

static bool has_file(const mb_listing *l, const char *folder, const char *file)
{
    char *inside = mb_path_join(folder, file), *path = mb_path_join(l->path, inside);
    bool has = mb_file_exists(path);

    free(path);
    free(inside);
    return has;
}

/* The first subfolder with the file `with` and, unless NULL, without the file `without`. */
static const char *find_folder(const mb_listing *l, const char *with, const char *without)
{
    for (size_t i = 0; i < l->folders->n; i++) {
        const char *folder = l->folders->items[i];

        if (has_file(l, folder, with) && !(without && has_file(l, folder, without)))
            return folder;
    }
    return NULL;
}

/* Is it a file in which only a migration is written: SQL, Lua or a program? */
static bool is_written(const char *file)
{
    static const char *const endings[] = {".sql", ".lua", ".ts", ".js", ".mjs", ".cjs",
                                          ".rs",  ".go",  ".py", ".rb", ".sh"};

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (mb_path_ends(file, endings[i]))
            return true;
    return false;
}

/* The first such file in the folder that is none of the two, from *at on; NULL: there is none. */
static const char *next_other(const mb_names *files, size_t *at, const char *up)
{
    while (*at < files->n) {
        const char *file = files->items[(*at)++];

        if (is_written(file) && strcmp(file, up) != 0 && strcmp(file, "down.sql") != 0)
            return file;
    }
    return NULL;
}

static bool refuse_program(mb_error *err, const mb_listing *l, const char *folder,
                           const char *file, const char *up)
{
    char *path = mb_path_join(folder, file);

    mb_fail(err, MB_ERR_FILE, "the migration is in \"%s\", which moonbird does not run", file);
    mb_fail_hint(err, "Rewrite it in SQL, as %s, or in Lua, as a file beside the folders.", up);
    mb_fail_in(err, l, path, 0);
    free(path);
    return false;
}

static bool refuse_empty(mb_error *err, const mb_listing *l, const char *folder, const char *file)
{
    mb_fail(err, MB_ERR_FILE, "the folder of this migration has no file \"%s\"", file);
    mb_fail_hint(err, "Restore the file, or delete the folder.");
    return mb_fail_in(err, l, folder, 0);
}

/* Notes the files in a folder that can be meant to run, and that the tool ignores. */
static void note_others(mb_entries *out, const mb_listing *l, const char *folder,
                        const mb_names *files, const char *up)
{
    const char *other;

    for (size_t at = 0; (other = next_other(files, &at, up));)
        mb_names_add(&out->notes, mb_format("%s/%s/%s does not run: only %s and down.sql do",
                                            l->shown, folder, other, up));
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->items[i], METADATA) != 0 && strcasecmp(files->items[i], METADATA) == 0)
            mb_names_add(&out->notes, mb_format("%s/%s/%s is ignored: its name is not " METADATA,
                                                l->shown, folder, files->items[i]));
}

/* Is a file in a subfolder meant as a migration: by its name, or by the number of its folder? */
static bool is_too_deep(const char *path, const char *up)
{
    const char *folder = strchr(path, '/') + 1;

    return strcmp(mb_path_base(path), up) == 0 || isdigit((unsigned char)*folder) ||
           isdigit((unsigned char)*mb_path_base(path));
}

static bool check_deeper(mb_entries *out, const mb_listing *l, const char *folder, const char *up,
                         mb_error *err)
{
    mb_names paths = {0};
    bool ok = mb_listed_in(&paths, l, folder, err);

    for (size_t i = 0; ok && i < paths.n; i++) {
        const char *path = paths.items[i];

        if (!is_written(path))
            continue;
        if (!is_too_deep(path, up)) {
            mb_names_add(&out->notes, mb_format("%s/%s does not run: only %s/FOLDER/%s does",
                                                l->shown, path, l->shown, up));
            continue;
        }
        mb_fail(err, MB_ERR_FILE,
                "this file is in a folder of a folder, where the tool does not "
                "look for migrations");
        mb_fail_hint(err, "Move its folder to %s, or elsewhere.", l->shown);
        ok = mb_fail_in(err, l, path, 0);
    }
    mb_names_free(&paths);
    return ok;
}

/* The tool reads only the files of the folder, and not those in its subfolders. */
static bool check_subfolders(mb_entries *out, const mb_listing *l, const char *folder,
                             const mb_names *folders, const char *up, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < folders->n; i++) {
        char *deeper = mb_path_join(folder, folders->items[i]);

        ok = check_deeper(out, l, deeper, up, err);
        free(deeper);
    }
    return ok;
}

/* A numbered folder without the file `up`. */
static bool refuse_without(mb_error *err, const mb_listing *l, const char *folder,
                           const mb_names *files, const char *up)
{
    size_t at = 0;
    const char *other = next_other(files, &at, up);

    return other ? refuse_program(err, l, folder, other, up) : refuse_empty(err, l, folder, up);
}

/* Adds the subfolder as a migration if it has the file `up`; a numbered one must have it. */
static bool add_folder(mb_entries *out, const mb_listing *l, const char *folder, const char *up,
                       mb_error *err)
{
    char *path = mb_path_join(l->path, folder);
    mb_names files, folders;
    bool ok = mb_folder_read(&files, &folders, path, err), has = has_file(l, folder, up);

    free(path);
    if (!ok)
        return false;
    if (!check_subfolders(out, l, folder, &folders, up, err)) {
        ok = false;
    } else if (has) {
        mb_entry *e = mb_entries_add(out, mb_strdup(folder));

        e->file = mb_path_join(folder, up);
        if (has_file(l, folder, "down.sql"))
            e->down_file = mb_path_join(folder, "down.sql");
        note_others(out, l, folder, &files, up);
    } else if (isdigit((unsigned char)*folder)) {
        ok = refuse_without(err, l, folder, &files, up);
    } else {
        mb_names_add(&out->notes, mb_format("%s/%s has no file \"%s\" and is not a migration",
                                            l->shown, folder, up));
    }
    mb_names_free(&files);
    mb_names_free(&folders);
    return ok;
}

static bool add_folders(mb_entries *out, const mb_listing *l, const char *up, mb_error *err)
{
    for (size_t i = 0; i < l->folders->n; i++)
        if (strcmp(l->folders->items[i], MB_REPEATABLE) != 0 &&
            !add_folder(out, l, l->folders->items[i], up, err))
            return false;
    return true;
}

/* Reads a file of the folder with settings, unless it is absent. */
static bool read_settings(const mb_listing *l, const char *file, mb_take_setting *take, void *self,
                          mb_error *err)
{
    char *path = mb_path_join(l->path, file), *shown = mb_path_join(l->shown, file);
    bool ok = mb_settings_read(&(mb_settings_file){path, shown}, take, self, err);

    free(path);
    free(shown);
    return ok;
}

/* ---- Prisma ---- */

static const char *claim_prisma(const mb_listing *l)
{
    return find_folder(l, "migration.sql", "snapshot.json");
}

static bool take_provider(void *self, const mb_setting *s, mb_error *err)
{
    (void)self;
    if (strcmp(s->key, "provider") != 0 || strcmp(s->value, "postgresql") == 0 ||
        strcmp(s->value, "cockroachdb") == 0)
        return true;
    mb_fail(err, MB_ERR_FILE, "the migrations are for \"%s\", not for PostgreSQL", s->value);
    mb_fail_hint(err, "Name the right folder in moonbird.lua: migrations = \"...\".");
    return mb_fail_at(err, s->file, s->line, 0);
}

static bool list_prisma(mb_entries *out, const mb_listing *l, mb_error *err)
{
    return read_settings(l, "migration_lock.toml", take_provider, NULL, err) &&
           add_folders(out, l, "migration.sql", err);
}

const mb_file_format mb_format_prisma = {
    .name = "prisma",
    .tool = "Prisma or Drizzle 1",
    .expected = "folders with a file migration.sql",
    .nested = true,
    .created = {"", "", "/migration.sql", "/down.sql", true},
    .claim = claim_prisma,
    .list = list_prisma,
    .compare = strcmp,
};

/* ---- Drizzle 1 ---- */

static const char *claim_drizzle(const mb_listing *l)
{
    const char *folder = find_folder(l, "migration.sql", NULL);

    return folder && has_file(l, folder, "snapshot.json") ? folder : NULL;
}

static bool list_drizzle(mb_entries *out, const mb_listing *l, mb_error *err)
{
    return add_folders(out, l, "migration.sql", err);
}

const mb_file_format mb_format_drizzle_1 = {
    .name = "drizzle",
    .tool = "Prisma or Drizzle 1",
    .expected = "folders with a file migration.sql",
    .nested = true,
    .commits = true,
    .claim = claim_drizzle,
    .list = list_drizzle,
    .compare = strcmp,
};

/* ---- diesel, Hasura ---- */

static const char *claim_diesel(const mb_listing *l)
{
    return find_folder(l, "up.sql", NULL);
}

static char *version_of(const char *name)
{
    char *version = mb_strdup(name), *to = version;

    for (; *name && *name != '_'; name++)
        if (*name != '-')
            *to++ = *name;
    *to = '\0';
    return version;
}

/* A Lua file is named as the folders are: 2024-01-01-000000_fill.lua. */
static char *version_of_lua(const char *file)
{
    char *name = mb_name_without(file, ".lua"), *version = version_of(name);

    free(name);
    return version;
}

/* What it says of a migration. */
typedef struct metadata {
    mb_entries *out;
    bool found, in_transaction; /* run_in_transaction is there, and its value */
} metadata;

/* diesel does not read the whole file if this value is of another type. */
static bool take_metadata(void *self, const mb_setting *s, mb_error *err)
{
    metadata *m = self;

    if (strcmp(s->key, "run_in_transaction") != 0) {
        mb_names_add(&m->out->notes,
                     mb_format("%s:%d: diesel has no setting \"%s\"", s->file, s->line, s->key));
        return true;
    }
    m->found = true;
    m->in_transaction = strcmp(s->value, "true") == 0;
    if (!s->literal && (m->in_transaction || strcmp(s->value, "false") == 0))
        return true;
    mb_fail(err, MB_ERR_FILE, "run_in_transaction is neither true nor false");
    mb_fail_hint(err, "diesel ignores this file, and runs the migration in a transaction. Write "
                      "run_in_transaction = true or run_in_transaction = false.");
    return mb_fail_at(err, s->file, s->line, 0);
}

/* A metadata.toml that diesel can read runs the migration in a transaction only if it says so. */
static bool read_metadata(mb_entries *out, mb_entry *e, const mb_listing *l, mb_error *err)
{
    char *file = mb_path_join(e->name, METADATA);
    metadata m = {.out = out};
    bool has = has_file(l, e->name, METADATA);
    bool ok = !has || read_settings(l, file, take_metadata, &m, err);

    e->up.no_transaction = e->down.no_transaction = has && !m.in_transaction;
    if (ok && has && !m.found)
        mb_names_add(&out->notes, mb_format("%s/%s does not set run_in_transaction, which means "
                                            "false to diesel",
                                            l->shown, file));
    free(file);
    return ok;
}

static bool list_diesel(mb_entries *out, const mb_listing *l, mb_error *err)
{
    bool ok = add_folders(out, l, "up.sql", err);

    for (size_t i = 0; ok && i < out->n; i++) {
        free(out->items[i].number);
        out->items[i].number = version_of(out->items[i].name);
        ok = read_metadata(out, &out->items[i], l, err);
    }
    if (!ok)
        return false;
    mb_entries_sort(out, strcmp);
    return mb_entries_check_numbers(out, l, err);
}

const mb_file_format mb_format_diesel = {
    .name = "diesel",
    .tool = "diesel or Hasura",
    .expected = "folders with a file up.sql",
    .nested = true,
    .commits = true,
    .created = {"", "", "/up.sql", "/down.sql", true},
    .claim = claim_diesel,
    .list = list_diesel,
    .compare = strcmp,
    .version = version_of_lua,
};

#include "moonbird/format/migration.h"

#include "check_folder.h"
#include "file_checksum.h"
#include "own_format.h"
#include "read_format.h"
#include "repeatable.h"
#include "script_format.h"
#include "format/tools/formats.h"

#include "moonbird/os/file.h"
#include "moonbird/format/format.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *mb_stream_name(mb_stream stream)
{
    return stream == MB_AUTO ? "auto" : "manual";
}

const char *mb_direction_name(mb_direction direction)
{
    return direction == MB_UP ? "up" : "down";
}

mb_key mb_key_of(const mb_migration *m)
{
    return (mb_key){m->stream, m->name};
}

/* ---- one folder ---- */

typedef struct folder {
    const char *root, *name; /* the path of the project, and the folder's path below it */
    const char *other;       /* the other stream's folder */
    const char *format;      /* the name of its format; NULL: it is to be found */
    const mb_script_formats *scripts; /* the project's own formats */
    mb_stream stream;
    mb_journal journal;
    const mb_known_files *known;
    size_t first;            /* the index of its first item among the files */
} folder;

/* Refuses the project's own folder, where the configuration would count as a migration. */
static bool refuse_root(const folder *f, const char *path, mb_error *err)
{
    char *plan = mb_path_join(path, "sqitch.plan");
    bool planned = mb_file_exists(plan); /* only files of the plan count */

    free(plan);
    if (planned || !mb_path_same(path, f->root))
        return true;
    mb_fail(err, MB_ERR_FILE, "the folder of migrations is the project folder itself");
    mb_fail_hint(err, "Move the migrations to a separate folder.");
    return mb_fail_at(err, f->name, 0, 0);
}

/* Refuses one folder for both streams, since each file would be two migrations. */
static bool refuse_other(const folder *f, const char *path, mb_error *err)
{
    char *other = mb_path_join(f->root, f->other);
    bool same = mb_path_same(path, other);

    free(other);
    if (!same)
        return true;
    mb_fail(err, MB_ERR_FILE, "\"migrations\" and \"manual\" are the same folder");
    mb_fail_hint(err, "Give each of the two a separate folder.");
    return mb_fail_at(err, f->name, 0, 0);
}

static bool has_meta(const mb_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcasecmp(names->items[i], "meta") == 0)
            return true;
    return false;
}

/*
 * Reads Drizzle's journal.  The list of the folder shows whether meta/ exists, in any spelling: a
 * search for a file that does not exist would read the whole folder again.
 */
static bool read_journal(folder *f, const mb_listing *l, mb_error *err)
{
    char *shown, *path;
    bool ok;

    if (f->stream != MB_AUTO || !(has_meta(l->folders) || has_meta(l->files)))
        return true;
    shown = mb_path_join(f->name, "meta/_journal.json");
    path = mb_path_join(f->root, shown);
    ok = mb_journal_read(&f->journal, path, shown, err);
    free(path);
    free(shown);
    return ok;
}

static mb_own_folder own_of(const folder *f)
{
    return (mb_own_folder){f->root, f->name, f->stream, &f->journal, f->known, f->first};
}

static bool add_own(mb_files *files, const folder *f, const mb_listing *l, mb_error *err)
{
    const mb_own_folder own = own_of(f);

    return mb_format_check_folder(&files->notes, l, err) && mb_own_read(files, &own, l->files, err);
}

/* ---- another tool's format ---- */

static void free_item(mb_migration *m);

static void drop_items(mb_files *files, const folder *f)
{
    while (files->n > f->first)
        free_item(&files->items[--files->n]);
}

/*
 * Finds the format whose annotations the files have; *out is NULL when it is moonbird's own.
 * MB_ERR_FILE: they have annotations of two formats.
 */
static bool find_annotated(const mb_file_format **out, const mb_files *files, const folder *f,
                           const mb_listing *l, mb_error *err)
{
    const mb_migration *first = NULL;

    *out = NULL;
    for (size_t i = f->first; i < files->n; i++) {
        const mb_migration *m = &files->items[i];
        const mb_file_format *format = m->annotated ? mb_format_of_tool(m->annotated) : NULL;

        if (!format || format == *out)
            continue;
        if (*out)
            return mb_fail_two_formats(err, l, mb_path_base(first->path), first->annotated,
                                       mb_path_base(m->path), m->annotated);
        *out = format;
        first = m;
    }
    return true;
}

static bool add_format(mb_files *files, const folder *f, const mb_file_format *format,
                       const mb_listing *l, mb_error *err)
{
    return mb_format_read(files, format, l, err) &&
           mb_file_checksums_read(files->items + f->first, files->n - f->first, f->root, f->known,
                                  err);
}

/* Reads the folder as its names show, unless its files have annotations of another format. */
static bool add_found(mb_files *files, const folder *f, const mb_listing *l, mb_error *err)
{
    const mb_file_format *named, *annotated;
    size_t notes = files->notes.n;

    if (!mb_formats_claim(&named, l, err) ||
        !(named ? add_format(files, f, named, l, err) : add_own(files, f, l, err)))
        return false;
    if (named && !named->weak)
        return true;
    if (!find_annotated(&annotated, files, f, l, err))
        return false;
    if (!annotated || annotated == named)
        return true;
    drop_items(files, f);
    while (files->notes.n > notes)
        free(files->notes.items[--files->notes.n]);
    return add_format(files, f, annotated, l, err);
}

/* The format that the configuration names; NULL: moonbird's own, which reads the journal, too. */
static const mb_file_format *find_named(const folder *f)
{
    const mb_file_format *own = mb_script_format_named(f->scripts, f->format),
                         *format = own ? own : mb_file_format_named(f->format);

    return f->journal.found && format == &mb_format_drizzle_1 ? NULL : format;
}

/*
 * Only the auto stream can have the format of another tool.  A script of the project comes first,
 * since the project has it for this folder.
 */
static bool add_listing(mb_files *files, folder *f, const mb_listing *l, mb_error *err)
{
    const mb_file_format *format = f->format ? find_named(f) : NULL;

    if (f->stream == MB_AUTO && !f->format &&
        !mb_script_formats_recognise(&format, f->scripts, l, err))
        return false;
    if (format) {
        mb_journal_free(&f->journal); /* another format has its own order */
        return add_format(files, f, format, l, err);
    }
    if (f->stream == MB_AUTO && !f->format && !f->journal.found)
        return add_found(files, f, l, err);
    return add_own(files, f, l, err);
}

static bool add_folder(mb_files *files, folder *f, const char *path, mb_error *err)
{
    mb_names names, folders;
    mb_listing listing = {.path = path, .shown = f->name};
    char *other;
    bool ok;

    if (!refuse_root(f, path, err) || !refuse_other(f, path, err) ||
        !mb_folder_read(&names, &folders, path, err))
        return false;
    other = mb_path_join(f->root, f->other);
    listing.ignored = other;
    listing.files = &names;
    listing.folders = &folders;
    ok = mb_format_check_names(f->name, &names, err) && mb_format_check_names(f->name, &folders, err) &&
         read_journal(f, &listing, err);
    listing.journal = f->journal.found;
    listing.repeatable = f->stream == MB_AUTO;
    ok = ok && add_listing(files, f, &listing, err);
    free(other);
    mb_names_free(&names);
    mb_names_free(&folders);
    return ok;
}

static bool read_folder(mb_files *files, folder *f, mb_error *err)
{
    char *path = mb_path_join(f->root, f->name);
    mb_own_folder own;
    bool found, ok;

    f->first = files->n;
    ok = mb_folder_find(&found, path, err) && (!found || add_folder(files, f, path, err));
    free(path);
    own = own_of(f);
    if (ok && (f->journal.found || f->stream == MB_MANUAL || !files->format))
        mb_own_order(files, &own);
    return ok &&
           (f->stream == MB_MANUAL || mb_repeatable_read(files, f->root, f->name, f->known, err));
}

bool mb_files_read(mb_files *out, const mb_folders *from, const mb_known_files *known,
                   mb_error *err)
{
    folder folders[] = {
        {.root = from->root,
         .name = from->migrations,
         .other = from->manual,
         .format = from->format,
         .scripts = from->scripts,
         .stream = MB_AUTO,
         .known = known},
        {.root = from->root,
         .name = from->manual,
         .other = from->migrations,
         .stream = MB_MANUAL,
         .known = known},
    };
    bool ok;

    *out = (mb_files){0};
    ok = read_folder(out, &folders[0], err) && read_folder(out, &folders[1], err);
    out->journal = folders[0].journal.found;
    mb_journal_free(&folders[0].journal);
    if (!ok)
        mb_files_free(out);
    return ok;
}

bool mb_files_present(const char *root, const char *migrations, const char *manual, mb_error *err)
{
    char *paths[] = {mb_path_join(root, migrations), mb_path_join(root, manual)};
    bool found = false, ok = true;

    for (int i = 0; i < 2; i++) {
        ok = ok && (found || mb_folder_find(&found, paths[i], err));
        free(paths[i]);
    }
    if (!ok || found)
        return ok;
    mb_fail(err, MB_ERR_FILE, "neither folder \"%s\" nor \"%s\" exists here", migrations, manual);
    return mb_fail_hint(err, "Create the first migration with moonbird new NAME, or give the "
                             "project folder with -C DIR.");
}

const char *mb_files_format(const mb_files *files)
{
    if (files->journal)
        return "drizzle";
    return files->format ? mb_file_format_name(files->format) : NULL;
}

static void free_item(mb_migration *m)
{
    free(m->name);
    free(m->number);
    free(m->path);
    free(m->down_path);
    free(m->verify_path);
    free(m->listed);
    free(m->up.text);
    free(m->down.text);
    if (m->given)
        mb_directives_free(m->given);
    free(m->given);
    free(m->normalized_sum);
}

void mb_files_free(mb_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free_item(&files->items[i]);
    free(files->items);
    mb_names_free(&files->notes);
    mb_names_free(&files->hidden);
    mb_names_free(&files->reasons);
    free(files->schema);
    free(files->schema_place);
    *files = (mb_files){0};
}

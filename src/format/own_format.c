#include "own_format.h"

#include "file_checksum.h"
#include "format/names/rollback_name.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/format/names.h"
#include "moonbird/os/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const mb_migration *)a)->name, ((const mb_migration *)b)->name);
}

/* Finds an item by name among `n` that are sorted by name; NULL when there is none. */
static mb_migration *find(mb_migration *items, size_t n, const char *name)
{
    const mb_migration key = {.name = (char *)name};

    return n ? bsearch(&key, items, n, sizeof *items, by_name) : NULL;
}

/* Reserves memory once: mb_grow would leave freed blocks as large as the array itself. */
static void reserve(mb_files *files, size_t more)
{
    files->items = mb_realloc(files->items, (files->n + more) * sizeof *files->items);
}

static mb_migration *add(mb_files *files, mb_stream stream, char *name, char *path)
{
    mb_migration *m = &files->items[files->n++];

    *m = (mb_migration){.stream = stream, .name = name, .number = mb_number_of(name), .path = path};
    m->lua = path && mb_path_ends(path, ".lua");
    return m;
}

static bool in_journal(const mb_own_folder *f, const char *name)
{
    return f->journal->tags.n && bsearch(&name, f->journal->sorted, f->journal->tags.n,
                                         sizeof *f->journal->sorted, mb_compare_text);
}

/*
 * A file ..._rollback.sql is a migration, not a rollback file, when the journal has its name, or
 * when the annotations of another tool say so.
 */
static bool is_migration(const mb_own_folder *f, const mb_names *names, const char *file,
                         const char *stem)
{
    char *folder = mb_path_join(f->root, f->name);
    bool is = in_journal(f, stem) || mb_rollback_is_annotated(folder, names, file);

    free(folder);
    return is;
}

static mb_role role_in(const mb_own_folder *f, const mb_names *names, const char *file, char **name)
{
    mb_role r = mb_role_of(file, name);

    if (r == MB_ROLE_ROLLBACK && mb_path_ends(file, "_rollback.sql")) {
        char *stem = mb_name_without(file, ".sql");

        if (is_migration(f, names, file, stem)) {
            free(*name);
            *name = stem;
            return MB_ROLE_MIGRATION;
        }
        free(stem);
    }
    return r;
}

/* Sorts by name, for binary search and so that twins are neighbours; false: there are twins. */
static bool sort_by_name(mb_migration *items, size_t n, mb_error *err)
{
    mb_sort(items, n, sizeof *items, by_name);
    for (size_t i = 1; i < n; i++)
        if (strcmp(items[i - 1].name, items[i].name) == 0)
            return mb_fail_two_files(err, "files", items[i].name, items[i - 1].path, items[i].path);
    return true;
}

/* golang-migrate pairs files by number alone. */
static bool refuse_lone(const mb_files *files, const mb_own_folder *f, const char *name,
                        const char *path, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "this rollback has no migration \"%s\" beside it", name);
    mb_fail_at(err, path, 0, 0);
    for (size_t i = f->first; i < files->n; i++) {
        const mb_migration *m = &files->items[i];

        if (isdigit((unsigned char)*name) && mb_compare_numbers(m->name, name) == 0)
            return mb_fail_hint(err, "moonbird pairs a rollback with its migration by the full "
                                     "name, not by number. If this is the rollback of \"%s\", "
                                     "rename it to %s.down.sql.", m->name, m->name);
    }
    return mb_fail_hint(err, "Restore the file of the migration, or rename the two files to "
                             "NAME.sql and NAME_rollback.sql.");
}

static bool add_rollback(const mb_files *files, const mb_own_folder *f, const char *name,
                         const char *file, mb_error *err)
{
    mb_migration *m = find(files->items + f->first, files->n - f->first, name);
    char *path = mb_path_join(f->name, file);
    const char *other = !m ? NULL : m->down_path ? m->down_path : m->down_section ? m->path : NULL;

    if (m && !other) {
        m->down_path = path;
        return true;
    }
    if (m)
        mb_fail_two_files(err, "rollbacks", name, other, path);
    else
        refuse_lone(files, f, name, path, err);
    free(path);
    return false;
}

/* Adds the migrations, then gives each its rollback file; rollbacks[i] is the migration's name. */
static bool add_files(mb_files *files, const mb_own_folder *f, const mb_names *names,
                      char **rollbacks, mb_error *err)
{
    bool ok;

    reserve(files, names->n);
    for (size_t i = 0; i < names->n; i++) {
        char *name = NULL;
        mb_role r = role_in(f, names, names->items[i], &name);

        if (r == MB_ROLE_MIGRATION)
            add(files, f->stream, name, mb_path_join(f->name, names->items[i]));
        else
            rollbacks[i] = name;
    }
    ok = mb_file_checksums_read(files->items + f->first, files->n - f->first, f->root, f->known,
                                err) &&
         sort_by_name(files->items + f->first, files->n - f->first, err);
    for (size_t i = 0; ok && i < names->n; i++)
        if (rollbacks[i])
            ok = add_rollback(files, f, rollbacks[i], names->items[i], err);
    return ok;
}

bool mb_own_read(mb_files *files, const mb_own_folder *f, const mb_names *names, mb_error *err)
{
    char **rollbacks = mb_alloc(names->n * sizeof *rollbacks);
    bool ok = add_files(files, f, names, rollbacks, err);

    for (size_t i = 0; i < names->n; i++)
        free(rollbacks[i]);
    free(rollbacks);
    return ok;
}

static int by_number(const void *a, const void *b)
{
    const mb_migration *x = a, *y = b;

    return mb_compare_names(x->name, y->name);
}

static void add_absent(mb_files *files, const mb_own_folder *f)
{
    size_t n = files->n - f->first;

    reserve(files, f->journal->tags.n);
    for (size_t i = 0; i < f->journal->tags.n; i++)
        if (!find(files->items + f->first, n, f->journal->tags.items[i]))
            add(files, f->stream, mb_strdup(f->journal->tags.items[i]), NULL);
    mb_sort(files->items + f->first, files->n - f->first, sizeof *files->items, by_name);
}

/* The index for a Lua file: after the last entry whose number is not greater than its own. */
static size_t place_of(const mb_migration *items, size_t n, const mb_migration *m)
{
    while (n > 0 && mb_compare_numbers(items[n - 1].number, m->number) > 0)
        n--;
    return n;
}

/*
 * Orders by the journal: its entries, with Lua files between them by number, and last the orphans.
 */
static void order_by_journal(mb_files *files, const mb_own_folder *f)
{
    size_t n, taken = 0;
    mb_migration *from, *to;

    add_absent(files, f);
    n = files->n - f->first;
    if (n == 0)
        return;
    from = files->items + f->first;
    to = mb_alloc(n * sizeof *to);
    for (size_t i = 0; i < f->journal->tags.n; i++) {
        to[taken] = *find(from, n, f->journal->tags.items[i]);
        to[taken].when = f->journal->when[i];
        to[taken++].journaled = true;
    }
    mb_sort(from, n, sizeof *from, by_number);
    for (size_t i = 0; i < n; i++) {
        size_t at = from[i].lua ? place_of(to, taken, &from[i]) : taken;

        if (!from[i].lua || in_journal(f, from[i].name))
            continue;
        memmove(to + at + 1, to + at, (taken - at) * sizeof *to);
        to[at] = from[i];
        taken++;
    }
    for (size_t i = 0; i < n; i++)
        if (!from[i].lua && !in_journal(f, from[i].name)) {
            to[taken] = from[i];
            to[taken++].orphan = true;
        }
    memcpy(from, to, n * sizeof *to);
    free(to);
}

void mb_own_order(mb_files *files, const mb_own_folder *f)
{
    if (f->journal->found)
        order_by_journal(files, f);
    else
        mb_sort(files->items + f->first, files->n - f->first, sizeof *files->items, by_number);
}

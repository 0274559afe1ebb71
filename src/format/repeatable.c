#include "repeatable.h"

#include "check_folder.h"
#include "file_checksum.h"
#include "format/names/rollback_name.h"
#include "format/tools/form.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

static bool refuse_rollback(const char *path, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "a repeatable migration has no rollback: it runs again when its file "
                              "changes");
    mb_fail_hint(err, "Delete this file, or move it out of the folder \"" MB_REPEATABLE "\".");
    return mb_fail_at(err, path, 0, 0);
}

static mb_migration *add(mb_files *files, char *name, char *path)
{
    mb_migration *m = &files->items[files->n++];

    *m = (mb_migration){.stream = MB_AUTO, .name = name, .number = mb_strdup(""), .path = path};
    m->repeatable = true;
    m->lua = mb_path_ends(path, ".lua");
    return m;
}

static bool add_file(mb_files *files, const mb_listing *l, const char *file, size_t first,
                     mb_error *err)
{
    char *stem = NULL, *path = mb_path_join(l->shown, file);
    mb_role role = mb_role_of(file, &stem);
    bool ok = true;

    if (role == MB_ROLE_ROLLBACK) {
        ok = refuse_rollback(path, err);
    } else if (role == MB_ROLE_MIGRATION && !mb_check_rollback_name(l, file, err)) {
        ok = false;
    } else if (role == MB_ROLE_MIGRATION) {
        mb_migration *m = add(files, mb_path_join(MB_REPEATABLE, stem), path);

        path = NULL;
        if (files->n - 1 > first && strcmp(m[-1].name, m->name) == 0)
            ok = mb_fail_two_files(err, "files", m->name, m[-1].path, m->path);
    } else {
        mb_names_add(&files->notes, mb_format("%s is not a migration: its name ends neither in .sql "
                                              "nor in .lua", path));
    }
    free(path);
    free(stem);
    return ok;
}

/* The format of another tool may have read files of this folder, under their own names. */
static bool is_read(const mb_files *files, size_t first, const mb_listing *l, const char *file)
{
    char *path = mb_path_join(l->shown, file);
    bool found = false;

    for (size_t i = 0; files->format && !found && i < first; i++)
        found = (files->items[i].path && strcmp(files->items[i].path, path) == 0) ||
                (files->items[i].down_path && strcmp(files->items[i].down_path, path) == 0);
    free(path);
    return found;
}

static bool add_files(mb_files *files, const mb_listing *l, mb_error *err)
{
    size_t first = files->n;
    bool ok = true;

    files->items = mb_realloc(files->items, (files->n + l->files->n + 1) * sizeof *files->items);
    for (size_t i = 0; ok && i < l->files->n; i++)
        ok = is_read(files, first, l, l->files->items[i]) ||
             add_file(files, l, l->files->items[i], first, err);
    return ok;
}

/* ---- order ---- */

enum { HEAD = 1 << 16 }; /* directives come before the first statement */

typedef struct order {
    mb_migration *from; /* by name */
    mb_directives *directives;
    size_t n, taken;
    bool *seen;
    mb_migration *to;
} order;

/* A Lua file's requirements are known only when it is loaded: it keeps its place by name. */
static void read_directives(mb_directives *out, const char *root, const mb_migration *m)
{
    char *path = mb_path_join(root, m->path);
    mb_error later; /* the next function that opens the file reports it */
    mb_buf head = {0};

    if (m->lua || !mb_file_read_head(&head, path, HEAD, &later) ||
        !mb_directives_read(out, mb_buf_str(&head), head.len, m->path, &later))
        mb_directives_init(out);
    mb_buf_free(&head);
    free(path);
}

/*
 * Takes the migrations that it requires, then the migration itself. If requirements form a cycle, a
 * migration of it is taken where it is first reached.
 */
static void take(order *o, size_t at)
{
    const mb_directives *d = &o->directives[at];

    if (o->seen[at])
        return;
    o->seen[at] = true;
    for (size_t i = 0; i < d->n_requires; i++)
        for (size_t k = 0; k < o->n; k++)
            if (strcmp(d->requires[i], o -> from[k].name) == 0)
                take(o, k);
    o->to[o->taken++] = o->from[at];
}

static void order_by_requires(mb_migration *items, size_t n, const char *root)
{
    order o = {.from = items, .n = n};

    o.directives = mb_alloc((n + 1) * sizeof *o.directives);
    o.seen = mb_alloc((n + 1) * sizeof *o.seen);
    o.to = mb_alloc((n + 1) * sizeof *o.to);
    for (size_t i = 0; i < n; i++)
        read_directives(&o.directives[i], root, &items[i]);
    for (size_t i = 0; i < n; i++)
        take(&o, i);
    if (n)
        memcpy(items, o.to, n * sizeof *items);
    for (size_t i = 0; i < n; i++)
        mb_directives_free(&o.directives[i]);
    free(o.directives);
    free(o.seen);
    free(o.to);
}

static bool read_listing(mb_files *files, const char *root, const mb_listing *l,
                         const mb_known_files *known, mb_error *err)
{
    size_t first = files->n;
    bool ok = mb_format_check_names(l->shown, l->files, err) &&
              mb_format_check_names(l->shown, l->folders, err) &&
              ((files->format && files->format->reads_repeatable) ||
               mb_format_check_subfolders(&files->notes, l, err)) &&
              add_files(files, l, err) &&
              mb_file_checksums_read(files->items + first, files->n - first, root, known, err);

    if (ok)
        order_by_requires(files->items + first, files->n - first, root);
    return ok;
}

bool mb_repeatable_read(mb_files *files, const char *root, const char *folder,
                        const mb_known_files *known, mb_error *err)
{
    char *shown = mb_path_join(folder, MB_REPEATABLE), *path = mb_path_join(root, shown);
    mb_names names, folders;
    const mb_listing l = {
        .path = path, .shown = shown, .files = &names, .folders = &folders, .unnumbered = true};
    bool ok = true;

    if (mb_folder_exists(path) && (ok = mb_folder_read(&names, &folders, path, err))) {
        ok = read_listing(files, root, &l, known, err);
        mb_names_free(&names);
        mb_names_free(&folders);
    }
    free(path);
    free(shown);
    return ok;
}

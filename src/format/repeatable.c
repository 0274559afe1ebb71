#include "repeatable.h"

#include "file_checksum.h"

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

static bool add_file(mb_files *files, const char *folder, const char *file, size_t first,
                     mb_error *err)
{
    char *stem = NULL, *path = mb_path_join(folder, file);
    mb_role role = mb_role_of(file, &stem);
    bool ok = true;

    if (role == MB_ROLE_ROLLBACK) {
        ok = refuse_rollback(path, err);
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

static bool add_files(mb_files *files, const char *folder, const mb_names *names, mb_error *err)
{
    size_t first = files->n;
    bool ok = true;

    files->items = mb_realloc(files->items, (files->n + names->n + 1) * sizeof *files->items);
    for (size_t i = 0; ok && i < names->n; i++)
        ok = add_file(files, folder, names->items[i], first, err);
    return ok;
}

bool mb_repeatable_read(mb_files *files, const char *root, const char *folder,
                        const mb_known_files *known, mb_error *err)
{
    char *shown = mb_path_join(folder, MB_REPEATABLE), *path = mb_path_join(root, shown);
    size_t first = files->n;
    mb_names names;
    bool ok = true;

    if (mb_folder_exists(path) && (ok = mb_folder_list(&names, path, err))) {
        ok = add_files(files, shown, &names, err) &&
             mb_file_checksums_read(files->items + first, files->n - first, root, known, err);
        mb_names_free(&names);
    }
    free(path);
    free(shown);
    return ok;
}

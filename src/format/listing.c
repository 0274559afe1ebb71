/* listing.c -- the files of a folder of migrations. */
#include "listing.h"

#include "repeatable.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

bool mb_fail_in(mb_error *err, const mb_listing *l, const char *file, int line)
{
    char *path = mb_path_join(l->shown, file);

    mb_fail_at(err, path, line, 0);
    free(path);
    return false;
}

size_t mb_listed_from(const mb_listing *l, const char *name)
{
    size_t low = 0, high = l->files->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(l->files->items[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool mb_listed_read(mb_buf *out, const mb_listing *l, const char *file, mb_error *err)
{
    char *path = mb_path_join(l->path, file);
    bool ok = mb_file_read(out, path, err);

    free(path);
    if (!ok) {
        err->file[0] = '\0';
        return mb_fail_in(err, l, file, 0);
    }
    return true;
}

enum { DEEPEST = 16 };

/* Symbolic links can make a cycle of folders. */
static bool refuse_depth(const mb_listing *l, const char *folder, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "moonbird searches the subfolders of this folder only %d levels deep",
            DEEPEST);
    mb_fail_hint(err, "Move this folder elsewhere. If it is a symbolic link to a folder above it, "
                      "remove the link.");
    return mb_fail_in(err, l, folder, 0);
}

static bool add_below(mb_names *out, const mb_listing *l, const char *folder, int depth,
                      mb_error *err)
{
    char *path = mb_path_join(l->path, folder);
    mb_names files, folders;
    bool ok = depth <= DEEPEST ? mb_folder_read(&files, &folders, path, err)
                               : refuse_depth(l, folder, err);

    free(path);
    if (!ok)
        return false;
    for (size_t i = 0; i < files.n; i++)
        mb_names_add(out, mb_path_join(folder, files.items[i]));
    for (size_t i = 0; ok && i < folders.n; i++) {
        char *deeper = mb_path_join(folder, folders.items[i]);

        ok = add_below(out, l, deeper, depth + 1, err);
        free(deeper);
    }
    mb_names_free(&files);
    mb_names_free(&folders);
    return ok;
}

bool mb_listed_in(mb_names *out, const mb_listing *l, const char *folder, mb_error *err)
{
    return add_below(out, l, folder, 1, err);
}

bool mb_listed_below(mb_names *out, const mb_listing *l, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; i < l->files->n; i++)
        mb_names_add(out, mb_strdup(l->files->items[i]));
    for (size_t i = 0; ok && i < l->folders->n; i++) {
        char *path = mb_path_join(l->path, l->folders->items[i]);

        if (strcmp(l->folders->items[i], MB_REPEATABLE) != 0 &&
            (!l->ignored || !mb_path_same(path, l->ignored)))
            ok = mb_listed_in(out, l, l->folders->items[i], err);
        free(path);
    }
    return ok;
}

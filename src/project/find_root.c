#include "moonbird/project/find_root.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <sys/stat.h>

/* lstat: a symbolic link counts as a configuration even if its target is missing. */
static bool has_configuration(const char *folder)
{
    static const char *const names[] = {"moonbird.lua", "scripts/moonbird.lua"};
    bool has = false;

    for (size_t i = 0; i < 2 && !has; i++) {
        char *path = mb_path_join(folder, names[i]);
        struct stat there;

        has = lstat(path, &there) == 0;
        free(path);
    }
    return has;
}

/* The nearest parent folder with a configuration; NULL for none. The caller frees it. */
static char *find_above(void)
{
    char *folder = mb_strdup("..");

    while (!has_configuration(folder)) {
        char *above = mb_path_join(folder, "..");
        bool top = mb_path_same(folder, above);

        free(folder);
        folder = above;
        if (top) {
            free(folder);
            return NULL;
        }
    }
    return folder;
}

char *mb_project_find_root(void)
{
    char *above;

    if (has_configuration("."))
        return NULL;
    above = find_above();
    if (!above &&
        (mb_path_same(".", "../migrations") || mb_path_same(".", "../migrations-manual")))
        above = mb_strdup("..");
    return above;
}

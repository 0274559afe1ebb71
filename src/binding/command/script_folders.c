/* script_folders.c -- the folders in scripts/, and folders with nearly their names. */
#include "session.h"

#include "moonbird/os/file.h"
#include "moonbird/format/format.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/suggest.h"

#include <stdlib.h>
#include <string.h>

#define SCRIPTS "scripts"

/* Refuses a folder like scripts/hook, whose Lua files would silently not run. */
static bool check_name(const char *path, const char *folder, mb_error *err)
{
    static const char *const known[] = {"checks", "commands", "formats", "hooks",
                                        "lib",    "rules",    "studio"};
    const char *near = mb_nearest(folder, known, sizeof known / sizeof known[0]);
    char *inside, *found = NULL;
    bool ok;

    if (!near || strcmp(near, folder) == 0)
        return true;
    inside = mb_path_join(path, folder);
    ok = mb_format_find_lua(&found, inside, err);
    free(inside);
    if (!found)
        return ok;
    free(found);
    mb_fail(err, MB_ERR_FILE, "moonbird does not look for scripts in this folder");
    mb_format_into(err->file, sizeof err->file, SCRIPTS "/%s", folder);
    return mb_fail_hint(err, "Did you mean \"" SCRIPTS "/%s\"?", near);
}

static bool check_names(const char *path, mb_error *err)
{
    mb_names files = {0}, folders = {0};
    bool ok = mb_folder_read(&files, &folders, path, err);

    for (size_t i = 0; ok && i < folders.n; i++)
        ok = check_name(path, folders.items[i], err);
    mb_names_free(&files);
    mb_names_free(&folders);
    return ok;
}

bool mb_scripts_find(bool *found, const char *root, const char *folder, mb_error *err)
{
    char *path = mb_path_join(root, folder), *scripts = mb_path_join(root, SCRIPTS);
    bool ok = mb_folder_find(found, path, err);

    if (ok && strncmp(folder, SCRIPTS "/", sizeof SCRIPTS) == 0 && mb_folder_exists(scripts))
        ok = check_names(scripts, err);
    free(path);
    free(scripts);
    return ok;
}

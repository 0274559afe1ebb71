#include "moonbird/project/find_root.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const configurations[] = {"moonbird.lua", "scripts/moonbird.lua"};
static const char *const folders[] = {"migrations", "migrations-manual"};

/* lstat: a symbolic link counts as a configuration even if its target is missing. */
static bool has_configuration(const char *folder)
{
    bool has = false;

    for (size_t i = 0; i < 2 && !has; i++) {
        char *path = mb_path_join(folder, configurations[i]);
        struct stat there;

        has = lstat(path, &there) == 0;
        free(path);
    }
    return has;
}

static bool is_below_migrations(const char *folder, const char *here)
{
    const char *below = here + strlen(folder) + (strcmp(folder, "/") != 0);
    size_t n = strcspn(below, "/");

    for (size_t i = 0; i < 2; i++)
        if (strlen(folders[i]) == n && strncmp(folders[i], below, n) == 0)
            return true;
    return false;
}

/* The nearest folder above `here`, up to the home folder; NULL: none. The caller frees it. */
static char *find_above(const char *here, bool configured)
{
    const char *home = getenv("HOME");
    char *folder = mb_strdup(here);

    while (strcmp(folder, "/") != 0 && !(home && mb_path_same(folder, home))) {
        char *above = mb_path_dir(folder);

        free(folder);
        folder = above;
        if (configured ? has_configuration(folder) : is_below_migrations(folder, here))
            return folder;
    }
    free(folder);
    return NULL;
}

/* ---- trust ---- */

static bool is_trusted(uid_t owner)
{
    const char *sudo = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
    char *end;

    return owner == geteuid() || owner == 0 ||
           (sudo && *sudo && strtoul(sudo, &end, 10) == owner && !*end);
}

static bool refuse(const char *root, const char *what, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "this folder is inside the project \"%s\", but %s", root, what);
    mb_fail_detail(err, "The project's scripts and hooks would run as you.");
    return mb_fail_hint(err, "If you trust them, name the folder: moonbird -C %s.", root);
}

static bool refuse_open(const char *root, const char *path, mb_error *err)
{
    const char *inside = path + strlen(root) + (strcmp(root, "/") != 0);
    char *what = mb_format("every user can write to its \"%s\"", inside);
    bool ok = refuse(root, what, err);

    free(what);
    return ok;
}

/* Looks at a link and at its target: the owner of either chooses the contents. */
static bool is_own(const char *path)
{
    struct stat link, target;

    return lstat(path, &link) != 0 ||
           (is_trusted(link.st_uid) && (stat(path, &target) != 0 || is_trusted(target.st_uid)));
}

static bool is_open(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && st.st_mode & S_IWOTH;
}

/*
 * The first path in this tree that every user can write to; NULL: none. The caller frees it. The
 * sticky bit of a folder does not keep others from adding files. `linked`: the path is in a folder
 * that is a link. Such a tree is not followed further, as it may be large, or have no end.
 */
static char *find_open(const char *path, bool linked)
{
    struct stat st;
    mb_names names = {0};
    mb_error ignored;
    char *open = NULL;

    if (is_open(path))
        return mb_strdup(path);
    if (linked || !mb_folder_exists(path) || lstat(path, &st) != 0 ||
        !mb_folder_names(&names, path, &ignored))
        return NULL;
    for (size_t i = 0; i < names.n && !open; i++) {
        char *inside = mb_path_join(path, names.items[i]);

        open = find_open(inside, S_ISLNK(st.st_mode));
        free(inside);
    }
    mb_names_free(&names);
    return open;
}

/* Other users must not be able to change what runs: the configuration, scripts and migrations. */
static bool check_closed(const char *root, mb_error *err)
{
    const char *const parts[] = {configurations[0], "scripts", folders[0], folders[1]};
    char *open = NULL;
    bool ok;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !open; i++) {
        char *path = mb_path_join(root, parts[i]);

        open = find_open(path, false);
        free(path);
    }
    ok = !open || refuse_open(root, open, err);
    free(open);
    return ok;
}

static bool check_trust(const char *root, mb_error *err)
{
    bool own = is_own(root);

    for (size_t i = 0; i < 2 && own; i++) {
        char *path = mb_path_join(root, configurations[i]);

        own = is_own(path);
        free(path);
    }
    if (!own)
        return refuse(root, "that folder or its configuration belongs to another user", err);
    return !is_open(root) ? check_closed(root, err)
                          : refuse(root, "every user can write to that folder", err);
}

/* ---- all ---- */

static char *find(const char *here)
{
    char *root;

    if (has_configuration("."))
        return NULL;
    root = find_above(here, true);
    return root || mb_folder_exists(folders[0]) || mb_folder_exists(folders[1])
               ? root
               : find_above(here, false);
}

bool mb_project_find_root(mb_root *out, mb_error *err)
{
    char here[PATH_MAX];

    *out = (mb_root){0};
    if (!getcwd(here, sizeof here))
        return true; /* a folder that was removed, which is in no project */
    out->path = find(here);
    if (!out->path)
        return true;
    out->below = mb_strdup(here + strlen(out->path) + (strcmp(out->path, "/") != 0));
    if (check_trust(out->path, err))
        return true;
    mb_root_free(out);
    return false;
}

void mb_root_free(mb_root *root)
{
    free(root->path);
    free(root->below);
    *root = (mb_root){0};
}

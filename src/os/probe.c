#include "moonbird/os/probe.h"

#include "moonbird/os/path.h"
#include "moonbird/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(const char *path, const char *what, const char *hint, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_at(err, path, 0, 0);
}

bool mb_suffix_check(const char *path, const char *suffix, mb_error *err)
{
    size_t len = strlen(path), n = strlen(suffix);
    const char *end = path + len - n;

    if (len < n || strcasecmp(end, suffix) != 0 || strcmp(end, suffix) == 0)
        return true;
    mb_fail(err, MB_ERR_FILE, "the file name ends in \"%s\", not in \"%s\"", end, suffix);
    mb_fail_hint(err, "Rename it: upper and lower case differ in file names.");
    return mb_fail_at(err, path, 0, 0);
}

/* Opening a pipe waits for a writer, which may never come. */
static bool refuse_special(const char *path, mb_error *err)
{
    return refuse(path, "this is neither a file nor a folder",
                  "moonbird does not read pipes, sockets or devices. Put a file in its place.",
                  err);
}

bool mb_path_taken(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 || errno != ENOENT;
}

bool mb_file_check_own(const char *path, mb_error *err)
{
    struct stat st;

    return (lstat(path, &st) != 0 && errno == ENOENT) ||
           (S_ISREG(st.st_mode) && st.st_nlink == 1) ||
           refuse(path, "moonbird did not create this file",
                  "Only moonbird writes to a file of this name. Find out who put it there, and "
                  "remove it.",
                  err);
}

bool mb_folder_check_closed(const char *path, mb_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return mb_fail_errno(err, path, "cannot access the folder");
    return (st.st_mode & (S_IWOTH | S_ISVTX)) != S_IWOTH ||
           refuse(path, "every user can write to this folder",
                  "Remove that permission with chmod o-w, or choose another folder.", err);
}

bool mb_folder_make_own(const char *path, const char *root, mb_error *err)
{
    struct stat st, project;

    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return mb_fail_errno(err, path, "cannot create the folder");
    if (lstat(path, &st) != 0 || stat(root, &project) != 0)
        return mb_fail_errno(err, path, "cannot access the folder");
    if (!S_ISDIR(st.st_mode))
        return refuse(path, "this is not a folder",
                      "moonbird keeps its own files in a folder of this name, and does not follow "
                      "links. Remove the file or the link.",
                      err);
    if (st.st_uid != geteuid() && st.st_uid != 0 && st.st_uid != project.st_uid)
        return refuse(path, "this folder belongs to another user",
                      "moonbird keeps its own files in it. Find out who created it, and remove "
                      "it.",
                      err);
    return mb_folder_check_closed(path, err);
}

bool mb_file_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool mb_folder_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool mb_path_same(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool refuse_no_folder(const char *path, mb_error *err)
{
    return refuse(path, "expected a folder of this name, but this is not a folder",
                  "Move the file away, or put a folder in its place.", err);
}

/* What a path leads to. */
typedef struct target {
    mode_t mode;   /* 0: the path is absent */
    char *missing; /* the path up to its first part that is absent, or NULL; owned */
} target;

static bool inspect(target *out, const char *path, mb_error *err);

/* Inspects the folders above `path`: one of them may be the reason why it cannot be used. */
static bool inspect_above(target *out, const char *path, mb_error *err)
{
    char *above = mb_path_dir(path);
    bool ok = strcmp(above, path) == 0 || inspect(out, above, err);

    if (ok && out->mode && !S_ISDIR(out->mode))
        ok = refuse_no_folder(above, err);
    free(above);
    return ok;
}

static bool inspect(target *out, const char *path, mb_error *err)
{
    struct stat st;
    int why;

    *out = (target){0};
    if (stat(path, &st) == 0) {
        out->mode = st.st_mode;
        return true;
    }
    why = errno;
    if (!inspect_above(out, path, err))
        return false;
    if (out->missing)
        return true;
    out->mode = 0;
    if (why == ENOENT && lstat(path, &st) != 0 && errno == ENOENT) {
        out->missing = mb_strdup(path);
        return true;
    }
    if (why == ENOENT)
        return refuse(path, "the target of the link does not exist",
                      "Remove the link, or restore its target.", err);
    errno = why;
    return mb_fail_errno(err, path, "cannot access the file");
}

/*
 * The path that differs from the absent `path` only in capitals, the caller's to free; NULL: none.
 */
static char *find_spelling(const char *path, const char *missing)
{
    char *dir = mb_path_dir(path), *found = NULL;
    const struct dirent *entry;
    DIR *list;

    if (strcmp(path, missing) != 0) {
        char *written = find_spelling(dir, missing);

        free(dir);
        dir = written;
    }
    list = dir ? opendir(dir) : NULL;
    while (list && !found && (entry = readdir(list)) != NULL)
        if (strcasecmp(entry->d_name, mb_path_base(path)) == 0)
            found = mb_path_join(dir, entry->d_name);
    if (list)
        closedir(list);
    free(dir);
    return found;
}

/* Refuses an absent path that exists with other capitals, and names its first part that differs. */
static bool check_spelling(const char *path, const char *missing, mb_error *err)
{
    char *written = find_spelling(path, missing), *wanted;
    size_t end = 0;

    if (!written)
        return true;
    wanted = mb_strdup(path + strlen(path) - strlen(written));
    while (written[end] && written[end] == wanted[end])
        end++;
    if (!written[end]) { /* it was made just now */
        free(wanted);
        free(written);
        return true;
    }
    end += strcspn(written + end, "/");
    written[end] = wanted[end] = '\0';
    mb_fail(err, MB_ERR_FILE, "the %s is not named \"%s\"",
            mb_folder_exists(written) ? "folder" : "file", mb_path_base(wanted));
    mb_fail_hint(err, "Rename it: upper and lower case differ in file names.");
    mb_fail_at(err, written, 0, 0);
    free(wanted);
    free(written);
    return false;
}

/* inspect, for a path whose spelling counts. */
static bool find(mode_t *mode, const char *path, mb_error *err)
{
    target it;
    bool ok = inspect(&it, path, err) && (!it.missing || check_spelling(path, it.missing, err));

    *mode = it.mode;
    free(it.missing);
    return ok;
}

bool mb_file_find(bool *found, const char *path, mb_error *err)
{
    mode_t mode;

    *found = false;
    if (!find(&mode, path, err))
        return false;
    if (S_ISDIR(mode))
        return refuse(path, "expected a file of this name, but this is a folder",
                      "Move the folder away, or put a file in its place.", err);
    *found = mode != 0;
    return mode == 0 || S_ISREG(mode) || refuse_special(path, err);
}

bool mb_folder_find(bool *found, const char *path, mb_error *err)
{
    mode_t mode;

    *found = false;
    if (!find(&mode, path, err))
        return false;
    *found = mode != 0;
    return mode == 0 || S_ISDIR(mode) || refuse_no_folder(path, err);
}

bool mb_file_check(const char *path, bool *folder, mb_error *err)
{
    target it;
    bool ok = inspect(&it, path, err);

    free(it.missing);
    if (!ok)
        return false;
    *folder = S_ISDIR(it.mode);
    return it.mode == 0 || S_ISREG(it.mode) || *folder || refuse_special(path, err);
}

#include "moonbird/os/file.h"

#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/open_file.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/sort.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 16 };

bool mb_file_read_head(mb_buf *out, const char *path, size_t most, mb_error *err)
{
    size_t end = out->len + most;
    ssize_t got = 0;
    int fd;

    if (!mb_open_to_read(&fd, path, err))
        return false;
    do {
        size_t want = end - out->len < BLOCK ? end - out->len : BLOCK;

        if (out->cap - out->len > 1)
            want = want < out->cap - out->len - 1 ? want : out->cap - out->len - 1;
        else
            mb_buf_reserve(out, want);
        got = read(fd, out->data + out->len, want);
        if (got > 0)
            out->len += (size_t)got;
    } while ((got > 0 && out->len < end) || (got < 0 && errno == EINTR));
    out->data[out->len] = '\0';
    if (got < 0)
        mb_fail_errno(err, path, "cannot read the file");
    close(fd);
    return got >= 0;
}

bool mb_file_read(mb_buf *out, const char *path, mb_error *err)
{
    return mb_file_read_head(out, path, SIZE_MAX - out->len, err);
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, data, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data += put;
        len -= (size_t)put;
    }
    return true;
}

/* Creates a new file, never the target of a link that somebody put there. */
static int create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

/*
 * Creates a temporary file beside `path`, with the mode of the file that it will replace.  It is
 * hidden: a folder of migrations is read while the file is there.
 */
static int create_beside(char **temporary, const char *path)
{
    enum { TRIES = 100 };
    const char *name = mb_path_base(path);
    struct stat old;
    int fd = -1;

    *temporary = NULL;
    for (int i = 0; i < TRIES && fd < 0; i++) {
        free(*temporary);
        *temporary =
            mb_format("%.*s.%s.%ld-%d.new", (int)(name - path), path, name, (long)getpid(), i);
        fd = create(*temporary);
        if (fd < 0 && errno != EEXIST)
            return -1;
    }
    if (fd >= 0 && lstat(path, &old) == 0 && S_ISREG(old.st_mode))
        fchmod(fd, old.st_mode & 0777);
    return fd;
}

/*
 * Gives the complete file its name.  Without `replace` a name that exists stays as it is, also on a
 * file system that has no links.
 */
static bool name_file(const char *temporary, const char *path, bool replace)
{
    if (replace)
        return rename(temporary, path) == 0;
    if (link(temporary, path) == 0)
        return unlink(temporary) == 0;
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
        return renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
    return false;
}

bool mb_file_write(const char *path, const char *data, size_t len, bool replace, mb_error *err)
{
    struct stat old;
    bool taken = !replace && lstat(path, &old) == 0, ok;
    char *temporary = NULL;
    int fd = taken ? -1 : create_beside(&temporary, path);

    ok = fd >= 0 && write_all(fd, data, len) && fsync(fd) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    ok = ok && name_file(temporary, path, replace);
    if (taken || (!ok && !replace && errno == EEXIST)) {
        mb_fail(err, MB_ERR_FILE, "the file already exists");
        mb_fail_at(err, path, 0, 0);
    } else if (!ok) {
        mb_fail_errno(err, path, "cannot write the file");
    }
    if (!ok && fd >= 0)
        unlink(temporary);
    free(temporary);
    return ok;
}

bool mb_folder_make(const char *path, mb_error *err)
{
    char *part = mb_strdup(path);
    bool ok = true;

    for (char *s = part + (*part == '/'); ok; s++) {
        char c = *s;

        if (c != '/' && c != '\0')
            continue;
        *s = '\0';
        if (mkdir(part, 0777) != 0) {
            int why = errno; /* mb_folder_exists changes it */

            ok = mb_folder_exists(part);
            errno = why;
            if (!ok)
                mb_fail_errno(err, part, "cannot create the folder");
        }
        *s = c;
        if (c == '\0')
            break;
    }
    free(part);
    return ok;
}

int mb_compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Is the entry a file?  A path that is neither a file nor a folder is an error. */
static bool inspect_entry(const char *dir, const struct dirent *entry, bool *is, mb_error *err)
{
    char *path;
    bool folder, ok;

    *is = entry->d_type == DT_REG;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR)
        return true;
    path = mb_path_join(dir, entry->d_name);
    ok = mb_file_check(path, &folder, err);
    *is = ok && !folder;
    free(path);
    return ok;
}

void mb_names_add(mb_names *names, char *name)
{
    names->items = mb_grow(names->items, names->n, sizeof *names->items);
    names->items[names->n++] = name;
}

/* Without `folders` all entries are in `files`, and none is checked. */
static bool read_folder(mb_names *files, mb_names *folders, const char *path, mb_error *err)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool is_file = true, ok = true;

    *files = (mb_names){0};
    if (!dir)
        return mb_fail_errno(err, path, "cannot open the folder");
    while (ok && (errno = 0, entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        ok = !folders || inspect_entry(path, entry, &is_file, err);
        if (ok)
            mb_names_add(is_file ? files : folders, mb_strdup(entry->d_name));
    }
    if (ok && errno)
        ok = mb_fail_errno(err, path, "cannot read the folder");
    closedir(dir);
    if (!ok)
        mb_names_free(files);
    mb_sort(files->items, files->n, sizeof *files->items, mb_compare_text);
    return ok;
}

bool mb_folder_read(mb_names *files, mb_names *folders, const char *path, mb_error *err)
{
    bool ok;

    *folders = (mb_names){0};
    ok = read_folder(files, folders, path, err);
    if (!ok)
        mb_names_free(folders);
    mb_sort(folders->items, folders->n, sizeof *folders->items, mb_compare_text);
    return ok;
}

bool mb_folder_names(mb_names *out, const char *path, mb_error *err)
{
    return read_folder(out, NULL, path, err);
}

bool mb_folder_list(mb_names *out, const char *path, mb_error *err)
{
    mb_names folders;
    bool ok = mb_folder_read(out, &folders, path, err);

    mb_names_free(&folders);
    return ok;
}

void mb_names_free(mb_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i]);
    free(names->items);
    *names = (mb_names){0};
}

static bool inside(const char *root, const char *path, bool itself, mb_error *err)
{
    char *folder = realpath(root, NULL), *file = realpath(path, NULL);
    size_t len = folder ? strlen(folder) : 0;
    bool is_folder;
    bool ok = folder && file && strncmp(file, folder, len) == 0 &&
              (file[len] == '/' || (itself && !file[len]) || strcmp(folder, "/") == 0);

    if (!folder || !file) {
        mb_fail_errno(err, path, "cannot open the file");
    } else if (!ok) {
        mb_fail(err, MB_ERR_FILE, "the file is outside the project");
        mb_fail_at(err, path, 0, 0);
    } else {
        ok = mb_file_check(path, &is_folder, err);
    }
    free(folder);
    free(file);
    return ok;
}

bool mb_path_inside(const char *root, const char *path, mb_error *err)
{
    return inside(root, path, false, err);
}

bool mb_path_within(const char *root, const char *path, mb_error *err)
{
    return inside(root, path, true, err);
}

/* Is the folder that contains the file the one that its path, without the last part, names? */
static bool has_own_folder(const char *root, const char *path)
{
    char *full = mb_path_join(root, path);
    struct stat st;
    bool own = *path && strcmp(mb_path_base(path), "..") != 0 &&
               !(lstat(full, &st) == 0 && S_ISLNK(st.st_mode));

    free(full);
    return own;
}

/* A path below `root` without "." and, where no link is before it, without "..". */
static char *tidy(const char *root, const char *path)
{
    char *out = mb_alloc(strlen(path) + 1);
    size_t n = 0;

    for (const char *part = path; *part; part += strspn(part, "/")) {
        size_t len = strcspn(part, "/");

        if (len == 2 && memcmp(part, "..", 2) == 0 && has_own_folder(root, out)) {
            char *slash = strrchr(out, '/');

            n = slash ? (size_t)(slash - out) : 0;
        } else if (len != 1 || *part != '.') {
            if (n)
                out[n++] = '/';
            memcpy(out + n, part, len);
            n += len;
        }
        out[n] = '\0';
        part += len;
    }
    return out;
}

/* The path without links; a copy of it where it is not inside of `root`. */
static char *resolve(const char *root, const char *path)
{
    char *folder = realpath(root, NULL), *full = mb_path_join(root, path);
    char *file = realpath(full, NULL);
    size_t len = folder ? strlen(folder) : 0;
    bool inside = folder && file && strncmp(file, folder, len) == 0 && file[len] == '/';
    char *out = mb_strdup(inside ? file + len + 1 : path);

    free(folder);
    free(full);
    free(file);
    return out;
}

char *mb_path_in_root(const char *root, const char *path)
{
    size_t len = strlen(root);
    bool below = strncmp(path, root, len) == 0 && path[len] == '/';
    const char *rest = below ? path + len + strspn(path + len, "/") : path;
    char *out = *rest == '/' ? mb_strdup(rest) : tidy(root, rest), *resolved;

    if (*out != '/' && strncmp(out, "../", 3) != 0 && !strstr(out, "/../"))
        return out;
    resolved = resolve(root, out);
    free(out);
    return resolved;
}

/*
 * The part of a path that exists, the caller's to free: only that part can have links.  *dots: the
 * rest has "..".
 */
static char *existing_part(const char *folder, bool *dots)
{
    char *part = mb_strdup(folder), *above;

    *dots = false;
    while (!mb_folder_exists(part)) {
        *dots = *dots || strcmp(mb_path_base(part), "..") == 0;
        above = mb_path_dir(part);
        free(part);
        part = above;
    }
    return part;
}

bool mb_path_make_inside(const char *root, const char *path, mb_error *err)
{
    char *folder = mb_path_dir(path), *part;
    const char *name = mb_path_base(path);
    bool dots, ok;

    part = existing_part(folder, &dots);
    ok = inside(root, part, true, err);
    if (ok && (dots || !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)) {
        ok = mb_fail(err, MB_ERR_FILE, "this is not the name of a file");
        mb_fail_at(err, path, 0, 0);
    }
    ok = ok && (mb_folder_exists(folder) || mb_folder_make(folder, err));
    free(part);
    free(folder);
    return ok;
}

bool mb_file_sum(char *hex, const char *path, mb_error *err)
{
    FILE *file;
    mb_hash *hash;
    char block[1 << 14];
    size_t n;
    bool ok;

    if (!mb_file_check(path, &ok, err))
        return false;
    file = fopen(path, "re");
    if (!file)
        return mb_fail_errno(err, path, "cannot open the file");
    hash = mb_hash_new();
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        mb_hash_add(hash, block, n);
    ok = !ferror(file) || mb_fail_errno(err, path, "cannot read the file");
    mb_hash_hex(hash, hex);
    mb_hash_free(hash);
    fclose(file);
    return ok;
}

/* ---- removal ---- */

static bool remove_at(int parent, const char *name);

static bool empty(int fd)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    bool ok = dir != NULL;

    if (!dir) {
        close(fd);
        return false;
    }
    while (ok && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = remove_at(fd, entry->d_name);
    closedir(dir);
    return ok;
}

static bool remove_at(int parent, const char *name)
{
    int fd;

    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && empty(fd) && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

bool mb_folder_remove(const char *path, mb_error *err)
{
    return remove_at(AT_FDCWD, path) || mb_fail_errno(err, path, "cannot remove the folder");
}

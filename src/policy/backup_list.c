/*
 * backup_list.c -- the folder of backups: its files, and which of them may be deleted.
 *
 * moonbird deletes only what it made itself. It knows that from a list in the folder, which has a
 * line for each of its backups: "NAME BYTES SERVER DATABASE". A line is never removed: a file
 * counts only while a line has its name and its size.
 */
#include "backup_list.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"
#include "moonbird/project/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LIST ".made-by-moonbird"

/* ---- the list ---- */

/* One write, so that two processes do not mix their lines. */
static bool append(const char *path, const mb_buf *line)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, line->data, line->len) == (ssize_t)line->len;

    if (fd >= 0)
        close(fd);
    return ok;
}

void mb_backups_note(const char *folder, const mb_backup *backup, mb_conn *conn)
{
    const char *system = mb_conn_system(conn);
    char *path = mb_path_join(folder, LIST);
    mb_buf line = {0};

    mb_buf_printf(&line, "%s %lld %s %s", mb_path_base(backup->path), (long long)backup->bytes,
                  *system ? system : "-", mb_conn_database(conn));
    for (char *s = line.data; *s; s++) /* a name could end the line */
        *s = *s == '\n' ? ' ' : *s;
    mb_buf_putc(&line, '\n');
    if (!append(path, &line))
        mb_log(MB_LOG_WARN, "cannot write to %s, so moonbird backup prune will never delete this "
                            "backup: %s", path, strerror(errno));
    mb_buf_free(&line);
    free(path);
}

/* The line of a file in the list, without its name; NULL: it has none. */
static const char *find_line(const char *list, const char *name)
{
    size_t len = strlen(name);

    while (*list) {
        if (strncmp(list, name, len) == 0 && list[len] == ' ')
            return list + len + 1;
        list += strcspn(list, "\n");
        list += *list == '\n';
    }
    return NULL;
}

/* ---- a file ---- */

/* When, as its name says: DATABASE-20260131T235959Z.dump, also with -2 for a second one. */
static bool read_time(int64_t *out, const char *name)
{
    const char *at = strrchr(name, 'T');
    struct tm t = {0};

    if (!at || at - name < 9 ||
        sscanf(at - 8, "%4d%2d%2dT%2d%2d%2dZ", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
               &t.tm_min, &t.tm_sec) != 6)
        return false;
    t.tm_year -= 1900;
    t.tm_mon--;
    *out = (int64_t)timegm(&t);
    return true;
}

/* Is the file, of that size, in the list? */
static void read_line(mb_backup_file *file, const char *list)
{
    const char *line = find_line(list, file->name);
    long long bytes;
    char system[64];
    int64_t made;
    int at = 0;

    if (!line || sscanf(line, "%lld %63s %n", &bytes, system, &at) != 2 || !at ||
        bytes != file->bytes || !read_time(&made, file->name))
        return;
    file->made = made;
    file->server = mb_strdup(system);
    file->database = mb_strndup(line + at, strcspn(line + at, "\n"));
}

static bool is_dump(const char *name)
{
    static const char ending[] = ".dump";
    size_t len = strlen(name), end = sizeof ending - 1;

    return len > end && strcmp(name + len - end, ending) == 0;
}

static void add(mb_backup_files *out, const char *name, const char *list)
{
    mb_backup_file file = {.path = mb_path_join(out->folder, name)};
    struct stat st;

    if (!is_dump(name) || lstat(file.path, &st) != 0 || !S_ISREG(st.st_mode)) {
        free(file.path);
        return;
    }
    file.name = mb_strdup(name);
    file.bytes = (int64_t)st.st_size;
    file.made = (int64_t)st.st_mtime;
    read_line(&file, list);
    out->items = mb_grow(out->items, out->n, sizeof *out->items);
    out->items[out->n++] = file;
}

/* Which of the backups of one second it is, as its name says: 2 for ...Z-2.dump. */
static int number_of(const char *name)
{
    const char *at = strrchr(name, 'Z');
    int number = 1;

    if (at)
        sscanf(at, "Z-%d.dump", &number);
    return number;
}

static int newest_first(const void *a, const void *b)
{
    const mb_backup_file *x = a, *y = b;
    int m = number_of(x->name), n = number_of(y->name);

    if (x->made != y->made)
        return x->made > y->made ? -1 : 1;
    return m != n ? n - m : strcmp(y->name, x->name);
}

/* ---- the folder ---- */

static bool read_list(mb_buf *out, const char *folder, mb_error *err)
{
    char *path = mb_path_join(folder, LIST);
    bool found, ok = mb_file_find(&found, path, err) && (!found || mb_file_read(out, path, err));

    free(path);
    return ok;
}

static bool read_folder(mb_backup_files *out, mb_error *err)
{
    mb_names names;
    mb_buf list = {0};
    bool ok = read_list(&list, out->folder, err) && mb_folder_names(&names, out->folder, err);

    for (size_t i = 0; ok && i < names.n; i++)
        add(out, names.items[i], mb_buf_str(&list));
    if (ok)
        mb_names_free(&names);
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, newest_first);
    mb_buf_free(&list);
    return ok;
}

bool mb_backups_list(mb_backup_files *out, const mb_settings *settings, mb_error *err)
{
    char *folder = mb_path_join(settings->root, settings->backups);
    bool found, ok = mb_folder_find(&found, folder, err);

    *out = (mb_backup_files){0};
    if (ok && found) {
        out->folder = realpath(folder, NULL);
        ok = out->folder ? read_folder(out, err)
                         : mb_fail_errno(err, folder, "cannot open the folder");
    }
    free(folder);
    return ok;
}

void mb_backup_files_free(mb_backup_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->items[i].name);
        free(files->items[i].path);
        free(files->items[i].database);
        free(files->items[i].server);
    }
    free(files->items);
    free(files->folder);
    *files = (mb_backup_files){0};
}

/* ---- pruning ---- */

static bool same_database(const mb_backup_file *a, const mb_backup_file *b)
{
    return a->database && b->database && strcmp(a->database, b->database) == 0 &&
           strcmp(a->server, b->server) == 0;
}

/* The files of the same database as items[first], which is the newest of them. */
static void choose(mb_backup_files *files, size_t first, const mb_retention *keep)
{
    int64_t *moments = mb_alloc((files->n - first) * sizeof *moments);
    bool *kept = mb_alloc((files->n - first) * sizeof *kept);
    size_t n = 0, at = 0;

    for (size_t i = first; i < files->n; i++)
        if (same_database(&files->items[i], &files->items[first]))
            moments[n++] = files->items[i].made;
    mb_retention_choose(kept, moments, n, keep);
    for (size_t i = first; i < files->n; i++)
        if (same_database(&files->items[i], &files->items[first]))
            files->items[i].kept = kept[at++];
    free(kept);
    free(moments);
}

static bool is_first_of_database(const mb_backup_files *files, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_database(&files->items[i], &files->items[at]))
            return false;
    return true;
}

void mb_backups_choose(mb_backup_files *files, const mb_retention *keep)
{
    for (size_t i = 0; i < files->n; i++)
        if (!files->items[i].database)
            files->items[i].kept = true;
        else if (is_first_of_database(files, i))
            choose(files, i, keep);
}

bool mb_backup_delete(const mb_backup_file *file, mb_error *err)
{
    struct stat st;

    if (!file->database || lstat(file->path, &st) != 0 || !S_ISREG(st.st_mode) ||
        (int64_t)st.st_size != file->bytes) {
        mb_fail(err, MB_ERR_FILE, "the file is not the backup that moonbird made");
        return mb_fail_at(err, file->path, 0, 0);
    }
    return unlink(file->path) == 0 || mb_fail_errno(err, file->path, "cannot delete the backup");
}

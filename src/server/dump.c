#include "moonbird/server/dump.h"

#include "moonbird/server/find_programs.h"
#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/child_env.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- the program ---- */

static bool check_version(const char *program, const mb_conn *conn, mb_error *err)
{
    int server = mb_conn_version(conn) / 10000, major = 0;
    bool ok = mb_server_program_major(&major, program, err);

    if (!ok || major >= server)
        return ok;
    mb_fail(err, MB_ERR_FAILED, "pg_dump %d cannot back up a server of version %d", major, server);
    return mb_fail_hint(err,
                        "Install postgresql-client-%d, or set MOONBIRD_PG_BIN to the folder of a "
                        "newer pg_dump. This one is \"%s\".",
                        server, program);
}

/* ---- the file ---- */

typedef struct dump {
    char *part, *log; /* paths of the file while it is written, and of pg_dump's stderr */
    int fd;           /* of `part`: pg_dump gets no path, which could lead elsewhere by then */
    mb_dump_progress progress;
    void *self;
} dump;

static int64_t size_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? (int64_t)st.st_size : 0;
}

static void tick(void *arg)
{
    const dump *d = arg;

    if (d->progress)
        d->progress(d->self, size_of(d->fd));
}

static bool is_named(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 0;
}

/*
 * Makes the file, private before anything is in it, and locks it; pg_dump inherits the lock.  When
 * mb_dump_clean removes the file between the two, it is made again.  False with EEXIST: there is
 * one, or there is a dump at `path`.
 */
static bool make_part(dump *d, const char *path)
{
    do {
        if (d->fd >= 0)
            close(d->fd);
        d->fd = open(d->part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (d->fd >= 0 && flock(d->fd, LOCK_EX) == 0 && !is_named(d->fd));
    if (d->fd < 0 || !mb_path_taken(path))
        return d->fd >= 0;
    unlink(d->part);
    close(d->fd);
    d->fd = -1;
    errno = EEXIST;
    return false;
}

/* A number tells dumps of the same name apart, also those that other processes make now. */
static bool make_file(dump *d, char **path, mb_error *err)
{
    enum { MOST = 10000 };
    char *wanted = mb_strdup(*path);
    bool ok = false;

    errno = EEXIST;
    for (int i = 1; !ok && i <= MOST && errno == EEXIST; i++) {
        if (i > 1) {
            free(*path);
            *path = mb_format("%.*s-%d.dump", (int)(strlen(wanted) - strlen(".dump")), wanted, i);
        }
        free(d->part);
        free(d->log);
        d->part = mb_format("%s.part", *path);
        d->log = mb_format("%s.log", *path);
        ok = make_part(d, *path);
    }
    free(wanted);
    return ok || mb_fail_errno(err, d->part, "cannot write the backup");
}

/* Removes a file that is not locked.  Where the file system has no locks, nothing is removed. */
static void remove_left(const char *part)
{
    int fd = open(part, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char *log = mb_format("%.*s.log", (int)(strlen(part) - strlen(".part")), part);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && is_named(fd)) {
        unlink(log);
        unlink(part);
    }
    if (fd >= 0)
        close(fd);
    free(log);
}

void mb_dump_clean(const char *folder)
{
    static const char ending[] = ".dump.part";
    mb_names files;
    mb_error unread; /* the next write to that folder reports the cause */

    if (!mb_folder_names(&files, folder, &unread))
        return;
    for (size_t i = 0; i < files.n; i++) {
        size_t len = strlen(files.items[i]), end = sizeof ending - 1;
        char *path = mb_path_join(folder, files.items[i]);

        if (len > end && strcmp(files.items[i] + len - end, ending) == 0)
            remove_left(path);
        free(path);
    }
    mb_names_free(&files);
}

/*
 * Is the disk full?  Then the log, which is on the same file system, does not contain the messages
 * of pg_dump.
 */
static bool is_full(const dump *d)
{
    enum { LITTLE = 1 << 16 };
    struct statvfs disk;

    return fstatvfs(d->fd, &disk) == 0 && disk.f_bavail * disk.f_frsize < LITTLE;
}

static bool run(const dump *d, const char *program, const mb_conn *conn, mb_error *err)
{
    const char *const argv[] = {program, "-Fc", "--no-password", NULL};
    mb_child_login login;
    bool ok;

    if (!mb_conn_child_login(&login, conn, err))
        return false;
    ok = mb_process_run(&(mb_process){.argv = argv,
                                      .env = (const char *const *)login.env.items,
                                      .input = login.input,
                                      .log = d->log,
                                      .output = &d->fd,
                                      .lock = -1,
                                      .death_signal = SIGTERM,
                                      .tick = tick,
                                      .tick_arg = (void *)d},
                        err);
    mb_child_login_free(&login);
    if (!ok)
        err->file[0] = '\0'; /* the log is removed */
    if (!ok && err->code != MB_ERR_INTERRUPTED && is_full(d)) {
        errno = ENOSPC;
        mb_fail_errno(err, d->part, "cannot write the backup");
    }
    return ok;
}

/* Renames the file once it is on disk. */
static bool keep(const dump *d, const char *path, mb_error *err)
{
    bool empty = size_of(d->fd) == 0;
    bool ok = !empty && fsync(d->fd) == 0 && rename(d->part, path) == 0;

    if (empty)
        mb_fail(err, MB_ERR_FAILED, "pg_dump wrote nothing");
    else if (!ok)
        mb_fail_errno(err, path, "cannot write the backup");
    return ok;
}

bool mb_dump(int64_t *bytes, mb_conn *conn, char **path, mb_dump_progress progress, void *self,
             mb_error *err)
{
    dump d = {.progress = progress, .self = self, .fd = -1};
    char *program = NULL;
    bool ok;

    if (!mb_server_program(&program, "pg_dump", err))
        return false;
    ok = check_version(program, conn, err) && make_file(&d, path, err);
    if (ok && !(ok = run(&d, program, conn, err) && keep(&d, *path, err)))
        unlink(d.part);
    if (ok)
        *bytes = size_of(d.fd);
    if (d.fd >= 0)
        close(d.fd);
    if (d.log)
        unlink(d.log);
    free(d.part);
    free(d.log);
    free(program);
    return ok;
}

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Sets mode and owner: the umask may have removed bits of the mode. */
static bool give(const char *path, mode_t mode, const mb_account *owner)
{
    return chmod(path, mode) == 0 &&
           (owner->uid == geteuid() || lchown(path, owner->uid, owner->gid) == 0);
}

bool mb_folder_own(const char *path, mode_t mode, const mb_account *owner, mb_error *err)
{
    struct stat st;

    if (mkdir(path, 0700) == 0)
        return give(path, mode, owner) ||
               mb_fail_errno(err, path, "cannot set the folder's owner and mode");
    if (errno != EEXIST || lstat(path, &st) != 0)
        return mb_fail_errno(err, path, "cannot create the folder");
    if (S_ISDIR(st.st_mode) && st.st_uid == owner->uid && (st.st_mode & 0777) == mode)
        return true;
    if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && give(path, mode, owner))
        return true; /* made by a process that was killed before it set the mode */
    mb_fail(err, MB_ERR_FAILED, "\"%s\" belongs to another user", path);
    return mb_fail_hint(err, "Only the user that runs the server may own this folder. Find out who "
                             "made it, and remove it.");
}

char *mb_short_folder(void)
{
    return mb_format("/tmp/moonbird-%u", (unsigned)geteuid());
}

/* Makes a folder for this user alone.  Takes over `path`. */
static bool make_private(char **out, char *path, mb_error *err)
{
    const mb_account us = {.uid = geteuid(), .gid = getegid()};
    bool ok = mb_folder_own(path, us.uid == 0 ? 0755 : 0700, &us, err);

    *out = ok ? path : NULL;
    if (!ok)
        free(path);
    return ok;
}

bool mb_short_folder_make(char **path, mb_error *err)
{
    return make_private(path, mb_short_folder(), err);
}

bool mb_fast_folder_make(char **path, mb_error *err)
{
    static const char memory[] = "/dev/shm";
    struct statvfs room;
    mb_error uncreated;

    if (statvfs(memory, &room) == 0 && room.f_bavail >= (1UL << 30) / room.f_frsize &&
        make_private(path, mb_format("%s/moonbird-%u", memory, (unsigned)geteuid()), &uncreated))
        return true;
    return mb_short_folder_make(path, err);
}

bool mb_flock_try(int *fd, const char *path, bool *taken, mb_error *err)
{
    bool busy;

    *fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0)
        return mb_fail_errno(err, path, "cannot open the lock file");
    *taken = flock(*fd, LOCK_EX | LOCK_NB) == 0;
    if (*taken)
        return true;
    busy = errno == EWOULDBLOCK;
    if (!busy)
        mb_fail_errno(err, path, "cannot lock the file");
    close(*fd);
    *fd = -1;
    return busy;
}

bool mb_flock_take(int *fd, const char *path, mb_error *err)
{
    bool taken;

    while (mb_flock_try(fd, path, &taken, err)) {
        if (taken)
            return true;
        if (!mb_process_pause(err))
            return false;
    }
    return false;
}

void mb_flock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}

bool mb_flock_held(const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool held;

    if (fd < 0)
        return false;
    held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return held;
}

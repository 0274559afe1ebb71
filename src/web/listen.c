#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static bool fail(int *fd, mb_error *err, const char *what, const char *hint)
{
    mb_fail(err, MB_ERR_USAGE, "cannot listen on %s: %s", what, strerror(errno));
    mb_fail_hint(err, "%s", hint);
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return false;
}

bool mb_listen_port(int *fd, int *port, mb_error *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t len = sizeof at;
    char what[32];
    int on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    mb_format_into(what, sizeof what, "port %d", *port);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* A restarted studio gets its port, although connections of the last one are still closing. */
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(*fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(*fd, BACKLOG) != 0 ||
        getsockname(*fd, (struct sockaddr *)&at, &len) != 0)
        return fail(fd, err, what, "Give another one with --port, or none: the system then chooses "
                                   "a free one.");
    *port = ntohs(at.sin_port);
    return true;
}

/* A socket to which nobody answers is left over from a studio that was killed. */
static void remove_stale(const struct sockaddr_un *at)
{
    struct stat st;
    int probe;

    if (lstat(at->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return;
    if (connect(probe, (const struct sockaddr *)at, sizeof *at) != 0 && errno == ECONNREFUSED)
        unlink(at->sun_path);
    close(probe);
}

bool mb_listen_socket(int *fd, mb_listen_file *file, const char *path, mb_error *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat st;
    mode_t before;
    bool bound;

    if (strlen(path) >= sizeof at.sun_path)
        return mb_fail(err, MB_ERR_USAGE, "the path of the socket is longer than %zu bytes",
                       sizeof at.sun_path - 1);
    memcpy(at.sun_path, path, strlen(path) + 1);
    remove_stale(&at);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    before = umask(0177); /* the mode is right from the start: chmod would come too late */
    bound = *fd >= 0 && bind(*fd, (const struct sockaddr *)&at, sizeof at) == 0;
    umask(before);
    if (!bound || lstat(path, &st) != 0 || listen(*fd, BACKLOG) != 0)
        return fail(fd, err, path, "Give another path with --socket.");
    *file = (mb_listen_file){.device = st.st_dev, .inode = st.st_ino};
    return true;
}

void mb_listen_remove(const mb_listen_file *file, const char *path)
{
    struct stat st;

    if (lstat(path, &st) == 0 && st.st_dev == file->device && st.st_ino == file->inode)
        unlink(path);
}

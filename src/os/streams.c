#include "moonbird/os/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_MS = 300, STUDIO_PATIENCE_MS = 5000 };

static bool (*gives_up)(void);
static bool stalled; /* the reader took nothing for PATIENCE_MS: no more waiting */
static bool from_studio; /* see mb_streams_open */
static void (*tell_unread)(void);
static bool unread;      /* the studio took nothing for STUDIO_PATIENCE_MS: output is left out */

void mb_streams_open(void (*unread_fn)(void))
{
    const char *studio = getenv(MB_STUDIO_VARIABLE);
    int fd;

    tell_unread = unread_fn;
    from_studio = studio && atol(studio) == (long)getppid();
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

void mb_streams_give_up(bool (*fn)(void))
{
    gives_up = fn;
}

static bool is_ready(int fd, int ms)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    return poll(&ready, 1, ms) != 0; /* after an error the write reports it */
}

/*
 * Is the stream ready?  A pipe that is ready takes PIPE_BUF bytes without blocking (POSIX, poll and
 * pipe).
 */
static bool takes_more(int fd)
{
    bool ready = is_ready(fd, stalled ? 0 : PATIENCE_MS);

    stalled |= !ready;
    return ready;
}

static bool studio_reads(int fd)
{
    if (is_ready(fd, unread ? 0 : STUDIO_PATIENCE_MS)) {
        unread = false;
        return true;
    }
    if (!unread) {
        unread = true;
        tell_unread();
    }
    return false;
}

bool mb_stream_write(int fd, const char *data, size_t len)
{
    bool ok = true;

    while (ok && len) {
        bool hurried = gives_up && gives_up();
        ssize_t put;

        if (hurried && !takes_more(fd)) {
            errno = EINTR;
            return false;
        }
        if (!hurried && from_studio && !studio_reads(fd))
            return true;
        stalled = stalled && hurried;
        put = write(fd, data, (hurried || from_studio) && len > PIPE_BUF ? PIPE_BUF : len);
        ok = put >= 0 || errno == EINTR; /* after a signal gives_up decides */
        if (put > 0) {
            data += put;
            len -= (size_t)put;
        }
    }
    return ok;
}

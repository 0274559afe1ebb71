#include "moonbird/os/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

enum { PATIENCE_MS = 300 };

static bool (*gives_up)(void);
static bool stalled; /* the reader took nothing for PATIENCE_MS: no more waiting */

void mb_streams_open(void)
{
    int fd;

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

/*
 * Is the stream ready?  A pipe that is ready takes PIPE_BUF bytes without blocking (POSIX, poll and
 * pipe).
 */
static bool takes_more(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int n = poll(&ready, 1, stalled ? 0 : PATIENCE_MS);

    stalled |= n == 0;
    return n != 0; /* after an error the write reports it */
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
        stalled = stalled && hurried;
        put = write(fd, data, hurried && len > PIPE_BUF ? PIPE_BUF : len);
        ok = put >= 0 || errno == EINTR; /* after a signal gives_up decides */
        if (put > 0) {
            data += put;
            len -= (size_t)put;
        }
    }
    return ok;
}

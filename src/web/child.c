#include "child.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/spawn.h"
#include "moonbird/os/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIRMED "MOONBIRD_CONFIRMED"

void mb_fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* In the child, after fork. The variable counts only with the pid of the process that set it. */
static bool prepare(const void *arg)
{
    const mb_web_start *how = arg;
    char *value;
    bool ok;

    char pid[24];

    snprintf(pid, sizeof pid, "%ld", (long)getppid());
    if (!how->both_ways && setenv(MB_STUDIO_VARIABLE, pid, 1) != 0)
        return false;
    /* The pages that list the sessions of moonbird leave out their own. */
    if (how->both_ways && setenv("PGAPPNAME", "moonbird studio", 0) != 0)
        return false;
    if (!how->confirmed)
        return unsetenv(CONFIRMED) == 0;
    value = mb_format("%ld\n%s", (long)getppid(), how->confirmed);
    ok = setenv(CONFIRMED, value, 1) == 0;
    free(value);
    return ok;
}

/* The caller frees the array. */
static const char **with_program(const char *const *words)
{
    size_t n = 0;
    const char **argv;

    while (words[n])
        n++;
    argv = mb_alloc((n + 2) * sizeof *argv);
    argv[0] = "/proc/self/exe";
    for (size_t i = 0; i < n; i++)
        argv[1 + i] = words[i];
    return argv;
}

/*
 * As large as a user may have it, so that a run goes on while the studio is stopped (Ctrl-Z) and reads nothing;
 * see mb_streams_open for output that is larger. Without it, the size of the system stays.
 */
static void enlarge_pipe(int fd)
{
    enum { LARGEST = 1 << 20 };

    (void)fcntl(fd, F_SETPIPE_SZ, LARGEST);
}

static bool open_channel(int ends[2], bool both_ways)
{
    return both_ways ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0
                     : pipe2(ends, O_CLOEXEC) == 0;
}

bool mb_web_child_start(mb_web_child *out, const mb_web_start *how, mb_error *err)
{
    const char **argv = with_program(how->argv);
    int channel[2] = {-1, -1}, output[2] = {-1, -1};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    mb_spawn spawn = {.argv = argv, .folder = ".", .in = null, .session = true,
                      .prepare = prepare, .arg = how};
    bool ok = null >= 0 && open_channel(channel, how->both_ways) && pipe2(output, O_CLOEXEC) == 0;

    spawn.out = spawn.err = output[1];
    spawn.keep = channel[1];
    *out = (mb_web_child){.channel = channel[0], .output = output[0]};
    ok = ok ? mb_spawn_start(&out->pid, &spawn, err)
            : mb_fail_errno(err, argv[0], "cannot start a process");
    free(argv);
    mb_fd_close(&null);
    mb_fd_close(&channel[1]);
    mb_fd_close(&output[1]);
    if (ok) {
        enlarge_pipe(out->output);
        if (!how->both_ways)
            enlarge_pipe(out->channel);
        fcntl(out->channel, F_SETFL, O_NONBLOCK);
        fcntl(out->output, F_SETFL, O_NONBLOCK);
        return true;
    }
    mb_fd_close(&out->channel);
    mb_fd_close(&out->output);
    return false;
}

void mb_web_drain(int *fd, mb_buf *out)
{
    enum { PIECE = 1 << 16 };
    ssize_t got;

    do {
        mb_buf_reserve(out, PIECE);
        got = read(*fd, out->data + out->len, PIECE);
        if (got > 0)
            out->len += (size_t)got;
        out->data[out->len] = '\0';
    } while (got == PIECE || (got < 0 && errno == EINTR));
    if (got == 0 || (got < 0 && errno != EAGAIN))
        mb_fd_close(fd);
}

bool mb_web_child_ended(mb_web_child *child)
{
    int raw;

    if (child->pid && waitpid(child->pid, &raw, WNOHANG) == child->pid) {
        child->pid = 0;
        child->status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    }
    return child->pid == 0;
}

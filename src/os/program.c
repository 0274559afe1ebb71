#include "moonbird/os/program.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/live.h"
#include "moonbird/os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 100, PIECE = 1 << 16 };

/* A program that runs, with our ends of its three pipes; -1: closed. */
typedef struct running {
    pid_t pid;
    int in, out, err;
    const char *input; /* the part of its input that is left to send */
    size_t left;
} running;

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Kills the program and the processes that it started, unless they made their own process group. */
static void end_group(pid_t pid)
{
    kill(-pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static bool is_missing(const char *name)
{
    return strchr(name, '/') && access(name, X_OK) != 0;
}

static bool start(running *run, const mb_program *program, mb_error *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, errors[2] = {-1, -1};
    mb_spawn how = {.argv = program->argv, .folder = program->folder, .keep = -1};
    bool ok = pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
              pipe2(errors, O_CLOEXEC) == 0;

    how.in = in[0];
    how.out = out[1];
    how.err = errors[1];
    ok = ok ? mb_spawn_start(&run->pid, &how, err)
            : mb_fail_errno(err, program->argv[0], "cannot create a pipe");
    close_end(&in[0]);
    close_end(&out[1]);
    close_end(&errors[1]);
    run->in = in[1];
    run->out = out[0];
    run->err = errors[0];
    if (!ok)
        return false;
    mb_interrupt_kill_on_exit(run->pid);
    fcntl(run->in, F_SETFL, O_NONBLOCK);
    return true;
}

static void feed(running *run)
{
    ssize_t put = run->left ? write(run->in, run->input, run->left) : 0;

    if (put > 0) {
        run->input += put;
        run->left -= (size_t)put;
    }
    /* A program need not read all of its input. */
    if (run->left == 0 || (put < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&run->in);
}

static void drain(int *fd, mb_buf *out)
{
    ssize_t got;

    mb_buf_reserve(out, PIECE);
    got = read(*fd, out->data + out->len, PIECE);
    if (got > 0)
        out->len += (size_t)got;
    out->data[out->len] = '\0';
    if (got == 0 || (got < 0 && errno != EINTR))
        close_end(fd);
}

static bool pass_data(running *run, const mb_program *program, mb_program_end *end, mb_error *err)
{
    while (run->out >= 0 || run->err >= 0) {
        struct pollfd fds[] = {{.fd = run->in, .events = POLLOUT},
                               {.fd = run->out, .events = POLLIN},
                               {.fd = run->err, .events = POLLIN}};
        int ready = poll(fds, 3, TICK_MS);

        mb_live_tick();
        if (!mb_interrupt_check(err))
            return false;
        if (ready <= 0)
            continue;
        if (fds[0].revents)
            feed(run);
        if (fds[1].revents)
            drain(&run->out, &end->out);
        if (fds[2].revents)
            drain(&run->err, &end->err);
        if (end->out.len > program->most || end->err.len > program->most)
            return mb_fail(err, MB_ERR_FAILED, "the output of \"%s\" is longer than %zu MiB",
                           program->argv[0], program->most >> 20);
    }
    return true;
}

/* The program may close its output before it ends. */
static bool await_end(pid_t pid, int *status, mb_error *err)
{
    int how = 0;

    while (waitpid(pid, &how, WNOHANG) == 0)
        if (!mb_sleep(0.002, err))
            return false;
    *status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    return true;
}

bool mb_program_run(mb_program_end *end, const mb_program *program, mb_error *err)
{
    running run = {.input = program->input, .left = program->input_len};
    bool ok;

    if (is_missing(program->argv[0]))
        return mb_fail_errno(err, program->argv[0], "cannot start the program");
    ok = start(&run, program, err);
    if (ok && !(pass_data(&run, program, end, err) && await_end(run.pid, &end->status, err))) {
        ok = false;
        end_group(run.pid);
    }
    mb_interrupt_kill_on_exit(0);
    close_end(&run.in);
    close_end(&run.out);
    close_end(&run.err);
    if (ok && end->status == 127 && !end->out.len && !end->err.len)
        ok = mb_fail(err, MB_ERR_FILE, "cannot start the program \"%s\"", program->argv[0]);
    return ok;
}

void mb_program_end_free(mb_program_end *end)
{
    mb_buf_free(&end->out);
    mb_buf_free(&end->err);
}

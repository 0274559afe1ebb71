#include "process.h"

#include "moonbird/os/file.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/live.h"
#include "moonbird/os/probe.h"
#include "moonbird/os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { PAUSE_NS = 2000000, GRACE_NS = 2000000000, TAIL = 1500 };

bool mb_account_find(mb_account *out, mb_error *err)
{
    const struct passwd *user;

    *out = (mb_account){.uid = geteuid(), .gid = getegid()};
    if (out->uid != 0)
        return true;
    user = getpwnam("postgres");
    if (!user) {
        mb_fail(err, MB_ERR_FAILED, "user \"postgres\", needed to run a server, does not exist");
        return mb_fail_hint(err, "PostgreSQL refuses to run as root. Install the package "
                                 "postgresql, which creates the user \"postgres\", or run "
                                 "moonbird as an ordinary user.");
    }
    *out = (mb_account){.uid = user->pw_uid, .gid = user->pw_gid};
    return true;
}

static bool become(const mb_account *account)
{
    if (!account || account->uid == geteuid())
        return true;
    return setgroups(1, &account->gid) == 0 && setgid(account->gid) == 0 &&
           setuid(account->uid) == 0;
}

/* Comes after the change of user, which removes a death signal. */
static bool die_with(pid_t parent, int number)
{
#ifdef __linux__
    if (number && prctl(PR_SET_PDEATHSIG, number) != 0)
        return false;
#endif
    return !number || getppid() == parent;
}

static void set_environment(const char *const *env)
{
    unsetenv("PGDATESTYLE"); /* the server would use these two as its own settings */
    unsetenv("PGCLIENTENCODING");
    for (; env && *env; env++) {
        if (strchr(*env, '='))
            putenv((char *)*env);
        else
            unsetenv(*env);
    }
}

/* A program, and the process that starts it. */
typedef struct starting {
    const mb_process *process;
    pid_t parent;
} starting;

static bool prepare(const void *arg)
{
    const starting *s = arg;

    if (!become(s->process->account) || !die_with(s->parent, s->process->death_signal))
        return false;
    set_environment(s->process->env);
    return true;
}

static bool start(pid_t *pid, const mb_process *process, int out, int errors, mb_error *err)
{
    const starting s = {process, getpid()};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    mb_spawn how = {.argv = process->argv, .folder = "/", .keep = process->lock, .session = true,
                    .prepare = prepare, .arg = &s};
    bool ok;

    if (null < 0)
        return mb_fail_errno(err, "/dev/null", "cannot open the file");
    how.in = process->input > 0 ? process->input : null;
    how.out = out < 0 ? null : out;
    how.err = errors < 0 ? null : errors;
    ok = mb_spawn_start(pid, &how, err);
    close(null);
    return ok;
}

bool mb_process_start(pid_t *pid, const mb_process *process, mb_error *err)
{
    int log = -1;
    bool ok;

    if (process->log && !mb_file_check_own(process->log, err))
        return false;
    if (process->log)
        log = open(process->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (process->log && log < 0)
        return mb_fail_errno(err, process->log, "cannot write the log");
    ok = start(pid, process, process->output ? *process->output : log, log, err);
    if (log >= 0)
        close(log);
    return ok;
}

bool mb_process_ended(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == pid;
}

bool mb_process_pause(mb_error *err)
{
    struct timespec some = {.tv_nsec = PAUSE_NS};

    nanosleep(&some, NULL);
    mb_live_tick();
    return mb_interrupt_check(err);
}

/*
 * The group contains the processes that the program started.  Right after the fork there is no
 * group yet.
 */
static void signal_group(pid_t pid, int number)
{
    if (kill(-pid, number) != 0)
        kill(pid, number);
}

/* First with SIGTERM, so that it can clean up and cancel its statement. */
static void end(pid_t pid)
{
    const struct timespec some = {.tv_nsec = PAUSE_NS};

    mb_interrupt_seen();
    signal_group(pid, SIGTERM);
    for (int i = 0; i < GRACE_NS / PAUSE_NS; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        nanosleep(&some, NULL);
    }
    signal_group(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static bool await_exit(pid_t pid, const mb_process *process, bool *succeeded, mb_error *err)
{
    int status = 0;
    pid_t ended;

    while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
        if (!mb_process_pause(err)) {
            end(pid);
            return false;
        }
        if (process->tick)
            process->tick(process->tick_arg);
    }
    /* An end that we could not wait for (SIGCHLD was ignored) does not count as success. */
    *succeeded = ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return true;
}

bool mb_process_run(const mb_process *process, mb_error *err)
{
    pid_t pid;
    bool succeeded;
    char *message;

    if (!mb_process_start(&pid, process, err) || !await_exit(pid, process, &succeeded, err))
        return false;
    if (succeeded)
        return true;
    message = mb_format("%s failed", mb_path_base(process->argv[0]));
    mb_fail_log(err, process->log, message);
    free(message);
    return false;
}

static void drain(mb_buf *out, int fd)
{
    ssize_t got;

    do {
        mb_buf_reserve(out, 256);
        got = read(fd, out->data + out->len, 256);
        if (got > 0)
            out->len += (size_t)got;
        out->data[out->len] = '\0';
    } while (got > 0 || (got < 0 && errno == EINTR));
}

bool mb_process_read(mb_buf *out, const char *const *argv, mb_error *err)
{
    const mb_process process = {.argv = argv, .lock = -1};
    bool succeeded = false;
    int ends[2];
    pid_t pid;
    bool ok;

    if (pipe(ends) != 0)
        return mb_fail_errno(err, argv[0], "cannot create a pipe");
    ok = start(&pid, &process, ends[1], -1, err);
    close(ends[1]);
    if (ok)
        drain(out, ends[0]);
    close(ends[0]);
    if (!ok || !await_exit(pid, &process, &succeeded, err))
        return false;
    return succeeded || mb_fail(err, MB_ERR_FAILED, "%s failed", argv[0]);
}

/* The last lines of a text, TAIL bytes at most. */
static const char *tail(const mb_buf *text)
{
    const char *start = mb_buf_str(text), *line;

    if (text->len <= TAIL)
        return start;
    start += text->len - TAIL;
    line = strchr(start, '\n');
    return line ? line + 1 : start;
}

bool mb_fail_log(mb_error *err, const char *log, const char *message)
{
    mb_buf text = {0};
    mb_error unread;

    mb_fail(err, MB_ERR_FAILED, "%s", message);
    if (log && mb_file_read(&text, log, &unread)) {
        while (text.len && text.data[text.len - 1] == '\n')
            text.data[--text.len] = '\0';
        mb_fail_detail(err, "%s", tail(&text));
        mb_fail_at(err, log, 0, 0);
    }
    mb_buf_free(&text);
    return false;
}

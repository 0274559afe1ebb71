#include "moonbird/server/child.h"

#include "process.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/child_env.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct mb_child {
    pid_t pid;  /* 0: it has ended, and was reaped */
    int status; /* see mb_child_ended; valid once pid is 0 */
};

/* The arguments: PROGRAM -C FOLDER WORDS...  The caller frees the array. */
static const char **make_argv(const char *const *words, const char *folder)
{
    enum { FIRST = 3 };
    const char **argv;
    size_t n = 0;

    while (words[n])
        n++;
    argv = mb_alloc((FIRST + n + 1) * sizeof *argv);
    argv[0] = "/proc/self/exe";
    argv[1] = "-C";
    argv[2] = folder;
    for (size_t i = 0; i < n; i++)
        argv[FIRST + i] = words[i];
    return argv;
}

/* DATABASE_URL=..., the caller's to free. */
static bool make_target(char **out, const mb_conn *conn, mb_error *err)
{
    char *conninfo;

    if (!mb_conn_child_conninfo(&conninfo, conn, err))
        return false;
    *out = mb_format("DATABASE_URL=%s", conninfo);
    free(conninfo);
    return true;
}

/* The environment: the target and the given variables.  The caller frees the array. */
static const char **make_env(const char *target, char *const *given)
{
    const char **env;
    size_t n = 0;

    while (given[n])
        n++;
    env = mb_alloc((n + 2) * sizeof *env);
    env[0] = target;
    for (size_t i = 0; i < n; i++)
        env[1 + i] = given[i];
    return env;
}

bool mb_child_start(mb_child **out, const mb_conn *conn, const char *const *words,
                    char *const *given, mb_error *err)
{
    char *folder, *target;
    const char **argv, **env;
    mb_process process = {.lock = -1, .death_signal = SIGTERM};
    mb_child *child;
    bool ok;

    if (!make_target(&target, conn, err))
        return false;
    folder = getcwd(NULL, 0);
    process.argv = argv = make_argv(words, folder ? folder : "/");
    process.env = env = make_env(target, given);
    child = mb_alloc(sizeof *child);
    ok = mb_process_start(&child->pid, &process, err);
    free(argv);
    free(env);
    free(folder);
    free(target);
    if (ok)
        *out = child;
    else
        free(child);
    return ok;
}

bool mb_child_ended(mb_child *child, int *status)
{
    int raw;

    if (child->pid && waitpid(child->pid, &raw, WNOHANG) == child->pid) {
        child->pid = 0;
        child->status = WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw);
    }
    *status = child->status;
    return child->pid == 0;
}

void mb_child_stop(mb_child *child)
{
    if (!child)
        return;
    if (child->pid) {
        kill(child->pid, SIGTERM);
        kill(child->pid, SIGCONT); /* a process that was stopped would not end */
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    free(child);
}

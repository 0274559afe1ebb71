#include "moonbird/os/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { FIRST_OWN_FD = 3 };

/* Closes all descriptors except the standard ones and `keep`. */
static void keep_only(int keep)
{
    if (keep < 0) {
        closefrom(FIRST_OWN_FD);
        return;
    }
    if (keep == FIRST_OWN_FD)
        fcntl(keep, F_SETFD, 0);
    else
        dup2(keep, FIRST_OWN_FD);
    closefrom(FIRST_OWN_FD + 1);
}

/* In the child, between fork and exec.  Returns when something failed. */
static void become(const mb_spawn *how)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if ((how->session ? setsid() : setpgid(0, 0)) < 0 || dup2(how->in, STDIN_FILENO) < 0 ||
        dup2(how->out, STDOUT_FILENO) < 0 || dup2(how->err, STDERR_FILENO) < 0 ||
        (how->prepare && !how->prepare(how->arg)) || chdir(how->folder) != 0)
        return;
    keep_only(how->keep);
    execvp(how->argv[0], (char *const *)how->argv);
}

bool mb_spawn_start(pid_t *pid, const mb_spawn *how, mb_error *err)
{
    *pid = fork();
    if (*pid == 0) {
        become(how);
        _exit(127);
    }
    if (*pid < 0)
        return mb_fail_errno(err, how->argv[0], "cannot start the program");
    if (!how->session)
        setpgid(*pid, *pid); /* in parent and child: either may run first */
    return true;
}

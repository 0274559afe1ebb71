/*
 * spawn.h -- starts another program: the only fork of moonbird.
 *
 * The program inherits only the descriptors that it is given. It starts with no blocked signal, and
 * with the default reaction to SIGPIPE.
 */
#ifndef MOONBIRD_OS_SPAWN_H
#define MOONBIRD_OS_SPAWN_H

#include "moonbird/base/error.h"

#include <sys/types.h>

typedef struct mb_spawn {
    const char *const *argv; /* argv[0] is a path, or looked up in PATH; ends with NULL */
    const char *folder;      /* its working folder */
    int in, out, err;        /* descriptors for its standard streams */
    int keep;                /* a descriptor that it keeps until it ends, as 3; -1 for none */
    bool session;            /* it gets a session of its own; otherwise a process group */
    /* runs in the child before the program does; false: the program is not started.  NULL: none */
    bool (*prepare)(const void *arg);
    const void *arg;
} mb_spawn;

/*
 * Starts it and returns.  The caller waits for *pid.  A program that cannot be executed ends with
 * the exit status 127.
 */
MB_MUST_CHECK bool mb_spawn_start(pid_t *pid, const mb_spawn *how, mb_error *err);

#endif

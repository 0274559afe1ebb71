/*
 * process.h -- programs that moonbird starts, and the account they run under.
 *
 * A program gets a session of its own, "/" as its folder, no input, and no
 * descriptor of ours but the one it is given: Ctrl-C does not reach it, and it
 * keeps nobody's pipe open.
 */
#ifndef MOONBIRD_PG_PROCESS_H
#define MOONBIRD_PG_PROCESS_H

#include "moonbird/base/buf.h"

#include <sys/types.h>

/* Who owns data folders: the user, or for root, as whom PostgreSQL refuses to run, `postgres`. */
typedef struct mb_account {
    uid_t uid;
    gid_t gid;
} mb_account;

MB_MUST_CHECK bool mb_account_find(mb_account *out, mb_error *err);

typedef struct mb_process {
    const char *const *argv;   /* argv[0] is a path; ends with NULL */
    const char *const *env;    /* NAME=VALUE to set and NAME to unset, ends with NULL; or NULL */
    const mb_account *account; /* NULL: ours */
    const char *log;           /* stdout and stderr are appended to it; NULL: dropped */
    const int *output;         /* a descriptor for its stdout; NULL: the log */
    int lock;                  /* a descriptor that it keeps open while it lives; -1 for none */
    int death_signal;          /* what it gets when we are gone (Linux); 0 for nothing */
    void (*tick)(void *arg);   /* called all the time while mb_process_run waits; or NULL */
    void *tick_arg;
} mb_process;

MB_MUST_CHECK bool mb_process_start(pid_t *pid, const mb_process *process, mb_error *err);

/*
 * To its end; any exit status but 0 is an error that shows the end of the log.  An
 * interrupt ends it too: SIGTERM, and SIGKILL two seconds later.
 */
MB_MUST_CHECK bool mb_process_run(const mb_process *process, mb_error *err);

/* To its end, its stdout appended to *out; stderr is dropped, the exit status must be 0. */
MB_MUST_CHECK bool mb_process_read(mb_buf *out, const char *const *argv, mb_error *err);

/* Has our own child ended?  It is reaped; false as well for what is no child of ours. */
bool mb_process_ended(pid_t pid);

/* Between two looks at something: a few milliseconds, the live line, the interrupt flag. */
MB_MUST_CHECK bool mb_process_pause(mb_error *err);

/* `message` with the last lines of `log` as its detail. */
bool mb_fail_log(mb_error *err, const char *log, const char *message);

#endif

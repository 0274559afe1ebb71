/*
 * process.h -- programs of PostgreSQL that moonbird starts, and the account they run under.
 *
 * A program gets its own session, "/" as its working folder, and none of our descriptors
 * except those that it is given: Ctrl-C does not reach it, and it keeps no pipe of ours open.
 */
#ifndef MOONBIRD_SERVER_PROCESS_H
#define MOONBIRD_SERVER_PROCESS_H

#include "moonbird/base/buf.h"

#include <sys/types.h>

/* The owner of data folders: this user; for root, which PostgreSQL refuses, the user "postgres". */
typedef struct mb_account {
    uid_t uid;
    gid_t gid;
} mb_account;

/* MB_ERR_FAILED: this is root, and there is no user "postgres". */
MB_MUST_CHECK bool mb_account_find(mb_account *out, mb_error *err);

typedef struct mb_process {
    const char *const *argv;   /* argv[0] is a path; ends with NULL */
    const char *const *env;    /* NAME=VALUE to set, NAME to unset; ends with NULL.  NULL: ours */
    const mb_account *account; /* to run as; NULL: this one */
    const char *log;           /* stdout and stderr are appended to it; NULL: dropped */
    int input;                 /* a descriptor for its stdin; 0: none */
    const int *output;         /* a descriptor for its stdout; NULL: the log */
    int lock;                  /* a descriptor that it keeps until it ends, as 3; -1 for none */
    int death_signal;          /* the signal it gets when this process ends (Linux); 0 for none */
    void (*tick)(void *arg);   /* called all the time while mb_process_run waits; or NULL */
    void *tick_arg;
} mb_process;

/* Starts it and returns.  A failure to execute it is its exit status 127. */
MB_MUST_CHECK bool mb_process_start(pid_t *pid, const mb_process *process, mb_error *err);

/*
 * Runs it to its end.  MB_ERR_FAILED: its exit status is not 0; the detail is the end of its log.
 * An interrupt ends it with SIGTERM, and with SIGKILL two seconds later.
 */
MB_MUST_CHECK bool mb_process_run(const mb_process *process, mb_error *err);

/*
 * Runs argv to its end and appends its stdout to *out; its stderr is dropped.  MB_ERR_FAILED: its
 * exit status is not 0.
 */
MB_MUST_CHECK bool mb_process_read(mb_buf *out, const char *const *argv, mb_error *err);

/*
 * Has this child process ended?  It is then reaped.  False also for a pid that is not our child's.
 */
bool mb_process_ended(pid_t pid);

/* Sleeps 2 ms between two checks of something, and redraws the live line.  MB_ERR_INTERRUPTED. */
MB_MUST_CHECK bool mb_process_pause(mb_error *err);

/*
 * The error `message` (MB_ERR_FAILED) with the last lines of `log` as its detail.  Returns false.
 */
bool mb_fail_log(mb_error *err, const char *log, const char *message);

#endif

/*
 * interrupt.h -- SIGINT, SIGTERM and SIGHUP (unless nohup ignores it) set a flag that loops check.
 *
 * At a second signal, or two seconds after the first one unless mb_interrupt_seen was called, the
 * handler cancels what the server runs and exits with status 130: code that checks no flag (a
 * pathological string.find) must not hold a terminal.  It waits one second for the answer to its
 * cancel request.
 */
#ifndef MOONBIRD_OS_INTERRUPT_H
#define MOONBIRD_OS_INTERRUPT_H

#include "moonbird/base/error.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Handles the signals of the whole program: SIGINT, SIGTERM, SIGHUP (unless it is ignored) and
 * SIGALRM set the flag, SIGPIPE and SIGXFSZ are ignored.  Call it once, at the start.
 */
void mb_interrupt_install(void);

/* Is the flag set, or a time limit over? */
bool mb_interrupted(void);

/* Stops the two-second clock: the caller will end the work in order. */
void mb_interrupt_seen(void);

/* Clears the flag: the interrupted work has ended in order, and the process goes on. */
void mb_interrupt_clear(void);

/* False after a signal (MB_ERR_INTERRUPTED) or past a time limit (MB_ERR_SCRIPT). */
MB_MUST_CHECK bool mb_interrupt_check(mb_error *err);

/* A time limit: when it ends, by mb_now_us, and how long it was. */
typedef struct mb_deadline {
    int64_t at; /* 0: no limit */
    int limit_ms;
} mb_deadline;

/*
 * Sets a time limit of `ms` milliseconds from now on; 0: none.  Past it mb_interrupt_check fails.
 * If nothing checks for two more seconds of processor time, the handler cancels what the server
 * runs and exits with status 1, so that the limit also holds in C functions.  Returns the limit
 * that it replaces; mb_time_limit_back restores that.
 */
mb_deadline mb_time_limit(int ms);
void mb_time_limit_back(mb_deadline before);

/*
 * The handler calls `fn` at a signal, and ten times in each second of processor time, for loops
 * that check no flag.  `fn` must be async-signal-safe.
 */
void mb_interrupt_on_tick(void (*fn)(void));

/* Sleeps; an interrupt or a time limit ends it with that error. */
MB_MUST_CHECK bool mb_sleep(double seconds, mb_error *err);

/*
 * The handler calls `cancel(arg)` before it exits; it must be async-signal-safe, as PQcancel is.
 * NULL: nothing.
 */
void mb_interrupt_on_exit(void (*cancel)(void *arg), void *arg);

/* The handler kills the process group `program` before it exits; 0: none. */
void mb_interrupt_kill_on_exit(pid_t program);

#endif

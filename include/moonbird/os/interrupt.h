/*
 * interrupt.h -- SIGINT, SIGTERM and SIGHUP (unless nohup ignores it) become a flag that loops look at.
 *
 * Two seconds after the first signal, unless mb_interrupt_seen() was called by
 * someone who can end in order, or at a second one, the process cancels what
 * the server runs and exits with 130 from the handler: code that no flag
 * reaches (a pathological string.find) must not hold a terminal.  A cancel request
 * that gets no answer is left after a second.
 */
#ifndef MOONBIRD_INTERRUPT_H
#define MOONBIRD_INTERRUPT_H

#include "moonbird/base/error.h"

#include <stdint.h>
#include <sys/types.h>

void mb_interrupt_install(void);
bool mb_interrupted(void);
void mb_interrupt_seen(void); /* stop the two-second clock: the caller ends in order */

/* What was interrupted has ended in order, and the process goes on. */
void mb_interrupt_clear(void);

/* false and MB_ERR_INTERRUPTED once a signal came, MB_ERR_SCRIPT past a time limit. */
MB_MUST_CHECK bool mb_interrupt_check(mb_error *err);

typedef struct mb_deadline {
    int64_t at; /* 0: none */
    int limit_ms;
} mb_deadline;

/*
 * From now on `ms` milliseconds, then it is as if a signal had come; 0: none.  What held before.
 * Where nothing looks at the flag for two more seconds of processor time, the handler cancels
 * what the server runs and ends the program with 1: a limit holds in C functions too.
 */
mb_deadline mb_time_limit(int ms);
void mb_time_limit_back(mb_deadline before);

/*
 * Called by the handler at a signal, and ten times in a second of processor
 * time: for loops that look at no flag.  It must be async-signal-safe.
 */
void mb_interrupt_on_tick(void (*fn)(void));

/* An interrupt ends it. */
MB_MUST_CHECK bool mb_sleep(double seconds, mb_error *err);

/*
 * `cancel(arg)` runs before such an exit; it must be async-signal-safe (PQcancel
 * is).  NULL takes it back.
 */
void mb_interrupt_on_exit(void (*cancel)(void *arg), void *arg);

/* The process group of a program that runs: such an exit kills it.  0 takes it back. */
void mb_interrupt_kill_on_exit(pid_t program);

#endif

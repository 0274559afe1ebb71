/* runner.h -- is the process that works on a migration alive? */
#ifndef MOONBIRD_HISTORY_RUNNER_H
#define MOONBIRD_HISTORY_RUNNER_H

#include "moonbird/history/history.h"

/* The process that wrote a row with state running; strings are borrowed. */
typedef struct mb_runner {
    const char *who, *host;
    int pid;
    const char *at;     /* when it wrote the row, ISO 8601, UTC */
    int64_t started_us; /* the same in microseconds since 1970 */
} mb_runner;

/* The runner that the row names; its strings are borrowed from the row. */
mb_runner mb_runner_of(const mb_row *row);

/*
 * Looks up a process of this machine. If the runner is on another machine, only the run lock shows
 * whether it is alive, because the server releases the lock of a runner that is gone: *holder
 * describes the session that holds the lock. NULL: no session holds it, or the runner is on this
 * machine. The caller frees it.
 */
MB_MUST_CHECK bool mb_runner_lives(bool *alive, char **holder, mb_store in,
                                   const mb_runner *runner, mb_error *err);

#endif

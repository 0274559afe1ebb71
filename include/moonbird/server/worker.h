/*
 * worker.h -- this program once more, as a child that works on the same database.
 *
 * It gets the target in its environment (DATABASE_URL), never in its arguments;
 * the folder is ours; its output is dropped.  It ends with us.
 */
#ifndef MOONBIRD_WORKER_H
#define MOONBIRD_WORKER_H

#include "moonbird/pg/conn.h"

typedef struct mb_worker mb_worker;

/* `words`: its command line without the program's name; `env`: NAME=VALUE; both ended by NULL. */
MB_MUST_CHECK bool mb_worker_start(mb_worker **out, const mb_conn *conn, const char *const *words,
                                   char *const *env, mb_error *err);

/* Has it ended?  *status is its exit status, or minus the signal that ended it. */
bool mb_worker_ended(mb_worker *worker, int *status);

/* Interrupt it, wait for its end, and free; NULL is fine. */
void mb_worker_stop(mb_worker *worker);

#endif

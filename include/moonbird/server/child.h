/*
 * child.h -- another process of this program, which works on the same database.
 *
 * It gets the target in its environment (DATABASE_URL), never in its arguments.  Its project folder
 * is our working folder; its output is dropped.  It ends when this process ends.
 */
#ifndef MOONBIRD_SERVER_CHILD_H
#define MOONBIRD_SERVER_CHILD_H

#include "moonbird/pg/conn.h"

typedef struct mb_child mb_child;

/*
 * `words` is its command line without the program's name, `env` further variables, NAME=VALUE; both
 * end with NULL.  The caller stops *out.
 */
MB_MUST_CHECK bool mb_child_start(mb_child **out, const mb_conn *conn, const char *const *words,
                                  char *const *env, mb_error *err);

/*
 * Has it ended?  *status is then its exit status, or minus the number of the signal that ended it.
 */
bool mb_child_ended(mb_child *child, int *status);

/* Sends SIGTERM, waits for its end, and frees; NULL is fine. */
void mb_child_stop(mb_child *child);

#endif

/*
 * observer.h -- a second session that looks at what the first one is doing.
 *
 * It is opened only once a statement has run for a while, never waits, and
 * never fails anything: what it cannot learn it leaves out.  Behind a pooler,
 * where the server's process changes from transaction to transaction, it rests.
 */
#ifndef MOONBIRD_OBSERVER_H
#define MOONBIRD_OBSERVER_H

#include "moonbird/pg/conn.h"

typedef struct mb_observer mb_observer;

/*
 * Told, while the session waits, what its statement does: a phase with its
 * progress, or whom it waits for.  Only when that changed, at most once a second.
 */
typedef void (*mb_observed)(void *self, const char *text);

/* Attaches to the session's waiting (mb_conn_on_wait). */
mb_observer *mb_observer_new(mb_conn *conn, mb_observed observed, void *self);
void mb_observer_free(mb_observer *observer); /* NULL is fine */

/* Look after `ms` (1000 at first): before a lock_timeout ends the wait. */
void mb_observer_after(mb_observer *observer, int ms);

/* Who blocked the present or last statement, a line each; "" when nobody was seen. */
const char *mb_observer_blockers(const mb_observer *observer);

#endif

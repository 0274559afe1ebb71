/*
 * observer.h -- a second session that watches what the first one is doing.
 *
 * It is opened once a statement has run for a while.  It never blocks, and it never makes a
 * statement fail: it leaves out facts that it cannot find out.  Once a pooler was recognised it
 * closes its session and does nothing: the pool needs the connection, and the server process of the
 * first session changes from transaction to transaction.
 */
#ifndef MOONBIRD_PG_OBSERVER_H
#define MOONBIRD_PG_OBSERVER_H

#include "moonbird/pg/conn.h"
#include "moonbird/pg/qualified.h"

/*
 * A format of mb_format: SQL for the session of the row `b` of pg_stat_activity.  The state, its
 * time and the query of another role's session need pg_monitor, and without it the text says so.
 * There is no backslash in it, since its meaning depends on standard_conforming_strings.
 */
#define MB_SESSION_TEXT                                                                            \
    "pg_catalog.format('pid %%s (%%s, %%s)', b.pid, coalesce(" MB_FILLED("b.application_name")     \
    ", 'no name'),"                                                                                \
    " CASE WHEN b.state IS NULL THEN 'state visible to pg_monitor only'"                           \
    " ELSE pg_catalog.concat_ws(', ', b.state, 'since '" MB_CAT                                    \
    "pg_catalog.to_char(coalesce(b.state_change, b.query_start) AT TIME ZONE 'UTC',"               \
    " 'HH24:MI:SS \"UTC\"'), pg_catalog.left(pg_catalog.regexp_replace("                           \
    "b.query, '[[:space:]]+', ' ', 'g'), 80)) END)"

typedef struct mb_observer mb_observer;

/*
 * Called while the session waits, when its statement does something else than before, at most once
 * a second.  `text` is a phase with its progress or, where the statement is `blocked`, the session
 * that it waits for.
 */
typedef void (*mb_observed)(void *self, const char *text, bool blocked);

/* Attaches to the session (mb_conn_on_wait).  The caller frees it before the session is closed. */
mb_observer *mb_observer_new(mb_conn *conn, mb_observed observed, void *self);
void mb_observer_free(mb_observer *observer); /* NULL is fine */

/*
 * Watches a statement that has run for `ms` milliseconds, at first 1000: less than a lock_timeout.
 */
void mb_observer_after(mb_observer *observer, int ms);

/*
 * The sessions that blocked the statement that failed last, one a line; "" when none was seen.
 * Borrowed.  The ROLLBACK after it may have waited, too.
 */
const char *mb_observer_blockers(const mb_observer *observer);

#endif

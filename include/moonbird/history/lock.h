/*
 * lock.h -- the run lock: one runner at a time changes one history.
 *
 * An advisory lock of the history's database, always tried and never waited for
 * inside the server: a blocked waiter holds a snapshot and stalls or deadlocks
 * CREATE INDEX CONCURRENTLY.  On a direct connection it is the session's; behind
 * a pooler a second connection keeps it in an idle transaction, which every
 * pooler leaves alone, unless its own limits say otherwise, and which holds no snapshot.
 * A session that holds it already does not get it again: a server such as PGlite gives all its
 * clients one session, in which an advisory lock excludes nobody.
 * On a direct connection the server is also asked to look every two seconds whether its
 * client is there: a killed runner keeps neither lock nor work.
 */
#ifndef MOONBIRD_LOCK_H
#define MOONBIRD_LOCK_H

#include "moonbird/pg/conn.h"

typedef struct mb_lock mb_lock;

/* Told once, when somebody else has it: who that is. */
typedef void (*mb_lock_waiting)(void *self, const char *holder);

/* Borrowed: `conn` and `self` for as long as the lock is there, the texts for the call. */
typedef struct mb_lock_request {
    mb_conn *conn;
    const char *schema; /* the history's */
    int wait_ms;        /* MB_UNSET for ever, 0 not at all; past it MB_ERR_LOCKED names the holder */
    mb_lock_waiting waiting;
    void *self;
    const char *with;   /* statements that read, sent in one message with the first try; or NULL */
} mb_lock_request;

/*
 * *answers (which the caller frees; may be NULL without `with`) are those to `with`, read
 * under the lock: none where somebody else had it at first.  Behind a pooler that has no second
 * server connection for the runner it fails within seconds.
 */
MB_MUST_CHECK bool mb_lock_take(mb_lock **out, const mb_lock_request *request,
                                mb_answers *answers, mb_error *err);

/* That, where the server can: from PostgreSQL 14 on, and not on every platform. */
#define MB_WATCH_CLIENT "SET client_connection_check_interval = 2000"
bool mb_lock_is_watched(const mb_lock *lock);

/*
 * A statement that releases the session's advisory locks but this one; `lock` may be NULL.  The
 * caller frees it.
 */
char *mb_lock_release_others_sql(const mb_lock *lock);

/*
 * A statement for the session that has the lock: a script that released it
 * (pg_advisory_unlock_all, DISCARD ALL) gets it back; 22012 where another runner was
 * quicker.  NULL behind a pooler, and where it is lost; the caller frees it.
 */
char *mb_lock_keep_sql(const mb_lock *lock);

/*
 * Behind a pooler, without a round trip: is the connection that keeps it still there?
 * Else mb_lock_again.
 */
bool mb_lock_is_kept(const mb_lock *lock);

/* Its session was lost: the server has released it. */
void mb_lock_lost(mb_lock *lock);

/*
 * Take it anew on connections that were lost and made again; waits as before, but ten
 * seconds at least: our own old session may still hold it.
 */
MB_MUST_CHECK bool mb_lock_again(mb_lock *lock, mb_error *err);
void mb_lock_release(mb_lock *lock); /* NULL is fine; safe on a lost connection */

/*
 * The same as a statement, for a message that is sent anyhow; NULL where that is no
 * statement's matter.  The caller frees it, and calls mb_lock_lost once it was done.
 */
char *mb_lock_release_sql(const mb_lock *lock);

#endif

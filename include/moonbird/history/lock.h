/*
 * lock.h -- the run lock: one runner at a time changes one history.
 *
 * The lock is an advisory lock in the history's database. It is polled, never waited for inside the
 * server: a blocked waiter holds a snapshot, and stalls or deadlocks CREATE INDEX CONCURRENTLY.
 *
 * On a direct connection the session holds the lock. Behind a pooler a second connection, the
 * keeper, holds it in an idle transaction, because a pooler leaves an open transaction on its
 * server connection unless the pooler's own limits end it. The keeper's transaction holds no
 * snapshot.
 *
 * A session that holds the lock already does not get it a second time: a server such as PGlite
 * gives all its clients one session, in which an advisory lock does not exclude other clients.
 *
 * On a direct connection the server is also asked to check every two seconds whether its client is
 * connected, so that a killed runner's lock and statements end soon.
 */
#ifndef MOONBIRD_HISTORY_LOCK_H
#define MOONBIRD_HISTORY_LOCK_H

#include "moonbird/pg/conn.h"

typedef struct mb_lock mb_lock;

/*
 * Called once, if another runner holds the lock. `text` is a note that names that runner, and `why`
 * the error that a request without waiting would give. Both are valid during the call.
 */
typedef void (*mb_lock_waiting)(void *self, const char *text, const mb_error *why);

/*
 * A request for the run lock. `conn` and `self` must outlive the lock; the strings are borrowed for
 * the call.
 */
typedef struct mb_lock_request {
    mb_conn *conn;
    const char *schema;      /* the schema of the history */
    int wait_ms;             /* how long to wait; MB_UNSET: for ever, 0: not at all */
    mb_lock_waiting waiting; /* may be NULL */
    void *self;              /* the first argument of `waiting` */
    const char *with; /* statements that only read, sent in the message of the first try; or NULL */
} mb_lock_request;

/*
 * Take the lock. Fails with MB_ERR_LOCKED, naming the holder, after request->wait_ms. *answers are
 * the answers to request->with, read under the lock; there are none if another runner held the lock
 * at the first try. The caller frees them; `answers` may be NULL without `with`. Behind a pooler
 * that has no second server connection for the runner, it fails within seconds. The caller frees
 * *out with mb_lock_release.
 */
MB_MUST_CHECK bool mb_lock_take(mb_lock **out, const mb_lock_request *request,
                                mb_answers *answers, mb_error *err);

/*
 * Make the server check whether its client is connected. PostgreSQL 14 and later have it, on some
 * platforms only: mb_lock_is_watched says whether it is set.
 */
#define MB_WATCH_CLIENT "SET client_connection_check_interval = 2000"
bool mb_lock_is_watched(const mb_lock *lock);

/*
 * Describe the session that holds the run lock of the history in `schema`, for messages; NULL:
 * nobody holds it. The caller frees *out.
 */
MB_MUST_CHECK bool mb_lock_holder(char **out, mb_conn *conn, const char *schema, mb_error *err);

/*
 * A statement that releases all advisory locks of the session except this one; `lock` may be NULL.
 * The caller frees it.
 */
char *mb_lock_release_others_sql(const mb_lock *lock);

/*
 * A statement that takes the lock back if a script released it (pg_advisory_unlock_all, DISCARD
 * ALL); it fails with 22012 if another runner holds the lock by then. NULL behind a pooler, and
 * after mb_lock_lost. The caller frees it.
 */
char *mb_lock_keep_sql(const mb_lock *lock);

/*
 * Behind a pooler: is the keeper's connection still open? Costs no round trip. If it is not, call
 * mb_lock_again. Always true on a direct connection.
 */
bool mb_lock_is_kept(const mb_lock *lock);

/* Note that the session that held the lock is gone, so that the server has released it. */
void mb_lock_lost(mb_lock *lock);

/*
 * Take the lock again after its connection was lost and made again; does nothing if it is held.
 * Waits as mb_lock_take does, but for at least ten seconds: the server may not have noticed yet
 * that our old session, which holds the lock, is gone.
 */
MB_MUST_CHECK bool mb_lock_again(mb_lock *lock, mb_error *err);
void mb_lock_release(mb_lock *lock); /* NULL is allowed; safe on a lost connection */

/*
 * mb_lock_release as a statement, for a message that is sent anyway; NULL where no statement of the
 * session releases it (behind a pooler, or not held). The caller frees it, and calls mb_lock_lost
 * once the statement has run.
 */
char *mb_lock_release_sql(const mb_lock *lock);

#endif

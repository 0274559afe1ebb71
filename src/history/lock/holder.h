/* holder.h -- the run lock in pg_locks, and the session that holds it, described for messages. */
#ifndef MOONBIRD_HISTORY_LOCK_HOLDER_H
#define MOONBIRD_HISTORY_LOCK_HOLDER_H

#include "moonbird/history/lock.h"
#include "moonbird/pg/qualified.h"

/* "moon": the first half of the lock's key; mb_lock_key makes the second one. */
#define MB_LOCK_CLASS 0x6d6f6f6e

int mb_lock_key(const char *schema); /* a hash of the history's schema */

/* Is the row `l` of pg_locks the run lock? Its two numbers are MB_LOCK_CLASS and the key. */
#define MB_IS_RUN_LOCK                                                                             \
    "l.locktype" MB_EQ "'advisory' AND l.granted AND l.classid" MB_EQ "%d AND l.objsubid" MB_EQ    \
    "2"                                                                                            \
    " AND l.objid" MB_EQ "('%d'::bigint" MB_OP("&") "4294967295)::pg_catalog.oid"                  \
    " AND l.database" MB_EQ "(SELECT oid FROM pg_catalog.pg_database WHERE datname" MB_EQ          \
    "pg_catalog.current_database())"

/*
 * Describe the holder of the lock for a message. `shared`: it is another client of the session of
 * `conn`. False: no session has the lock; mostly it was released a moment ago.
 */
bool mb_lock_describe(char *holder, size_t size, mb_conn *conn, int key, bool shared);

#endif

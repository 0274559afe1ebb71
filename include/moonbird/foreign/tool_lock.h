/*
 * tool_lock.h -- the lock with which another migration tool excludes a second run of itself, taken
 * by moonbird, from the sources of the tools: an advisory lock, or for Liquibase a row.
 *
 * A second connection holds it in an idle transaction, which has no snapshot.  It is polled.  The
 * tool may wait in pg_advisory_lock instead, and then its session holds a snapshot that CREATE
 * INDEX CONCURRENTLY waits for; so the lock is given back for such statements.
 */
#ifndef MOONBIRD_FOREIGN_TOOL_LOCK_H
#define MOONBIRD_FOREIGN_TOOL_LOCK_H

#include "moonbird/pg/conn.h"

typedef struct mb_tool_lock mb_tool_lock;

/* Does moonbird know a lock of this tool? */
bool mb_tool_has_lock(const char *tool);

/* A request for the lock; `conn` and `self` must outlive the lock, and so must `tool`. */
typedef struct mb_tool_lock_request {
    mb_conn *conn;
    const char *tool;
    const char *table; /* the tool's history, quoted, with its schema; borrowed for the call */
    const char *row_table; /* another name for Liquibase's table with the lock, borrowed for the
                              call; NULL: the default */
    int wait_ms;       /* how long to wait; MB_UNSET: for ever, 0: not at all */
    void (*waiting)(void *self, const char *text, const mb_error *why); /* as mb_lock_waiting */
    void *self;
} mb_tool_lock_request;

/*
 * Takes the lock.  *out is NULL if the tool has none.  MB_ERR_LOCKED: its holder did not release it
 * in time.  The caller frees *out with mb_tool_lock_release.
 */
MB_MUST_CHECK bool mb_tool_lock_take(mb_tool_lock **out, const mb_tool_lock_request *request,
                                     mb_error *err);
void mb_tool_lock_release(mb_tool_lock *lock); /* NULL is allowed */

/*
 * Give the lock back before a statement that waits for the snapshots of other sessions, and take it
 * again after it.  NULL, and a lock for which no tool waits in the server, are kept.
 */
void mb_tool_lock_pause(mb_tool_lock *lock);
MB_MUST_CHECK bool mb_tool_lock_resume(mb_tool_lock *lock, mb_error *err);

#endif

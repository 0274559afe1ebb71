/*
 * queue.h -- any number of statements in few round trips, when only their errors matter.
 *
 * Statements are sent as they come (libpq's pipeline mode), and their results are read along the
 * way: memory stays constant.  After a failed statement the server skips the others.  Any other
 * call on the session waits for the queue first, so that order is kept; its error may be that of a
 * queued statement.  For a few statements whose results matter, see round_trip.h.
 */
#ifndef MOONBIRD_PG_QUEUE_H
#define MOONBIRD_PG_QUEUE_H

#include "moonbird/pg/conn.h"

/* The origin of a statement, for its error. */
typedef struct mb_origin {
    size_t number;    /* from 1 in its batch */
    const char *file; /* "" for none */
    int line;
} mb_origin;

/*
 * Queues one statement; its rows are dropped.  The caller has opened a transaction, and refuses
 * COPY, which never ends in pipeline mode.  The error may be that of an earlier statement: it has
 * the place and number of that one, and mb_queue_failed returns its text.
 */
MB_MUST_CHECK bool mb_queue_add(mb_conn *conn, const char *sql, size_t n, const mb_param *params,
                                const mb_origin *from, mb_error *err);

/*
 * The text of the last queued statement that failed; NULL when none did.  Borrowed until the next
 * failure.
 */
const char *mb_queue_failed(const mb_conn *conn);

#endif

/*
 * pipeline.h -- many statements in few round trips (libpq's pipeline mode).
 *
 * Statements are queued and sent as they come, and their results read as it
 * goes: memory stays flat for any number.  The server passes over what follows
 * a failed one.  Whatever else is then done on the session waits for the queue
 * first, so that order is kept, and its error may be that of a queued statement.
 */
#ifndef MOONBIRD_QUEUE_H
#define MOONBIRD_QUEUE_H

#include "moonbird/pg/conn.h"

/* Whence a statement came: what its error says. */
typedef struct mb_origin {
    size_t number;    /* from 1 among its like */
    const char *file; /* "" for no place */
    int line;
} mb_origin;

/*
 * Queue one statement; the caller opened a transaction and refuses COPY, which
 * never ends in a pipeline.  What it selects is dropped.  An error may be that
 * of an earlier one: it has the place and number of its origin, and
 * mb_queue_failed gives its text.
 */
MB_MUST_CHECK bool mb_queue_add(mb_conn *conn, const char *sql, size_t n,
                                   const mb_param *params, const mb_origin *from, mb_error *err);

/* Wait for all of them; the session is then as it was. */
MB_MUST_CHECK bool mb_conn_settle(mb_conn *conn, mb_error *err);

/* The text of the last one that failed; NULL when none did.  Borrowed until the next failure. */
const char *mb_queue_failed(const mb_conn *conn);

#endif

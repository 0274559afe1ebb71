/*
 * cursor.h -- the rows of one query, a page at a time, in constant memory.
 *
 * Other statements may run on the session between pages.  The cursor lives in
 * the open transaction; one is begun, and ended by close, where there is none.
 */
#ifndef MOONBIRD_CURSOR_H
#define MOONBIRD_CURSOR_H

#include "moonbird/pg/conn.h"

typedef struct mb_cursor mb_cursor;

/* What a cursor refuses (INSERT ... RETURNING, SHOW, CALL ...) is the server's error, hint added. */
MB_MUST_CHECK bool mb_cursor_open(mb_cursor **out, mb_conn *conn, const char *sql, size_t n,
                                  const mb_param *params, mb_error *err);

/*
 * From the second on, the page behind it is asked for before this returns, and
 * collected when it is wanted or another statement comes (which may then get its
 * error: mb_conn_settle).
 *
 * The next page, owned by the cursor until the next call; *out is NULL after
 * the last one.  With the last rows the server's cursor is closed (an open one
 * blocks DDL on its table); a transaction of its own is committed when *out is NULL,
 * or MB_ERR_FAILED where a statement has failed in it: it is rolled back.
 */
MB_MUST_CHECK bool mb_cursor_page(const mb_result **out, mb_cursor *cursor, mb_error *err);

/* Collect the page under way, if there is one; its error is told here, and again in its place. */
MB_MUST_CHECK bool mb_cursor_settle(mb_cursor *cursor, mb_error *err);

/* It went with its savepoint or transaction: close will not touch the server, more pages are an error. */
void mb_cursor_lose(mb_cursor *cursor);

/*
 * Never fails: closes only where the transaction is healthy and the cursor can
 * still be there.  A transaction of its own is committed, or rolled back unless
 * `keep`; what a commit then says (a deferred constraint, a statement that failed) goes to the log.
 */
void mb_cursor_close(mb_cursor *cursor, bool keep); /* NULL is fine */

#endif

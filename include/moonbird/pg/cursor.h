/*
 * cursor.h -- the rows of one query, a page at a time, in constant memory.
 *
 * Other statements may run on the session between pages.  The cursor lives in the open transaction;
 * where there is none it begins one, and ends it.
 */
#ifndef MOONBIRD_PG_CURSOR_H
#define MOONBIRD_PG_CURSOR_H

#include "moonbird/pg/conn.h"

typedef struct mb_cursor mb_cursor;

/*
 * The caller closes *out.  For a statement that a cursor cannot hold (INSERT ... RETURNING, SHOW,
 * CALL ...) the error is the server's, with a hint.
 */
MB_MUST_CHECK bool mb_cursor_open(mb_cursor **out, mb_conn *conn, const char *sql, size_t n,
                                  const mb_param *params, mb_error *err);

/*
 * The next page, owned by the cursor until the next call; *out is NULL after the last one.
 *
 * From the second page on, the page after it is requested before this returns.  It is read when it
 * is asked for, or when another statement comes, which may then fail with the page's error
 * (mb_conn_settle).
 *
 * With the last rows the server's cursor is closed (an open one blocks DDL on its table).  If the
 * cursor began the transaction, it is committed when *out is NULL. If a statement in it failed, it
 * is rolled back, and the error is MB_ERR_FAILED.
 */
MB_MUST_CHECK bool mb_cursor_page(const mb_result **out, mb_cursor *cursor, mb_error *err);

/*
 * Reads the page in flight, if there is one.  Its error is returned here, and again by
 * mb_cursor_page.
 */
MB_MUST_CHECK bool mb_cursor_settle(mb_cursor *cursor, mb_error *err);

/*
 * The cursor ended with its savepoint or transaction: close does not ask the server, and further
 * pages are an error (MB_ERR_USAGE).
 */
void mb_cursor_lose(mb_cursor *cursor);

/*
 * Closes and frees; NULL is fine.  The server is asked only in a healthy transaction.  If the
 * cursor began the transaction, it is committed, or rolled back unless `keep`; an error of the
 * commit (a deferred constraint, a statement that failed) goes to the log.
 */
void mb_cursor_close(mb_cursor *cursor, bool keep);

#endif

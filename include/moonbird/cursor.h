/*
 * cursor.h -- the rows of one query, a page at a time, in constant memory.
 *
 * Other statements may run on the session between pages.  The cursor lives in
 * the open transaction; one is begun, and ended by close, where there is none.
 */
#ifndef MOONBIRD_CURSOR_H
#define MOONBIRD_CURSOR_H

#include "moonbird/conn.h"

typedef struct mb_cursor mb_cursor;

/* What a cursor refuses (INSERT ... RETURNING, SHOW, CALL ...) is the server's error, hint added. */
MB_MUST_CHECK bool mb_cursor_open(mb_cursor **out, mb_conn *conn, const char *sql, size_t n,
                                  const mb_param *params, mb_error *err);

/* The next page, owned by the cursor until the next call; *out is NULL after the last one. */
MB_MUST_CHECK bool mb_cursor_page(const mb_result **out, mb_cursor *cursor, mb_error *err);

/* Never fails: closes only where the transaction is healthy and the cursor can still be there. */
void mb_cursor_close(mb_cursor *cursor); /* NULL is fine */

#endif

/*
 * copy_in.h -- COPY ... FROM STDIN, with rows that are sent as they are made.
 *
 * Text format (manual, COPY, "Text Format").  Between begin and end the session accepts no other
 * statement: it fails with MB_ERR_USAGE and does not reach the server.
 */
#ifndef MOONBIRD_PG_COPY_IN_H
#define MOONBIRD_PG_COPY_IN_H

#include "moonbird/base/buf.h"
#include "moonbird/pg/conn.h"

/* `sql` is a COPY ... FROM STDIN.  After true, the caller ends or aborts it. */
MB_MUST_CHECK bool mb_copy_in_begin(mb_conn *conn, const char *sql, mb_error *err);

/*
 * Sends rows, or parts of rows.  False only when the session is lost: when the server refuses a
 * row, mb_copy_in_end returns that error.
 */
MB_MUST_CHECK bool mb_copy_in_send(mb_conn *conn, const char *data, size_t len, mb_error *err);

/* Ends the COPY.  *rows is how many rows were copied. */
MB_MUST_CHECK bool mb_copy_in_end(mb_conn *conn, int64_t *rows, mb_error *err);

/* Ends the COPY with an error: the server undoes its rows, and fails the transaction. */
void mb_copy_in_abort(mb_conn *conn);

/* Appends a value, with the bytes escaped that have a meaning in the format. */
void mb_copy_in_escape(mb_buf *out, const char *data, size_t len);

#endif

/*
 * copy_in.h -- COPY ... FROM STDIN whose rows are handed over as they are made.
 *
 * Text format (manual, COPY, "Text Format").  Between begin and end the session
 * takes no other statement: one is MB_ERR_USAGE and does not reach the server.
 */
#ifndef MOONBIRD_COPY_IN_H
#define MOONBIRD_COPY_IN_H

#include "moonbird/base/buf.h"
#include "moonbird/pg/conn.h"

MB_MUST_CHECK bool mb_copy_in_begin(mb_conn *conn, const char *sql, mb_error *err);

/* Whole rows or parts of them; a failure is told by end. */
MB_MUST_CHECK bool mb_copy_in_send(mb_conn *conn, const char *data, size_t len, mb_error *err);
MB_MUST_CHECK bool mb_copy_in_end(mb_conn *conn, int64_t *rows, mb_error *err);

/* The server undoes what came so far, and its transaction with it. */
void mb_copy_in_abort(mb_conn *conn);

/* Append a value with what the format gives a meaning to escaped. */
void mb_copy_in_escape(mb_buf *out, const char *data, size_t len);

#endif

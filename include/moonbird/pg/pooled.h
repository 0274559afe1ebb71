/*
 * lent.h -- a session that a pooler lends for one transaction goes back as it came.
 *
 * The pool may have set it up (PgBouncer's connect_query), and the next transaction is another
 * client's.  Settings, role and session authorization are put back to what they were at BEGIN, not
 * to the server's defaults; prepared statements, cursors, LISTEN, temporary relations, types and functions and advisory
 * locks that were not there before are taken away.  A setting of an extension that is not loaded
 * ("app.tenant") is not in the catalog, and keeps its last value.
 */
#ifndef MOONBIRD_POOLED_H
#define MOONBIRD_POOLED_H

#include "moonbird/pg/conn.h"

/* For behind BEGIN: remember what the session has, until the transaction ends; "" where it is ours. */
const char *mb_pooled_save(const mb_conn *conn);

/* In the transaction, any number of times, also right before COMMIT; "" where the session is ours. */
const char *mb_pooled_restore(const mb_conn *conn);

/* The rest; before COMMIT. */
MB_MUST_CHECK bool mb_pooled_clean(mb_conn *conn, mb_error *err);

#endif

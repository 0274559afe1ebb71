/*
 * lent_session.h -- returns a session that a pooler lends for one transaction in the state it came in.
 *
 * The pool may have set it up (PgBouncer's connect_query), and the next transaction belongs to
 * another client.  Settings, role and session authorization get the values that they had at BEGIN,
 * not the server's defaults; prepared statements, cursors, LISTEN, temporary relations, types and
 * functions, and advisory locks that were not there before are removed.  A setting of an extension
 * that is not loaded ("app.tenant") is not in the catalog, and keeps its last value.
 */
#ifndef MOONBIRD_PG_LENT_SESSION_H
#define MOONBIRD_PG_LENT_SESSION_H

#include "moonbird/pg/conn.h"

/* An expression: that state of the session as text, which is the same if the state is.  Static. */
const char *mb_pooled_state(void);

/*
 * A statement that goes after BEGIN: it remembers the state of the session until the transaction
 * ends.  Static; "" where there is no pooler.
 */
const char *mb_pooled_save(const mb_conn *conn);

/*
 * Statements that restore settings, role and session authorization.  They can be sent any number of
 * times in the transaction, also right before COMMIT.  Static; "" where there is no pooler.
 */
const char *mb_pooled_restore(const mb_conn *conn);

/* Removes the rest, before COMMIT.  Does nothing where there is no pooler. */
MB_MUST_CHECK bool mb_pooled_clean(mb_conn *conn, mb_error *err);

/*
 * All of it, before COMMIT.  Deferred triggers run first, as the role and with the settings of the
 * statements that fired them.  Does nothing where there is no pooler.
 */
MB_MUST_CHECK bool mb_pooled_end(mb_conn *conn, mb_error *err);

/*
 * ROLLBACK.  Where the state was saved, it also removes the prepared statements and advisory locks
 * that the transaction has left, before the pooler gives the session to another client.
 */
MB_MUST_CHECK bool mb_pooled_roll_back(mb_conn *conn, mb_error *err);

#endif

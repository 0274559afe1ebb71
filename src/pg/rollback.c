/*
 * rollback.c -- ROLLBACK, and behind a pooler the removal of the effects that it leaves in the
 * session.
 */
#include "pg.h"

#include "moonbird/pg/lent_session.h"

void mb_conn_rollback(mb_conn *conn)
{
    mb_tx tx = mb_conn_tx(conn);
    bool shielded = conn->shielded;
    mb_error ignored;

    if (tx != MB_TX_OPEN && tx != MB_TX_FAILED)
        return;
    conn->shielded = true;
    (void)!mb_conn_settle(conn, &ignored);
    if (!mb_pooled_roll_back(conn, &ignored))
        conn->lost = true; /* or the next COMMIT would commit what should be rolled back */
    conn->shielded = shielded;
}

/*
 * savepoint.h -- a savepoint, and what its rollback means for the open cursors.
 *
 * A cursor that is closed while the transaction is aborted stays on the server.  The rollback ends
 * the cursors that were declared after the savepoint; this closes the others, in the same round
 * trip.
 */
#ifndef MOONBIRD_PG_SAVEPOINT_H
#define MOONBIRD_PG_SAVEPOINT_H

#include "moonbird/pg/conn.h"

typedef struct mb_savepoint {
    const char *name; /* borrowed; an identifier */
    uint32_t outer;   /* the cursors that were declared after the savepoint around this one */
} mb_savepoint;

MB_MUST_CHECK bool mb_savepoint_set(mb_savepoint *out, mb_conn *conn, const char *name,
                                    mb_error *err);
MB_MUST_CHECK bool mb_savepoint_release(const mb_savepoint *savepoint, mb_conn *conn,
                                        mb_error *err);

/* Rolls back to the savepoint, and releases it. */
MB_MUST_CHECK bool mb_savepoint_undo(const mb_savepoint *savepoint, mb_conn *conn, mb_error *err);

#endif

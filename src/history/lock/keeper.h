/* keeper.h -- the second connection of a runner behind a pooler, which holds the run lock. */
#ifndef MOONBIRD_HISTORY_LOCK_KEEPER_H
#define MOONBIRD_HISTORY_LOCK_KEEPER_H

#include "moonbird/pg/conn.h"

/*
 * Open the keeper beside the runner's connection `conn`. Waits while other clients use the whole
 * pool; fails if the pool has one server connection only. The caller closes *out.
 */
MB_MUST_CHECK bool mb_keeper_open(mb_conn **out, mb_conn *conn, mb_error *err);

/*
 * The patience of the runner's connection while `keeper` has a server connection: waits and fails
 * as mb_keeper_open does. Borrows `keeper`.
 */
mb_patience mb_keeper_patience(mb_conn *keeper);

#endif

/*
 * coordinator.h -- private header of the folder: a node of a Citus cluster that has no history.
 */
#ifndef MOONBIRD_HISTORY_COORDINATOR_H
#define MOONBIRD_HISTORY_COORDINATOR_H

#include "moonbird/base/error.h"
#include "moonbird/pg/conn.h"

/*
 * For a server with Citus: false (MB_ERR_USAGE) unless it is the coordinator.  The tables that
 * Citus distributes exist on every node, but the history is a local table of the coordinator:
 * elsewhere every migration would seem to be pending.
 */
MB_MUST_CHECK bool mb_coordinator_check(mb_conn *conn, mb_error *err);

#endif

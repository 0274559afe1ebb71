/*
 * version.h -- what differs between the versions of the server that moonbird works with, 13 to 18.
 *
 * The version is the one that the server, or a pooler in its place, reports at login.
 */
#ifndef MOONBIRD_PG_VERSION_H
#define MOONBIRD_PG_VERSION_H

#include "moonbird/pg/conn.h"

typedef enum mb_feature {
    MB_FEATURE_EVERYWHERE,          /* in each of these versions */
    MB_FEATURE_PROGRESS,            /* pg_stat_progress_create_index and the like; not in a fork of 11 */
    MB_FEATURE_CLIENT_CHECK,        /* the setting client_connection_check_interval */
    MB_FEATURE_DETACH_CONCURRENTLY, /* DETACH PARTITION ... CONCURRENTLY, and FINALIZE */
    MB_FEATURE_TRANSACTION_TIMEOUT, /* the setting transaction_timeout */
} mb_feature;

/* Does the server of the session have the feature?  Known since the login, without a query. */
bool mb_conn_has(const mb_conn *conn, mb_feature feature);

#endif

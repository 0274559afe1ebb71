#include "moonbird/pg/version.h"

#include "pg.h"

/* The first version with each of them, as mb_conn_version gives it. */
static const int since[] = {
    [MB_FEATURE_EVERYWHERE] = 0,
    [MB_FEATURE_PROGRESS] = 120000,
    [MB_FEATURE_CLIENT_CHECK] = 140000,
    [MB_FEATURE_DETACH_CONCURRENTLY] = 140000,
    [MB_FEATURE_TRANSACTION_TIMEOUT] = 170000,
};

int mb_conn_version(const mb_conn *conn)
{
    return PQserverVersion(conn->pg);
}

bool mb_conn_has(const mb_conn *conn, mb_feature feature)
{
    return mb_conn_version(conn) >= since[feature];
}

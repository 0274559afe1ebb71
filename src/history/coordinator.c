#include "coordinator.h"

#include "moonbird/pg/qualified.h"
#include "moonbird/pg/result.h"

/* Group 0 is the coordinator's (the table pg_dist_node in the reference of Citus). */
static const char sql[] =
    "SELECT g.groupid" MB_NE "0, n.nodename, n.nodeport FROM pg_catalog.pg_dist_local_group g"
    " LEFT JOIN pg_catalog.pg_dist_node n ON n.groupid" MB_EQ "0 AND n.isactive LIMIT 1";

bool mb_coordinator_check(mb_conn *conn, mb_error *err)
{
    mb_result *res;
    bool elsewhere;

    if (!mb_conn_exec(&res, conn, sql, err))
        return false;
    elsewhere = mb_result_rows(res) > 0 && mb_result_bool(res, 0, 0);
    if (elsewhere) {
        mb_fail(err, MB_ERR_USAGE, "this server is a worker of a Citus cluster");
        mb_fail_detail(err, "The history is on the coordinator, and Citus sends each change from "
                            "there to the workers.");
        if (mb_result_null(res, 0, 1))
            mb_fail_hint(err, "Connect to the coordinator.");
        else
            mb_fail_hint(err, "Connect to the coordinator, host %s, port %s.",
                         mb_result_value(res, 0, 1), mb_result_value(res, 0, 2));
    }
    mb_result_free(res);
    return !elsewhere;
}

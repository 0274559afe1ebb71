/*
 * find_pooler.c -- is there a pooler between this program and the server?
 *
 * A login is given the process id of its session.  A pooler makes one up, so the server then
 * answers with another.
 */
#include "pg/pg.h"

void mb_conn_set_pooled(mb_conn *conn, bool pooled)
{
    conn->pooled = pooled;
    conn->pooled_known = true;
    /* the observer must not keep a connection of the pool */
    if (pooled && conn->tick)
        conn->tick(conn->tick_arg);
}

void mb_conn_note_server_pid(mb_conn *conn, int64_t pid)
{
    mb_conn_set_pooled(conn, pid != mb_conn_backend_pid(conn));
}

bool mb_conn_find_pooler(mb_conn *conn, mb_error *err)
{
    mb_result *res = NULL;

    if (conn->pooled_known)
        return true;
    if (!mb_conn_exec_identified(&res, conn, "SELECT pg_catalog.pg_backend_pid()", err))
        return false;
    mb_conn_note_server_pid(conn, mb_result_int(res, 0, 0));
    mb_result_free(res);
    return true;
}

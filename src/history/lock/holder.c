#include "holder.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

int mb_lock_key(const char *schema)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (; *schema; schema++)
        h = (h ^ (unsigned char)*schema) * 16777619u;
    return (int)h;
}

/*
 * A shared session outlives its clients, and keeps the lock of a killed runner. The server cannot
 * tell whether that runner still works, so the message leaves the decision to the reader.
 */
static void describe_sharer(char *holder, size_t size, int key)
{
    snprintf(holder, size,
             "in the one session that this server shares among its clients; if "
             "that process was killed, SELECT pg_advisory_unlock(%d, %d) releases "
             "its lock",
             MB_LOCK_CLASS, key);
}

/* Describe the holder with columns that every role may read of another session. */
static bool ask_holder(char **out, mb_conn *conn, int key, mb_error *err)
{
    char *sql = mb_format(
        "SELECT pg_catalog.format('backend pid %%s, from %%s, since %%s', a.pid,"
        " coalesce(pg_catalog.host(a.client_addr), 'this host'),"
        " pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'))"
        " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid" MB_EQ "l.pid"
        " WHERE " MB_IS_RUN_LOCK,
        MB_LOCK_CLASS, key);
    mb_result *res = NULL;
    bool ok = mb_conn_exec_limited(&res, conn, sql, err);

    *out = ok && mb_result_rows(res) > 0 ? mb_strdup(mb_result_value(res, 0, 0)) : NULL;
    mb_result_free(res);
    free(sql);
    return ok;
}

bool mb_lock_describe(char *holder, size_t size, mb_conn *conn, int key, bool shared)
{
    mb_error ignored;
    char *session = NULL;
    bool found;

    if (shared) {
        describe_sharer(holder, size, key);
        return true;
    }
    (void)!ask_holder(&session, conn, key, &ignored);
    found = session;
    snprintf(holder, size, "%s", found ? session : "its session is not visible");
    free(session);
    return found;
}

bool mb_lock_holder(char **out, mb_conn *conn, const char *schema, mb_error *err)
{
    return ask_holder(out, conn, mb_lock_key(schema), err);
}

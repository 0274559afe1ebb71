/* rejects.c -- the rows that a backfill has set aside. */
#include "records.h"
#include "query.h"

#include <stdlib.h>

bool mb_reject_add(mb_worker *worker, const char *key, const char *why, mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.rejects (backfill, key, error) VALUES ($1::bigint, $2, $3)"
        " ON CONFLICT (backfill, key) DO UPDATE SET error = excluded.error,"
        " at = pg_catalog.clock_timestamp()";
    const mb_param own[] = {mb_array_param(key), mb_history_text(why)};

    return mb_backfill_query(NULL, worker, sql, 2, own, err);
}

bool mb_reject_drop(mb_worker *worker, const char *key, mb_error *err)
{
    static const char sql[] =
        "DELETE FROM $S.rejects WHERE backfill" MB_EQ "$1::bigint AND key" MB_EQ "$2";
    const mb_param own[] = {mb_array_param(key)};

    return mb_backfill_query(NULL, worker, sql, 1, own, err);
}

bool mb_rejects_count(int64_t *open, int64_t *accepted, mb_worker *worker, mb_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.count(*) FILTER (WHERE NOT accepted),"
        " pg_catalog.count(*) FILTER (WHERE accepted)"
        " FROM $S.rejects WHERE backfill" MB_EQ "$1::bigint";
    mb_result *res;

    if (!mb_backfill_query(&res, worker, sql, 0, NULL, err))
        return false;
    *open = mb_result_int(res, 0, 0);
    *accepted = mb_result_int(res, 0, 1);
    mb_result_free(res);
    return true;
}

/*
 * Compares with collation "C", because the collations of a key's columns may conflict.  NOT ...
 * ANY, because for ALL PostgreSQL would compare each row with each of them, without a hash.
 */
void mb_add_not_rejected(mb_buf *sql, const mb_worker *worker)
{
    char *rejects;

    if (worker->target.n_key == 0)
        return;
    rejects = mb_history_sql("$S.rejects", worker->run->by.in.schema);
    mb_buf_puts(sql, " AND NOT ");
    mb_add_key(sql, &worker->target);
    mb_buf_printf(sql,
                  " COLLATE pg_catalog.\"C\"" MB_EQ "ANY (SELECT r.key FROM %s r"
                  " WHERE r.backfill" MB_EQ "%lld)",
                  rejects, (long long)worker->id);
    free(rejects);
}

bool mb_rejects_read(mb_result **out, mb_worker *worker, mb_error *err)
{
    static const char sql[] =
        "SELECT key FROM $S.rejects WHERE backfill" MB_EQ "$1::bigint AND NOT accepted"
        " ORDER BY at";

    return mb_backfill_query(out, worker, sql, 0, NULL, err);
}

/* chunk.c -- a chunk of a backfill: a process takes one, and records how far it came in it. */
#include "records.h"
#include "query.h"

#include <stdlib.h>

static void read_chunk(mb_backfill_chunk *out, const mb_result *res)
{
    out->state = MB_PART_GONE;
    if (!mb_result_rows(res))
        return;
    out->state = mb_part_state_of(mb_result_value(res, 0, 0));
    out->paused = mb_result_bool(res, 0, 1);
    out->left = mb_result_bool(res, 0, 2);
    out->number = (int)mb_result_int(res, 0, 3);
    out->from = mb_backfill_text(res, 4);
    out->high = mb_backfill_text(res, 5);
}

/* Prefers the worker's last chunk, then one that is not begun, so that workers do not collide. */
bool mb_backfill_chunk_claim(mb_backfill_chunk *out, mb_worker *worker, mb_error *err)
{
    static const char sql[] =
        "SELECT b.state, b.paused, EXISTS (SELECT FROM $S.chunks WHERE backfill" MB_EQ "b.id"
        " AND NOT done), c.number, coalesce(c.reached, c.low), c.high"
        " FROM $S.backfills b LEFT JOIN LATERAL (SELECT * FROM $S.chunks"
        " WHERE backfill" MB_EQ "b.id AND NOT done AND NOT b.paused"
        " AND b.state" MB_EQ "'running'"
        " ORDER BY number" MB_NE "$2::int, reached IS NOT NULL, number"
        " LIMIT 1 FOR UPDATE SKIP LOCKED) c ON true WHERE b.id" MB_EQ "$1::bigint";
    char chunk[MB_NUMBER_SIZE];
    const mb_param own[] = {mb_history_text(mb_number_text(chunk, worker->chunk))};
    mb_result *res;

    *out = (mb_backfill_chunk){0};
    if (!mb_backfill_query(&res, worker, sql, 1, own, err))
        return false;
    read_chunk(out, res);
    mb_result_free(res);
    return true;
}

void mb_backfill_chunk_free(mb_backfill_chunk *chunk)
{
    free(chunk->from);
    free(chunk->high);
    chunk->from = chunk->high = NULL;
}

static bool refuse_chunk(const mb_worker *worker, int number, mb_error *err)
{
    mb_fail(err, MB_ERR_FAILED, "chunk %d of backfill \"%s\" is gone from the history", number,
            worker->b->name);
    return mb_fail_hint(err, MB_HINT_ROW_CHANGED);
}

/* Columns 2 and 3 of the result: does the table have rules, and MB_MAY_REFUSE? */
static bool is_stale(mb_target *t, const mb_result *res)
{
    bool knew = t->may_refuse;

    if (!knew) {
        t->has_rules = mb_result_bool(res, 0, 2);
        t->may_refuse = mb_result_bool(res, 0, 3);
    }
    return !knew && t->may_refuse;
}

#define OF_TABLE(columns)                                                                          \
    "(SELECT " columns " FROM pg_catalog.pg_class c WHERE c.oid" MB_EQ "pg_catalog.to_regclass($6))"

/*
 * The batch's statements have locked the table, so that it stays the table that is compared here,
 * with the triggers and rules that the UPDATE met.
 */
bool mb_backfill_chunk_advance(bool *stale, mb_worker *worker, const mb_backfill_advance *to,
                               mb_error *err)
{
    static const char sql[] =
        "UPDATE $S.chunks SET reached = coalesce($3, reached), done = $4::boolean,"
        " rows = rows" MB_OP("+") "$5::bigint"
        " WHERE backfill" MB_EQ "$1::bigint AND number" MB_EQ "$2::int AND NOT done"
        " RETURNING (SELECT b.table_id FROM $S.backfills b WHERE b.id" MB_EQ "$1::bigint),"
        " " MB_TARGET_ID("pg_catalog.to_regclass($6)::pg_catalog.oid",
                         "(SELECT b.key FROM $S.backfills b WHERE b.id" MB_EQ "$1::bigint)")
        ", " OF_TABLE("c.relhasrules") ", " OF_TABLE(MB_MAY_REFUSE);
    char chunk[MB_NUMBER_SIZE], count[MB_NUMBER_SIZE];
    const mb_param own[] = {
        mb_history_text(mb_number_text(chunk, to->number)),
        mb_array_param(to->reached),
        mb_history_text(to->done ? "true" : "false"),
        mb_history_text(mb_number_text(count, to->rows)),
        mb_history_text(worker->target.sql_name),
    };
    mb_result *res;
    bool ok;

    if (!mb_backfill_query(&res, worker, sql, 5, own, err))
        return false;
    *stale = mb_result_rows(res) == 1 && is_stale(&worker->target, res);
    ok = mb_result_rows(res) == 1
             ? mb_identity_check_table(worker, mb_backfill_value(res, 0),
                                       mb_result_value(res, 0, 1), err)
             : refuse_chunk(worker, to->number, err);
    mb_result_free(res);
    return ok;
}

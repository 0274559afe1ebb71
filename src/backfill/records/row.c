/* row.c -- a backfill's own row in the history: how it begins, how far it is, how it ends. */
#include "records.h"
#include "cut_into_chunks.h"
#include "query.h"

#include "moonbird/project/half_done_hint.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

/* $1 stream, $2 migration, $3 direction, $4 name */
static void bind_key(mb_param params[4], const mb_worker *worker)
{
    params[0] = mb_history_text(mb_stream_name(worker->source->file->stream));
    params[1] = mb_history_text(worker->source->file->name);
    params[2] = mb_history_text(mb_direction_name(worker->source->direction));
    params[3] = mb_history_text(worker->b->name);
}

static void read_row(mb_backfill_row *out, mb_worker *worker, const mb_result *res)
{
    worker->id = mb_result_int(res, 0, 0);
    out->exists = true;
    out->state = mb_part_state_of(mb_result_value(res, 0, 1));
    out->table = mb_strdup(mb_result_value(res, 0, 2));
    out->key = mb_strdup(mb_result_value(res, 0, 3));
    out->table_id = mb_backfill_text(res, 4);
    out->complete = mb_result_bool(res, 0, 5);
    out->result = (mb_backfill_result){
        .rows = mb_result_int(res, 0, 6),
        .remaining = mb_result_int(res, 0, 7),
        .set_aside = mb_result_int(res, 0, 8),
    };
}

bool mb_backfill_row_read(mb_backfill_row *out, mb_worker *worker, mb_error *err)
{
    static const char sql[] =
        "SELECT id, state, table_name, key, table_id,"
        " NOT EXISTS (SELECT FROM $S.chunks WHERE backfill" MB_EQ "id AND NOT done),"
        " (SELECT pg_catalog.sum(rows) FROM $S.chunks WHERE backfill" MB_EQ "id), remaining,"
        " (SELECT pg_catalog.count(*) FROM $S.rejects WHERE backfill" MB_EQ "id)"
        " FROM $S.backfills WHERE stream" MB_EQ "$1 AND migration" MB_EQ "$2"
        " AND direction" MB_EQ "$3 AND name" MB_EQ "$4 FOR UPDATE";
    mb_param params[4];
    mb_result *res;

    *out = (mb_backfill_row){0};
    bind_key(params, worker);
    if (!mb_history_query(&res, worker->run->by.in, (mb_query){sql, 4, params}, err))
        return false;
    if (mb_result_rows(res))
        read_row(out, worker, res);
    mb_result_free(res);
    return true;
}

void mb_backfill_row_free(mb_backfill_row *row)
{
    free(row->table);
    free(row->key);
    free(row->table_id);
    *row = (mb_backfill_row){0};
}

static mb_param args_sum(char sum[MB_HASH_HEX], const mb_worker *worker)
{
    mb_args_sum(sum, mb_run_args(worker->run, worker->source),
                worker->run->host->info(worker->source->chunk));
    return mb_history_text(sum);
}

bool mb_backfill_row_create(mb_worker *worker, mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.backfills (stream, migration, direction, name, state,"
        " checksum, table_name, key, rows_estimated, args_checksum, table_id)"
        " VALUES ($1, $2, $3, $4, 'running', $5, $6, $7, $8::bigint, $9, $10)"
        " RETURNING id";
    char rows[MB_NUMBER_SIZE], sum[MB_HASH_HEX];
    mb_param params[10];
    mb_result *res;

    bind_key(params, worker);
    params[4] = mb_history_text(worker->source->sums.normalized);
    params[5] = mb_history_text(worker->target.relation);
    params[6] = mb_array_param(worker->target.key_text);
    params[7] = mb_history_text(mb_number_text(rows, worker->target.estimate));
    params[8] = args_sum(sum, worker);
    params[9] = mb_history_text(worker->target.id);
    if (!mb_history_query(&res, worker->run->by.in, (mb_query){sql, 10, params}, err))
        return false;
    worker->id = mb_result_int(res, 0, 0);
    mb_result_free(res);
    return mb_chunks_cut(worker, err);
}

bool mb_backfill_row_resume(mb_worker *worker, bool new_chunks, bool *same, mb_error *err)
{
    static const char sql[] =
        "UPDATE $S.backfills SET state = 'running', checksum = $2, error = NULL,"
        " ended_at = NULL, remaining = NULL, args_checksum = $5, table_id = $6"
        " WHERE id" MB_EQ "$1::bigint AND table_name" MB_EQ "$3 AND key" MB_EQ "$4";
    char sum[MB_HASH_HEX];
    const mb_param own[] = {mb_history_text(worker->source->sums.normalized),
                            mb_history_text(worker->target.relation),
                            mb_array_param(worker->target.key_text), args_sum(sum, worker),
                            mb_history_text(worker->target.id)};
    mb_result *res;

    if (!mb_backfill_query(&res, worker, sql, 5, own, err))
        return false;
    *same = mb_result_affected(res) == 1;
    mb_result_free(res);
    return !*same || !new_chunks ||
           (mb_backfill_query(NULL, worker,
                              "DELETE FROM $S.chunks WHERE backfill" MB_EQ "$1::bigint", 0, NULL,
                              err) &&
            mb_chunks_cut(worker, err));
}

/* ---- progress and end ---- */

bool mb_worker_progress(mb_backfill_progress *out, mb_worker *worker, mb_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.sum(c.rows), " MB_FRACTION("a.n")
        " FROM $S.backfills b JOIN $S.chunks c ON c.backfill" MB_EQ "b.id,"
        " LATERAL (SELECT pg_catalog.count(*) AS n FROM $S.chunks WHERE backfill" MB_EQ "b.id) a"
        " WHERE b.id" MB_EQ "$1::bigint";
    mb_result *res;

    if (!mb_backfill_query(&res, worker, sql, 0, NULL, err))
        return false;
    *out = (mb_backfill_progress){.rows = mb_result_int(res, 0, 0),
                                  .fraction = (double)mb_result_int(res, 0, 1) / 1e6};
    mb_result_free(res);
    return true;
}

static bool hint_continues(const mb_worker *worker, mb_error *err)
{
    const mb_migration *m = worker->source->file;

    return mb_hint_continues(err, m->stream, worker->source->direction, m->name);
}

bool mb_backfill_fail_stopped(const mb_worker *worker, mb_part_state state, mb_error *err)
{
    if (state == MB_PART_GONE) {
        mb_fail(err, MB_ERR_FAILED, "backfill \"%s\" is gone from the history", worker->b->name);
        return mb_fail_hint(err, MB_HINT_ROW_CHANGED);
    }
    if (state == MB_PART_CANCELLED) {
        mb_fail(err, MB_ERR_FAILED, "backfill \"%s\" was cancelled", worker->b->name);
        return hint_continues(worker, err);
    }
    mb_fail(err, MB_ERR_FAILED, "backfill \"%s\" %s in another process", worker->b->name,
            state == MB_PART_DONE ? "ended" : "failed");
    mb_fail_detail(err, "moonbird backfill list %s shows details.", worker->b->name);
    return hint_continues(worker, err);
}

static bool ask_who_stopped(mb_worker *worker, mb_error *err)
{
    static const char sql[] = "SELECT state FROM $S.backfills WHERE id" MB_EQ "$1::bigint";
    mb_result *res;

    if (mb_backfill_query(&res, worker, sql, 0, NULL, err)) {
        mb_backfill_fail_stopped(
            worker,
            mb_result_rows(res) ? mb_part_state_of(mb_result_value(res, 0, 0)) : MB_PART_GONE, err);
        mb_result_free(res);
    }
    return false;
}

bool mb_backfill_row_finish(mb_worker *worker, mb_part_state state, int64_t remaining,
                            const char *error, mb_error *err)
{
    static const char sql[] =
        "UPDATE $S.backfills SET state = $2, remaining = $3::bigint, error = $4,"
        " ended_at = pg_catalog.clock_timestamp()"
        " WHERE id" MB_EQ "$1::bigint AND state" MB_EQ "'running'";
    char count[MB_NUMBER_SIZE];
    const mb_param own[] = {
        mb_history_text(mb_part_state_name(state)),
        mb_history_text(remaining < 0 ? NULL : mb_number_text(count, remaining)),
        mb_history_text(error)};
    mb_result *res;
    bool one;

    if (!mb_backfill_query(&res, worker, sql, 3, own, err))
        return false;
    one = mb_result_affected(res) == 1;
    mb_result_free(res);
    return one || ask_who_stopped(worker, err);
}

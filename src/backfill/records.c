/* records.c -- a backfill's rows in the history: its state, its chunks, its rejected rows. */
#include "worker.h"

#include "moonbird/project/half_done_hint.h"
#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"
#include "moonbird/sql/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 10 };

/* Sends a complete statement; $1 is the backfill's id, and `own` has the parameters from $2 on. */
static bool send(mb_result **out, mb_worker *worker, const char *text, size_t n,
                 const mb_param *own, mb_error *err)
{
    char id[MB_NUMBER_SIZE];
    mb_param params[MOST] = {mb_history_text(mb_number_text(id, worker->id))};

    for (size_t i = 0; i < n; i++)
        params[1 + i] = own[i];
    return mb_history_send(out, worker->run->by.in, (mb_query){text, 1 + n, params}, err);
}

/* Sends a template.  It must not contain names of the table, since one could look like "$S". */
static bool query(mb_result **out, mb_worker *worker, const char *sql, size_t n,
                  const mb_param *own, mb_error *err)
{
    char *text = mb_history_sql(sql, worker->run->by.in.schema);
    bool ok = send(out, worker, text, n, own, err);

    free(text);
    return ok;
}

/* ---- the backfill's own row ---- */

/* $1 stream, $2 migration, $3 direction, $4 name */
static void bind_key(mb_param params[4], const mb_worker *worker)
{
    params[0] = mb_history_text(mb_stream_name(worker->source->file->stream));
    params[1] = mb_history_text(worker->source->file->name);
    params[2] = mb_history_text(mb_direction_name(worker->source->direction));
    params[3] = mb_history_text(worker->b->name);
}

static const char *value_or_null(const mb_result *res, size_t column)
{
    return mb_result_null(res, 0, column) ? NULL : mb_result_value(res, 0, column);
}

static char *text_or_null(const mb_result *res, size_t column)
{
    const char *value = value_or_null(res, column);

    return value ? mb_strdup(value) : NULL;
}

static void read_row(mb_backfill_row *out, mb_worker *worker, const mb_result *res)
{
    worker->id = mb_result_int(res, 0, 0);
    out->exists = true;
    out->state = mb_part_state_of(mb_result_value(res, 0, 1));
    out->table = mb_strdup(mb_result_value(res, 0, 2));
    out->key = mb_strdup(mb_result_value(res, 0, 3));
    out->table_id = text_or_null(res, 4);
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

/* ---- chunks ---- */

/*
 * A table of at most EXACT_MOST rows is divided by all its keys, a larger one by a sample of them.
 */
enum { EXACT_MOST = 200000, SAMPLE = 30000, CHUNK_LEAST = 1000, CHUNK_MOST = 100000, CHUNKS = 16 };

static int64_t chunk_rows(int64_t rows)
{
    int64_t size = rows / CHUNKS;

    return size < CHUNK_LEAST ? CHUNK_LEAST : size > CHUNK_MOST ? CHUNK_MOST : size;
}

static void add_insert(mb_buf *sql, const mb_worker *worker)
{
    mb_buf_puts(sql, "INSERT INTO ");
    mb_quote_identifier(sql, worker->run->by.in.schema);
    mb_buf_puts(sql, ".chunks (backfill, number, low, high)"
                     " SELECT $1::bigint, pg_catalog.row_number() OVER (ORDER BY r),"
                     " pg_catalog.lag(k) OVER (ORDER BY r), k FROM (");
}

/* A table that is read completely anyway is counted, so that progress does not need an estimate. */
static bool count_rows(mb_worker *worker, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    mb_buf_puts(&sql, "UPDATE ");
    mb_quote_identifier(&sql, worker->run->by.in.schema);
    mb_buf_printf(&sql,
                  ".backfills SET rows_estimated = (SELECT pg_catalog.count(*) FROM %s)"
                  " WHERE id" MB_EQ "$1::bigint",
                  worker->target.sql_name);
    ok = send(NULL, worker, sql.data, 0, NULL, err);
    mb_buf_free(&sql);
    return ok;
}

static bool cut_exactly(mb_worker *worker, mb_error *err)
{
    char size[MB_NUMBER_SIZE];
    const mb_param own[] = {
        mb_history_text(mb_number_text(size, chunk_rows(worker->target.estimate)))};
    mb_buf sql = {0};
    bool ok;

    add_insert(&sql, worker);
    mb_buf_puts(&sql, "SELECT ");
    mb_add_key(&sql, &worker->target);
    mb_buf_puts(&sql, " AS k, pg_catalog.row_number() OVER (ORDER BY");
    mb_add_order(&sql, &worker->target, "");
    mb_buf_printf(&sql,
                  ") AS r, pg_catalog.count(*) OVER () AS n FROM %s) keys"
                  " WHERE (r" MB_OP("%%") "$2::bigint)" MB_EQ "0 OR r" MB_EQ "n",
                  worker->target.sql_name);
    ok = send(NULL, worker, sql.data, 1, own, err) && count_rows(worker, err);
    mb_buf_free(&sql);
    return ok;
}

static void add_sample(mb_buf *sql, const mb_target *t)
{
    mb_buf_puts(sql, "SELECT k, r FROM (SELECT ");
    mb_add_key(sql, t);
    mb_buf_puts(sql, " AS k, pg_catalog.row_number() OVER (ORDER BY");
    mb_add_order(sql, t, "");
    mb_buf_printf(sql, ") AS r FROM %s TABLESAMPLE pg_catalog.system ($2::real)) sample"
                       " WHERE (r" MB_OP("%%") "$3::bigint)" MB_EQ "0", t->sql_name);
}

static void add_last(mb_buf *sql, const mb_target *t)
{
    mb_buf_puts(sql, "SELECT k, 9223372036854775807 FROM (SELECT ");
    mb_add_key(sql, t);
    mb_buf_printf(sql, " AS k FROM %s ORDER BY", t->sql_name);
    mb_add_order(sql, t, " DESC");
    mb_buf_puts(sql, " LIMIT 1) last");
}

static bool cut_by_sample(mb_worker *worker, mb_error *err)
{
    double share = (double)SAMPLE / (double)worker->target.estimate;
    char percent[32], every[MB_NUMBER_SIZE];
    int64_t size = (int64_t)(share * (double)chunk_rows(worker->target.estimate));
    mb_param own[2];
    mb_buf sql = {0};
    bool ok;

    snprintf(percent, sizeof percent, "%.6f", 100 * share);
    own[0] = mb_history_text(percent);
    own[1] = mb_history_text(mb_number_text(every, size > 0 ? size : 1));
    add_insert(&sql, worker);
    add_sample(&sql, &worker->target);
    mb_buf_puts(&sql, " UNION ALL ");
    add_last(&sql, &worker->target);
    mb_buf_puts(&sql, ") keys");
    ok = send(NULL, worker, sql.data, 2, own, err);
    mb_buf_free(&sql);
    return ok;
}

/* Divides the table into chunks.  The `high` of the last one is the upper bound of the backfill. */
static bool cut(mb_worker *worker, mb_error *err)
{
    if (worker->target.n_key == 0)
        return true;
    return mb_worker_begin_settings(worker, err) &&
           (worker->target.estimate > EXACT_MOST ? cut_by_sample(worker, err)
                                                 : cut_exactly(worker, err)) &&
           mb_worker_end_settings(worker, err);
}

static mb_param args_sum(char sum[MB_HASH_HEX], const mb_worker *worker)
{
    mb_args_sum(sum, &worker->run->scripts, worker->run->host->info(worker->source->chunk));
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
    mb_param params[MOST];
    mb_result *res;

    bind_key(params, worker);
    params[4] = mb_history_text(worker->source->sums.normalized);
    params[5] = mb_history_text(worker->target.relation);
    params[6] = mb_array_param(worker->target.key_text);
    params[7] = mb_history_text(mb_number_text(rows, worker->target.estimate));
    params[8] = args_sum(sum, worker);
    params[9] = mb_history_text(worker->target.id);
    if (!mb_history_query(&res, worker->run->by.in, (mb_query){sql, MOST, params}, err))
        return false;
    worker->id = mb_result_int(res, 0, 0);
    mb_result_free(res);
    return cut(worker, err);
}

bool mb_backfill_row_resume(mb_worker *worker, bool new_chunks, bool *same, mb_error *err)
{
    char sum[MB_HASH_HEX];
    const mb_param own[] = {mb_history_text(worker->source->sums.normalized),
                            mb_history_text(worker->target.relation),
                            mb_array_param(worker->target.key_text), args_sum(sum, worker),
                            mb_history_text(worker->target.id)};
    mb_result *res;

    if (!query(&res, worker,
               "UPDATE $S.backfills SET state = 'running', checksum = $2, error = NULL,"
               " ended_at = NULL, remaining = NULL, args_checksum = $5, table_id = $6"
               " WHERE id" MB_EQ "$1::bigint AND table_name" MB_EQ "$3 AND key" MB_EQ "$4",
               5, own, err))
        return false;
    *same = mb_result_affected(res) == 1;
    mb_result_free(res);
    return !*same || !new_chunks ||
           (query(NULL, worker, "DELETE FROM $S.chunks WHERE backfill" MB_EQ "$1::bigint", 0, NULL,
                  err) &&
            cut(worker, err));
}

static void read_chunk(mb_backfill_chunk *out, const mb_result *res)
{
    out->state = MB_PART_GONE;
    if (!mb_result_rows(res))
        return;
    out->state = mb_part_state_of(mb_result_value(res, 0, 0));
    out->paused = mb_result_bool(res, 0, 1);
    out->left = mb_result_bool(res, 0, 2);
    out->number = (int)mb_result_int(res, 0, 3);
    out->from = text_or_null(res, 4);
    out->high = text_or_null(res, 5);
}

/* Prefers the worker's last chunk, then one that is not begun, so that workers do not collide. */
bool mb_backfill_chunk_claim(mb_backfill_chunk *out, mb_worker *worker, mb_error *err)
{
    char chunk[MB_NUMBER_SIZE];
    const mb_param own[] = {mb_history_text(mb_number_text(chunk, worker->chunk))};
    mb_result *res;

    *out = (mb_backfill_chunk){0};
    if (!query(&res, worker,
               "SELECT b.state, b.paused, EXISTS (SELECT FROM $S.chunks WHERE backfill" MB_EQ "b.id"
               " AND NOT done), c.number, coalesce(c.reached, c.low), c.high"
               " FROM $S.backfills b LEFT JOIN LATERAL (SELECT * FROM $S.chunks"
               " WHERE backfill" MB_EQ "b.id AND NOT done AND NOT b.paused AND b.state" MB_EQ
               "'running'"
               " ORDER BY number" MB_NE "$2::int, reached IS NOT NULL, number"
               " LIMIT 1 FOR UPDATE SKIP LOCKED) c ON true WHERE b.id" MB_EQ "$1::bigint",
               1, own, err))
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
 * The batch's statements have locked the table, so that it stays the one that is compared here, and
 * has no other triggers and rules than the UPDATE met.
 */
bool mb_backfill_chunk_advance(bool *stale, mb_worker *worker, const mb_backfill_advance *to,
                               mb_error *err)
{
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

    if (!query(&res, worker,
               "UPDATE $S.chunks SET reached = coalesce($3, reached), done = $4::boolean,"
               " rows = rows" MB_OP("+") "$5::bigint WHERE backfill" MB_EQ
                                         "$1::bigint AND number" MB_EQ "$2::int"
                                         " AND NOT done"
               " RETURNING (SELECT b.table_id FROM $S.backfills b WHERE b.id" MB_EQ "$1::bigint),"
               " " MB_TARGET_ID("pg_catalog.to_regclass($6)::pg_catalog.oid",
                                "(SELECT b.key FROM $S.backfills b"
                                " WHERE b.id" MB_EQ "$1::bigint)")
               ", " OF_TABLE("c.relhasrules") ", " OF_TABLE(MB_MAY_REFUSE),
               5, own, err))
        return false;
    *stale = mb_result_rows(res) == 1 && is_stale(&worker->target, res);
    ok = mb_result_rows(res) == 1
             ? mb_identity_check_table(worker, value_or_null(res, 0), mb_result_value(res, 0, 1),
                                       err)
             : refuse_chunk(worker, to->number, err);
    mb_result_free(res);
    return ok;
}

/* ---- rows set aside ---- */

bool mb_reject_add(mb_worker *worker, const char *key, const char *why, mb_error *err)
{
    const mb_param own[] = {mb_array_param(key), mb_history_text(why)};

    return query(NULL, worker,
                 "INSERT INTO $S.rejects (backfill, key, error) VALUES ($1::bigint, $2, $3)"
                 " ON CONFLICT (backfill, key) DO UPDATE SET error = excluded.error,"
                 " at = pg_catalog.clock_timestamp()",
                 2, own, err);
}

bool mb_reject_drop(mb_worker *worker, const char *key, mb_error *err)
{
    const mb_param own[] = {mb_array_param(key)};

    return query(NULL, worker,
                 "DELETE FROM $S.rejects WHERE backfill" MB_EQ "$1::bigint AND key" MB_EQ "$2", 1,
                 own, err);
}

bool mb_rejects_count(int64_t *open, int64_t *accepted, mb_worker *worker, mb_error *err)
{
    mb_result *res;

    if (!query(&res, worker,
               "SELECT pg_catalog.count(*) FILTER (WHERE NOT accepted), pg_catalog.count(*) FILTER "
               "(WHERE accepted)"
               " FROM $S.rejects WHERE backfill" MB_EQ "$1::bigint",
               0, NULL, err))
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
    return query(out, worker,
                 "SELECT key FROM $S.rejects WHERE backfill" MB_EQ "$1::bigint AND NOT accepted"
                 " ORDER BY at",
                 0, NULL, err);
}

/* ---- progress and end ---- */

bool mb_worker_progress(mb_backfill_progress *out, mb_worker *worker, mb_error *err)
{
    mb_result *res;

    if (!query(&res, worker,
               "SELECT pg_catalog.sum(c.rows), " MB_FRACTION(
                   "a.n") " FROM $S.backfills b JOIN $S.chunks c ON c.backfill" MB_EQ "b.id,"
                          " LATERAL (SELECT pg_catalog.count(*) AS n FROM $S.chunks WHERE "
                          "backfill" MB_EQ "b.id) a"
                          " WHERE b.id" MB_EQ "$1::bigint",
               0, NULL, err))
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
    mb_result *res;

    if (query(&res, worker, "SELECT state FROM $S.backfills WHERE id" MB_EQ "$1::bigint", 0, NULL,
              err)) {
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
    char count[MB_NUMBER_SIZE];
    const mb_param own[] = {
        mb_history_text(mb_part_state_name(state)),
        mb_history_text(remaining < 0 ? NULL : mb_number_text(count, remaining)),
        mb_history_text(error)};
    mb_result *res;
    bool one;

    if (!query(&res, worker,
               "UPDATE $S.backfills SET state = $2, remaining = $3::bigint, error = $4,"
               " ended_at = pg_catalog.clock_timestamp() WHERE id" MB_EQ
               "$1::bigint AND state" MB_EQ "'running'",
               3, own, err))
        return false;
    one = mb_result_affected(res) == 1;
    mb_result_free(res);
    return one || ask_who_stopped(worker, err);
}

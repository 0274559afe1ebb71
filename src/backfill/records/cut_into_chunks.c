/* cut_into_chunks.c -- a table is cut into chunks, on which several processes can work at once. */
#include "cut_into_chunks.h"
#include "query.h"

#include "moonbird/sql/quote.h"

#include <stdio.h>

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
    ok = mb_backfill_send(NULL, worker, sql.data, 0, NULL, err);
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
    ok = mb_backfill_send(NULL, worker, sql.data, 1, own, err) && count_rows(worker, err);
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
    ok = mb_backfill_send(NULL, worker, sql.data, 2, own, err);
    mb_buf_free(&sql);
    return ok;
}

bool mb_chunks_cut(mb_worker *worker, mb_error *err)
{
    if (worker->target.n_key == 0)
        return true;
    return mb_worker_begin_settings(worker, err) &&
           (worker->target.estimate > EXACT_MOST ? cut_by_sample(worker, err)
                                                 : cut_exactly(worker, err)) &&
           mb_worker_end_settings(worker, err);
}

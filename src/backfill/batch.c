/*
 * batch.c -- one batch: changes a page of a chunk and records the key reached, in one transaction.
 */
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"
#include "backfill/records/records.h"
#include "worker.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

enum { LOCK_TIMEOUT_MS = 1000 };

typedef struct batch {
    mb_worker *worker;
    mb_backfill_chunk chunk;
    mb_result *page; /* the rows for a script's function; NULL: the batch is one UPDATE */
    char *reached;   /* the last key of the page; NULL: the page is empty */
    bool last;       /* the chunk has no row after the page */
    int64_t rows;
    int64_t refused; /* rows that an UPDATE should have changed and did not */
    size_t bytes;    /* the size of the page */
    int64_t since;
    bool hook_failed; /* a hook caused the error, not a row */
} batch;

/* ---- the transaction ---- */

/* A short lock_timeout, because other sessions queue behind a backfill that waits for a lock. */
static bool limit_locks(mb_worker *worker, mb_error *err)
{
    int ms = mb_lock_timeout(worker->run, worker->source);
    char *sql = mb_format("SET LOCAL lock_timeout = %d",
                          ms > 0 && ms < LOCK_TIMEOUT_MS ? ms : LOCK_TIMEOUT_MS);
    bool ok = mb_conn_exec(NULL, worker->run->conn, sql, err);

    free(sql);
    return ok;
}

static bool begin(mb_worker *worker, mb_error *err)
{
    return mb_owner_begin(worker->run, worker->source, NULL, err) &&
           mb_tx_limits(worker->run, worker->source, err) && limit_locks(worker, err);
}

/* Records the files that the script's function has loaded in this process. */
static bool commit(mb_worker *worker, mb_error *err)
{
    size_t loaded = worker->loaded;

    if (!mb_run_record_loaded(worker->run, worker->source, &loaded, err) ||
        !mb_tx_commit(worker->run, err))
        return false;
    worker->loaded = loaded;
    return true;
}

/* ---- hooks ---- */

static bool call_hook(batch *b, mb_hook_event event, int64_t rows, mb_error *err)
{
    const mb_worker *worker = b->worker;
    const mb_call_batch facts = {worker->b->name, b->chunk.number, rows};

    b->hook_failed = !mb_hook_batch(worker->run, event, worker->source, &facts, b->since, err);
    return !b->hook_failed;
}

/* Settings that the hook makes stay in effect for the batch. */
static bool before_batch(batch *b, mb_error *err)
{
    mb_worker *worker = b->worker;

    b->since = mb_now_us();
    return mb_worker_begin_settings(worker, err) && call_hook(b, MB_BEFORE_BATCH, MB_UNSET, err) &&
           (!mb_hook_is_there(worker->run, MB_BEFORE_BATCH) || mb_worker_read_timeout(worker, err));
}

/* Resets what settings, the script or before_batch set, before the hook after_batch, and after. */
static bool after_batch(batch *b, mb_error *err)
{
    const mb_run *run = b->worker->run;
    bool hooked = mb_hook_is_there(run, MB_AFTER_BATCH);
    bool reset = !b->worker->b->set || mb_hook_is_there(run, MB_BEFORE_BATCH) ||
                 b->worker->b->n_settings > 0 || mb_conn_pooled(run->conn);

    return (!reset || mb_tx_reset(run, b->worker->source, err)) &&
           (!hooked || (limit_locks(b->worker, err) && call_hook(b, MB_AFTER_BATCH, b->rows, err) &&
                        mb_tx_reset(run, b->worker->source, err)));
}

/* An error in SQL of the declaration shows the whole statement, which has no place in the file. */
static bool query(mb_result **out, batch *b, const mb_buf *sql, const char *high, size_t limit,
                  mb_error *err)
{
    char number[MB_NUMBER_SIZE];
    const mb_param params[] = {mb_array_param(b->chunk.from), mb_array_param(high),
                               mb_history_text(mb_number_text(number, (int64_t)limit))};
    const mb_stmt stmt = {.sql = mb_buf_str(sql), .len = sql->len, .line = 1, .column = 1};

    if (mb_conn_query(out, b->worker->run->conn, mb_buf_str(sql), limit ? 3 : 2, params, err))
        return true;
    if (err->code == MB_ERR_SQL && err->position) {
        mb_sql_fail(err, "", &stmt);
        err->line = err->column = 0;
    }
    return false;
}

/* A newline follows the declared condition, so that a comment at its end does not hide the rest. */
static void add_where(mb_buf *sql, const batch *b)
{
    mb_buf_puts(sql, " WHERE ");
    mb_add_range(sql, &b->worker->target, "", b->chunk.from != NULL);
    if (b->worker->b->where)
        mb_buf_printf(sql, " AND (%s\n)", b->worker->b->where);
}

/* ---- in SQL ---- */

/* Selects the keys of the rows that are to be changed, in order. */
static void put_keys(mb_buf *sql, batch *b)
{
    mb_buf_puts(sql, "SELECT ");
    mb_add_key(sql, &b->worker->target);
    mb_buf_printf(sql, " FROM %s", b->worker->target.sql_name);
    add_where(sql, b);
    mb_buf_puts(sql, " ORDER BY");
    mb_add_order(sql, &b->worker->target, "");
}

/* Finds the last key of the page.  Fewer rows than a page has are the rest of the chunk. */
static bool find_end(batch *b, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    put_keys(&sql, b);
    mb_buf_puts(&sql, " OFFSET $3::bigint" MB_OP("-") "1 LIMIT 1");
    ok = query(&res, b, &sql, b->chunk.high, b->worker->rows, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    b->last = mb_result_rows(res) == 0;
    b->reached = mb_strdup(b->last ? b->chunk.high : mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

/* Counts the rows that are to be changed, since rules, triggers or row security may skip some. */
static bool count_wanted(int64_t *out, batch *b, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_printf(&sql, "SELECT pg_catalog.count(*) FROM %s", b->worker->target.sql_name);
    add_where(&sql, b);
    ok = query(&res, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    *out = mb_result_int(res, 0, 0);
    mb_result_free(res);
    return true;
}

/* Locks the rows that are to be changed, so that only this transaction can move one of them. */
static bool lock_page(int64_t *wanted, batch *b, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    put_keys(&sql, b);
    mb_buf_puts(&sql, " FOR NO KEY UPDATE");
    ok = query(&b->page, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    *wanted = ok ? (int64_t)mb_result_rows(b->page) : 0;
    return ok;
}

static bool see_wanted(int64_t *wanted, batch *b, mb_error *err)
{
    const mb_target *t = &b->worker->target;

    *wanted = 0;
    return t->has_rules ? lock_page(wanted, b, err)
                        : !t->may_refuse || count_wanted(wanted, b, err);
}

static bool check_page(const batch *b, mb_error *err)
{
    return mb_key_check_page(b->worker, b->page, b->chunk.from, b->reached, err);
}

static bool run_set(batch *b, mb_error *err)
{
    const mb_target *t = &b->worker->target;
    mb_buf sql = {0};
    int64_t wanted;
    mb_result *res;
    bool ok;

    if (!find_end(b, err) || !see_wanted(&wanted, b, err))
        return false;
    mb_buf_printf(&sql, "UPDATE %s SET %s\n", t->sql_name, b->worker->b->set);
    add_where(&sql, b);
    mb_key_watch(&sql, b->worker, "", b->chunk.from != NULL);
    ok = query(&res, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    ok = mb_key_check(&b->rows, b->worker, res, err) &&
         (!t->has_rules || check_page(b, err));
    mb_result_free(res);
    b->refused = wanted > b->rows ? wanted - b->rows : 0;
    return ok;
}

/* ---- by a script ---- */

static void add_column(mb_buf *sql, const char *name)
{
    mb_buf_puts(sql, ", ");
    mb_quote_identifier(sql, name);
}

static bool is_listed(const mb_backfill *b, const char *name)
{
    for (size_t i = 0; i < b->n_columns; i++)
        if (strcmp(b->columns[i], name) == 0)
            return true;
    return false;
}

/* The key as column 0, and the columns that the script asks for; all of them if it names none. */
static void add_columns(mb_buf *sql, const mb_worker *worker)
{
    const mb_target *t = &worker->target;
    const mb_backfill *b = worker->b;

    for (size_t i = 0; i < (b->n_columns ? 0 : t->n_fields); i++)
        add_column(sql, t->fields[i].name);
    for (size_t i = 0; i < b->n_columns; i++)
        add_column(sql, b->columns[i]);
    for (size_t i = 0; i < (b->n_columns ? t->n_key : 0); i++)
        if (!is_listed(b, t->key[i]->name))
            add_column(sql, t->key[i]->name);
}

static void add_key_columns(mb_buf *sql, const mb_target *t)
{
    mb_buf_putc(sql, ',');
    mb_add_order(sql, t, "");
}

static void add_page_columns(mb_buf *sql, const batch *b)
{
    mb_add_key(sql, &b->worker->target);
    if (b->worker->b->script.each)
        add_columns(sql, b->worker);
    else
        add_key_columns(sql, &b->worker->target);
}

/* The page's rows are locked, so that no row changes between the script's read and the UPDATE. */
static void add_page(mb_buf *sql, const batch *b)
{
    mb_buf_puts(sql, "SELECT ");
    add_page_columns(sql, b);
    mb_buf_printf(sql, " FROM %s", b->worker->target.sql_name);
    add_where(sql, b);
    mb_buf_puts(sql, " ORDER BY");
    mb_add_order(sql, &b->worker->target, "");
    mb_buf_puts(sql, b->worker->b->script.each ? " LIMIT $3::bigint FOR NO KEY UPDATE"
                                               : " LIMIT $3::bigint");
}

/*
 * Locks the page by an UPDATE that changes nothing, and reads it: Citus cannot lock the rows of a
 * distributed table in another way.
 */
static void add_page_by_update(mb_buf *sql, const batch *b)
{
    const mb_target *t = &b->worker->target;
    const char *last = t->key[t->n_key - 1]->name;

    mb_buf_printf(sql, "WITH mb_page AS (UPDATE %s SET ", t->sql_name);
    mb_quote_identifier(sql, last);
    mb_buf_puts(sql, " = ");
    mb_quote_identifier(sql, last);
    add_where(sql, b);
    mb_buf_puts(sql, " RETURNING ");
    add_page_columns(sql, b);
    mb_buf_puts(sql, ") SELECT * FROM mb_page ORDER BY");
    mb_add_order(sql, t, "");
}

static size_t bytes_of(const mb_result *page)
{
    size_t bytes = 0;

    for (size_t row = 0; row < mb_result_rows(page); row++)
        for (size_t i = 0; i < mb_result_columns(page); i++)
            bytes += mb_result_length(page, row, i);
    return bytes;
}

static bool read_locked(batch *b, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    add_page(&sql, b);
    ok = query(&b->page, b, &sql, b->chunk.high, b->worker->rows, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    b->last = mb_result_rows(b->page) < b->worker->rows;
    if (mb_result_rows(b->page))
        b->reached = mb_strdup(mb_result_value(b->page, mb_result_rows(b->page) - 1, 0));
    return true;
}

static bool read_updated(batch *b, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    if (!find_end(b, err))
        return false;
    add_page_by_update(&sql, b);
    ok = query(&b->page, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    return ok;
}

static bool read_page(batch *b, mb_error *err)
{
    bool by_update = b->worker->target.distributed && b->worker->b->script.each;

    if (!(by_update ? read_updated(b, err) : read_locked(b, err)))
        return false;
    b->rows = (int64_t)mb_result_rows(b->page);
    b->bytes = bytes_of(b->page);
    return true;
}

static bool run_rows(batch *b, size_t first, size_t n, mb_error *err)
{
    const mb_backfill_script *script = &b->worker->b->script;
    mb_changes *changes = mb_changes_new(&b->worker->target, first, n);
    bool ok = script->each(script->self, b->page, first, n, changes, err) &&
              mb_changes_apply(changes, b->worker, b->page, b->chunk.from, b->reached, err);

    if (ok)
        b->refused += mb_changes_refused(changes);
    mb_changes_free(changes);
    return ok;
}

/* True when the row caused the error.  Otherwise the batch is tried again, or the run ends. */
static bool is_caused_by_row(const batch *b, const mb_error *err)
{
    return !b->hook_failed &&
           (err->code == MB_ERR_SQL || err->code == MB_ERR_SCRIPT || err->code == MB_ERR_USAGE ||
            err->code == MB_ERR_FAILED) &&
           !mb_worker_is_conflict(b->worker, err) && !mb_worker_is_cancelled(b->worker, err) &&
           mb_conn_tx(b->worker->run->conn) != MB_TX_LOST;
}

/* Runs one row in a savepoint, and sets it aside if it fails. */
static bool run_row_carefully(batch *b, size_t row, mb_error *err)
{
    mb_conn *conn = b->worker->run->conn;
    mb_error why;

    if (!mb_conn_exec(NULL, conn, "SAVEPOINT mb_row", err))
        return false;
    if (run_rows(b, row, 1, &why))
        return mb_conn_exec(NULL, conn, "RELEASE SAVEPOINT mb_row", err);
    if (!is_caused_by_row(b, &why)) {
        *err = why;
        return false;
    }
    return mb_conn_exec(NULL, conn, "ROLLBACK TO SAVEPOINT mb_row; RELEASE SAVEPOINT mb_row",
                        err) &&
           mb_reject_add(b->worker, mb_result_value(b->page, row, 0), why.message, err);
}

static bool run_carefully(batch *b, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < mb_result_rows(b->page); i++)
        ok = run_row_carefully(b, i, err);
    return ok;
}

static bool count_keys(const batch *b, mb_key_rows *out, mb_error *err)
{
    return mb_key_count(out, b->worker->run->conn, &b->worker->target, b->chunk.from, b->reached,
                        err);
}

/*
 * A function that changes keys does it in every batch, so only the first of each process is
 * checked.  The rows that a function deletes from a distributed table are not counted here, so
 * they could not be told from rows with another key.
 */
static bool are_keys_counted(const batch *b)
{
    return b->worker->processed == 0 && !b->worker->target.distributed;
}

static bool run_function(batch *b, mb_error *err)
{
    const mb_backfill_script *script = &b->worker->b->script;
    mb_key_rows before, after;
    int64_t gone;

    if (!are_keys_counted(b))
        return script->batch(script->self, b->page, &b->rows, err);
    if (!count_keys(b, &before, err) || !script->batch(script->self, b->page, &b->rows, err) ||
        !count_keys(b, &after, err))
        return false;
    gone = before.inside - after.inside - (after.deleted - before.deleted);
    return gone <= 0 || mb_key_fail(&b->worker->target, b->worker->b->name, gone, err);
}

/* Each UPDATE of the core is checked, but not on a table with rules. */
static bool run_each(batch *b, bool carefully, mb_error *err)
{
    if (!(carefully ? run_carefully(b, err) : run_rows(b, 0, (size_t)b->rows, err)))
        return false;
    return (!are_keys_counted(b) && !b->worker->target.has_rules) || check_page(b, err);
}

static bool run_script(batch *b, bool carefully, mb_error *err)
{
    if (!read_page(b, err))
        return false;
    if (b->rows == 0)
        return true;
    return b->worker->b->script.batch ? run_function(b, err) : run_each(b, carefully, err);
}

/* ---- one batch ---- */

static bool decide(batch *b, mb_batch_result *out, mb_error *err)
{
    mb_part_state state = b->chunk.state;

    b->worker->paused = b->chunk.paused;
    *out = MB_BATCH_DONE;
    if (state == MB_PART_RUNNING && b->chunk.number)
        return true;
    *out = state == MB_PART_DONE || (state != MB_PART_GONE && !b->chunk.left) ? MB_BATCH_FINISHED
                                                                              : MB_BATCH_WAIT;
    return *out == MB_BATCH_FINISHED || state == MB_PART_RUNNING ||
           mb_backfill_fail_stopped(b->worker, state, err);
}

static bool process(batch *b, bool carefully, mb_batch_result *out, mb_error *err)
{
    mb_backfill_advance to;
    bool stale;

    b->worker->chunk = b->chunk.number;
    if (!before_batch(b, err) ||
        !(b->worker->b->set ? run_set(b, err) : run_script(b, carefully, err)) ||
        !after_batch(b, err))
        return false;
    to = (mb_backfill_advance){b->chunk.number, b->reached, b->last, b->rows};
    if (!mb_backfill_chunk_advance(&stale, b->worker, &to, err))
        return false;
    if (stale) {
        *out = MB_BATCH_STALE;
        return true;
    }
    if (!commit(b->worker, err))
        return false;
    b->worker->processed += b->rows;
    b->worker->refused += b->refused;
    mb_report_batch(b->worker->run->reporter, b->worker->source,
                    &(mb_call_batch){b->worker->b->name, b->chunk.number, b->rows},
                    mb_now_us() - b->since);
    mb_worker_choose_next(b->worker, mb_now_us() - b->since, b->rows, b->bytes, b->last);
    return true;
}

/* *by_row: one of the rows caused the error. */
static bool try_batch(mb_worker *worker, bool carefully, mb_batch_result *out, bool *by_row,
                      mb_error *err)
{
    batch b = {.worker = worker};
    bool ok = begin(worker, err) && mb_backfill_chunk_claim(&b.chunk, worker, err) &&
              decide(&b, out, err) && (*out != MB_BATCH_DONE || process(&b, carefully, out, err));

    *by_row = !ok && is_caused_by_row(&b, err);
    if (!ok || *out != MB_BATCH_DONE)
        mb_conn_rollback(worker->run->conn);
    mb_backfill_chunk_free(&b.chunk);
    mb_result_free(b.page);
    free(b.reached);
    return ok;
}

bool mb_worker_batch(mb_worker *worker, mb_batch_result *out, mb_error *err)
{
    bool by_row;

    return try_batch(worker, false, out, &by_row, err) ||
           (worker->b->record_errors && by_row && try_batch(worker, true, out, &by_row, err));
}

/* ---- a row that was set aside ---- */

static bool read_row(batch *b, const char *key, mb_error *err)
{
    const mb_param params[] = {mb_array_param(key)};
    const mb_target *t = &b->worker->target;
    mb_buf sql = {0};
    bool ok;

    mb_buf_puts(&sql, "SELECT ");
    mb_add_key(&sql, t);
    add_columns(&sql, b->worker);
    mb_buf_printf(&sql, " FROM %s WHERE ", t->sql_name);
    mb_add_equal(&sql, t);
    mb_buf_puts(&sql, " FOR NO KEY UPDATE");
    ok = mb_conn_query(&b->page, b->worker->run->conn, sql.data, 1, params, err);
    mb_buf_free(&sql);
    return ok;
}

/* The row may have been deleted since it was set aside. */
static bool run_row(batch *b, const char *key, mb_error *err)
{
    if (!read_row(b, key, err))
        return false;
    b->rows = (int64_t)mb_result_rows(b->page);
    b->reached = mb_strdup(key);
    return b->rows == 0 || run_rows(b, 0, 1, err);
}

static bool retry(batch *b, const char *key, mb_error *err)
{
    return before_batch(b, err) && run_row(b, key, err) && after_batch(b, err) &&
           mb_reject_drop(b->worker, key, err) && commit(b->worker, err);
}

static bool record_again(mb_worker *worker, const char *key, const mb_error *why, mb_error *err)
{
    return mb_tx_begin(worker->run, NULL, err) && mb_reject_add(worker, key, why->message, err) &&
           mb_tx_commit(worker->run, err);
}

bool mb_worker_retry(mb_worker *worker, const char *key, mb_retry_result *out, mb_error *err)
{
    batch b = {.worker = worker};
    mb_error why;
    bool ok = begin(worker, &why) && retry(&b, key, &why);

    *out = !ok ? MB_RETRY_FAILED : b.rows == 0 ? MB_RETRY_GONE : MB_RETRY_DONE;
    worker->refused += ok ? b.refused : 0;
    if (!ok) {
        mb_conn_rollback(worker->run->conn);
        if (is_caused_by_row(&b, &why))
            ok = record_again(worker, key, &why, err);
        else
            *err = why;
    }
    mb_result_free(b.page);
    free(b.reached);
    return ok;
}

/* page.c -- the SQL that finds, locks and reads a page: the rows of a batch. */
#include "parts.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"
#include "moonbird/sql/quote.h"

#include <string.h>

static bool query(mb_result **out, mb_batch *b, const mb_buf *sql, size_t n, const mb_param *params,
                  mb_error *err)
{
    const mb_stmt stmt = {.sql = mb_buf_str(sql), .len = sql->len, .line = 1, .column = 1};

    if (mb_conn_query(out, b->worker->run->conn, mb_buf_str(sql), n, params, err))
        return true;
    if (err->code == MB_ERR_SQL && err->position) {
        mb_sql_fail(err, "", &stmt);
        err->line = err->column = 0;
    }
    return false;
}

bool mb_page_query(mb_result **out, mb_batch *b, const mb_buf *sql, const char *high, size_t limit,
                   mb_error *err)
{
    char number[MB_NUMBER_SIZE];
    const mb_param params[] = {mb_array_param(b->chunk.from), mb_array_param(high),
                               mb_history_text(mb_number_text(number, (int64_t)limit))};

    return query(out, b, sql, limit ? 3 : 2, params, err);
}

/* A newline follows the declared condition, so that a comment at its end does not hide the rest. */
static void add_condition(mb_buf *sql, const mb_batch *b)
{
    if (b->worker->b->where)
        mb_buf_printf(sql, " AND (%s\n)", b->worker->b->where);
}

void mb_page_add_where(mb_buf *sql, const mb_batch *b)
{
    mb_buf_puts(sql, " WHERE ");
    mb_add_range(sql, &b->worker->target, "", b->chunk.from != NULL);
    add_condition(sql, b);
}

/* Selects the keys of the rows that are to be changed, in order. */
static void put_keys(mb_buf *sql, mb_batch *b)
{
    mb_buf_puts(sql, "SELECT ");
    mb_add_key(sql, &b->worker->target);
    mb_buf_printf(sql, " FROM %s", b->worker->target.sql_name);
    mb_page_add_where(sql, b);
    mb_buf_puts(sql, " ORDER BY");
    mb_add_order(sql, &b->worker->target, "");
}

/* Finds the last key of the page.  Fewer rows than a page has are the rest of the chunk. */
bool mb_page_find_end(mb_batch *b, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    put_keys(&sql, b);
    mb_buf_puts(&sql, " OFFSET $3::bigint" MB_OP("-") "1 LIMIT 1");
    ok = mb_page_query(&res, b, &sql, b->chunk.high, b->worker->rows, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    b->last = mb_result_rows(res) == 0;
    b->reached = mb_strdup(b->last ? b->chunk.high : mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

/* Counts the rows that are to be changed, since rules, triggers or row security may skip some. */
static bool count_wanted(int64_t *out, mb_batch *b, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_printf(&sql, "SELECT pg_catalog.count(*) FROM %s", b->worker->target.sql_name);
    mb_page_add_where(&sql, b);
    ok = mb_page_query(&res, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    *out = mb_result_int(res, 0, 0);
    mb_result_free(res);
    return true;
}

/* Locks the rows that are to be changed, so that only this transaction can move one of them. */
static bool lock_page(int64_t *wanted, mb_batch *b, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    put_keys(&sql, b);
    mb_buf_puts(&sql, " FOR NO KEY UPDATE");
    ok = mb_page_query(&b->page, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    *wanted = ok ? (int64_t)mb_result_rows(b->page) : 0;
    return ok;
}

bool mb_page_count(int64_t *wanted, mb_batch *b, mb_error *err)
{
    const mb_target *t = &b->worker->target;

    *wanted = 0;
    return t->has_rules ? lock_page(wanted, b, err)
                        : !t->may_refuse || count_wanted(wanted, b, err);
}

mb_key_range mb_page_range(const mb_batch *b)
{
    return (mb_key_range){b->chunk.from, b->reached};
}

bool mb_page_check(const mb_batch *b, mb_error *err)
{
    return mb_key_check_page(b->worker, b->page, mb_page_range(b), err);
}

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

static void add_page_columns(mb_buf *sql, const mb_batch *b)
{
    mb_add_key(sql, &b->worker->target);
    if (b->worker->b->script.each)
        add_columns(sql, b->worker);
    else
        add_key_columns(sql, &b->worker->target);
}

/* The page's rows are locked, so that no row changes between the script's read and the UPDATE. */
static void add_page(mb_buf *sql, const mb_batch *b)
{
    mb_buf_puts(sql, "SELECT ");
    add_page_columns(sql, b);
    mb_buf_printf(sql, " FROM %s", b->worker->target.sql_name);
    mb_page_add_where(sql, b);
    mb_buf_puts(sql, " ORDER BY");
    mb_add_order(sql, &b->worker->target, "");
    mb_buf_puts(sql, b->worker->b->script.each ? " LIMIT $3::bigint FOR NO KEY UPDATE"
                                               : " LIMIT $3::bigint");
}

/*
 * Locks the page by an UPDATE that changes nothing, and reads it: Citus cannot lock the rows of a
 * distributed table in another way.
 */
static void add_page_by_update(mb_buf *sql, const mb_batch *b)
{
    const mb_target *t = &b->worker->target;
    const char *last = t->key[t->n_key - 1]->name;

    mb_buf_printf(sql, "WITH mb_page AS (UPDATE %s SET ", t->sql_name);
    mb_quote_identifier(sql, last);
    mb_buf_puts(sql, " = ");
    mb_quote_identifier(sql, last);
    mb_page_add_where(sql, b);
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

static bool read_locked(mb_batch *b, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    add_page(&sql, b);
    ok = mb_page_query(&b->page, b, &sql, b->chunk.high, b->worker->rows, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    b->last = mb_result_rows(b->page) < b->worker->rows;
    if (mb_result_rows(b->page))
        b->reached = mb_strdup(mb_result_value(b->page, mb_result_rows(b->page) - 1, 0));
    return true;
}

static bool read_updated(mb_batch *b, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    if (!mb_page_find_end(b, err))
        return false;
    add_page_by_update(&sql, b);
    ok = mb_page_query(&b->page, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    return ok;
}

bool mb_page_read(mb_batch *b, mb_error *err)
{
    bool by_update = b->worker->target.distributed && b->worker->b->script.each;

    if (!(by_update ? read_updated(b, err) : read_locked(b, err)))
        return false;
    b->rows = (int64_t)mb_result_rows(b->page);
    b->bytes = bytes_of(b->page);
    return true;
}

/* Selects the one row with the key, if it matches the condition. */
static bool select_row(mb_batch *b, const char *key, mb_error *err)
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
    add_condition(&sql, b);
    mb_buf_puts(&sql, " FOR NO KEY UPDATE");
    ok = query(&b->page, b, &sql, 1, params, err);
    mb_buf_free(&sql);
    return ok;
}

static bool has_row(bool *out, const mb_batch *b, const char *key, mb_error *err)
{
    const mb_param params[] = {mb_array_param(key)};
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_printf(&sql, "SELECT FROM %s WHERE ", b->worker->target.sql_name);
    mb_add_equal(&sql, &b->worker->target);
    ok = mb_conn_query(&res, b->worker->run->conn, sql.data, 1, params, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    *out = mb_result_rows(res) > 0;
    mb_result_free(res);
    return true;
}

bool mb_page_read_row(bool *exists, mb_batch *b, const char *key, mb_error *err)
{
    if (!select_row(b, key, err))
        return false;
    *exists = mb_result_rows(b->page) > 0;
    return *exists || !b->worker->b->where || has_row(exists, b, key, err);
}

/*
 * key.c -- the check that a batch does not change the key of a row.
 *
 * A row that leaves its batch's range of keys would be processed again in another batch.  So each
 * UPDATE that the core writes, and that can change a key, returns whether its rows are still in the
 * range.  For statements of a script, and for a table with rules, the rows in the range are
 * counted.  A batch that changes a key is rolled back.
 */
#include "moonbird/project/reporter.h"
#include "worker.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

bool mb_key_fail(const mb_target *t, const char *name, int64_t rows, mb_error *err)
{
    mb_fail(err, MB_ERR_FAILED, "backfill \"%s\" changes the key of %lld row%s of %s", name,
            (long long)rows, rows == 1 ? "" : "s", t->relation);
    mb_fail_detail(err, "Its key is %s. A row whose key changes would be processed again in a "
                        "later batch. The batch was rolled back.", t->key_text);
    return mb_fail_hint(err, "Do not change the key in the backfill or in a trigger, or set "
                             "\"key\" to the columns of a unique index that do not change.");
}

static bool is_in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (c & 0x80);
}

/* Does a column's name have one spelling only, apart from case and plain quotes? */
static bool is_plain(const char *name)
{
    enum { LONGEST = 62 }; /* the server shortens other names to one with 63 bytes */

    for (const char *c = name; *c; c++)
        if (!is_in_word(*c) || (*c & 0x80))
            return false;
    return strlen(name) <= LONGEST;
}

static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word))
        if ((at == text || !is_in_word(at[-1])) && !is_in_word(at[len]))
            return true;
    return false;
}

/*
 * Can the UPDATE change a key?  Not if nothing but the UPDATE changes columns, and its SET does not
 * contain the name of a column of the key.  The UPDATE for `each` never assigns to the key.  To ask
 * PostgreSQL about each row costs a tenth of a simple UPDATE.
 */
static bool may_change(const mb_worker *worker)
{
    const mb_target *t = &worker->target;
    const char *set = worker->b->set;

    if (t->may_refuse || (set && strcasestr(set, "u&")))
        return true;
    for (size_t i = 0; i < t->n_key; i++)
        if (t->key[i]->generated ||
            (set && (!is_plain(t->key[i]->name) || has_word(set, t->key[i]->name))))
            return true;
    return false;
}

/* PostgreSQL does not allow an UPDATE in WITH on a table with rules. */
static bool is_watched(const mb_worker *worker)
{
    return !worker->target.has_rules && may_change(worker);
}

void mb_key_watch(mb_buf *update, const mb_worker *worker, const char *row, bool above)
{
    char *sql;

    if (!is_watched(worker))
        return;
    mb_buf_puts(update, " RETURNING ");
    mb_add_range(update, &worker->target, row, above);
    sql = mb_format("WITH mb_finished (inside) AS (%s) SELECT pg_catalog.count(*),"
                    " pg_catalog.count(*) FILTER (WHERE NOT inside) FROM mb_finished",
                    mb_buf_str(update));
    mb_buf_free(update);
    mb_buf_puts(update, sql);
    free(sql);
}

bool mb_key_check(int64_t *rows, const mb_worker *worker, const mb_result *res, mb_error *err)
{
    bool watched = is_watched(worker);
    int64_t outside = watched ? mb_result_int(res, 0, 1) : 0;

    *rows = watched ? mb_result_int(res, 0, 0) : mb_result_affected(res);
    return outside == 0 || mb_key_fail(&worker->target, worker->b->name, outside, err);
}

void mb_key_match(mb_buf *sql, const mb_target *t, bool above)
{
    mb_buf_puts(sql, " WHERE ");
    for (size_t i = 0; i < t->n_key; i++) {
        mb_buf_puts(sql, "mb_row.");
        mb_quote_identifier(sql, t->key[i]->name);
        mb_buf_printf(sql, " OPERATOR(%s.=) mb_new.k%zu::%s AND ", t->key[i]->schema, i + 1,
                      t->key[i]->type);
    }
    mb_add_range(sql, t, "mb_row.", above);
}

/*
 * The rows of the table, and the rows that this transaction has deleted, from the statistics of the
 * table $3 and its partitions.
 */
static void add_counts(mb_buf *sql, const mb_target *t)
{
    mb_buf_printf(sql, "SELECT pg_catalog.count(*), (SELECT pg_catalog.sum("
                       "pg_catalog.pg_stat_get_xact_tuples_deleted(l.oid)) FROM"
                       " pg_catalog.pg_class l"
                       " WHERE l.oid" MB_EQ "pg_catalog.to_regclass($3) OR l.oid" MB_EQ
                       "ANY (ARRAY(SELECT p.relid FROM pg_catalog.pg_partition_tree("
                       "pg_catalog.to_regclass($3)) p))) FROM %s", t->sql_name);
}

static bool count(mb_key_rows *out, mb_conn *conn, mb_buf *sql, size_t n, const mb_param *params,
                  mb_error *err)
{
    mb_result *res;
    bool ok = mb_conn_query(&res, conn, sql->data, n, params, err);

    mb_buf_free(sql);
    if (!ok)
        return false;
    *out = (mb_key_rows){.inside = mb_result_int(res, 0, 0), .deleted = mb_result_int(res, 0, 1)};
    mb_result_free(res);
    return true;
}

bool mb_key_count(mb_key_rows *out, mb_conn *conn, const mb_target *t, mb_key_range range,
                  mb_error *err)
{
    const mb_param params[] = {mb_array_param(range.from), mb_array_param(range.high),
                               mb_history_text(t->sql_name)};
    mb_buf sql = {0};

    add_counts(&sql, t);
    mb_buf_puts(&sql, " WHERE ");
    mb_add_range(&sql, t, "", range.from != NULL);
    return count(out, conn, &sql, 3, params, err);
}

/* Counts only the rows whose keys are in column 0 of `page`. */
static bool count_page(mb_key_rows *out, mb_conn *conn, const mb_target *t, const mb_result *page,
                       mb_key_range range, mb_error *err)
{
    mb_param params[] = {
        mb_array_param(range.from), mb_array_param(range.high), mb_history_text(t->sql_name), {0}};
    mb_buf sql = {0}, keys = {0};
    bool ok;

    for (size_t row = 0; row < mb_result_rows(page); row++)
        mb_add_element(&keys, mb_result_value(page, row, 0), mb_result_length(page, row, 0));
    mb_buf_putc(&keys, '}');
    params[3] = mb_array_param(keys.data);
    add_counts(&sql, t);
    mb_buf_puts(&sql, " mb_row, (SELECT ");
    for (size_t i = 0; i < t->n_key; i++)
        mb_buf_printf(&sql, "%sk[%zu] AS k%zu", i ? ", " : "", i + 1, i + 1);
    mb_buf_puts(&sql, " FROM (SELECT u.k::pg_catalog.text[] AS k"
                      " FROM pg_catalog.unnest($4::pg_catalog.text[]) AS u(k)) keys) mb_new");
    mb_key_match(&sql, t, range.from != NULL);
    ok = count(out, conn, &sql, 4, params, err);
    mb_buf_free(&keys);
    return ok;
}

bool mb_key_check_page(const mb_worker *worker, const mb_result *page, mb_key_range range,
                       mb_error *err)
{
    const mb_target *t = &worker->target;
    mb_key_rows after;
    int64_t gone;

    if (!count_page(&after, worker->run->conn, t, page, range, err))
        return false;
    gone = (int64_t)mb_result_rows(page) - after.inside - after.deleted;
    return gone <= 0 || mb_key_fail(t, worker->b->name, gone, err);
}

/* key_sql.c -- SQL over the key of a backfill's table, and keys as text[]. */
#include "worker.h"

#include "moonbird/sql/quote.h"

#include <string.h>

/* ---- text[] ---- */

void mb_add_element(mb_buf *array, const char *data, size_t len)
{
    mb_buf_putc(array, array->len ? ',' : '{');
    if (!data) {
        mb_buf_puts(array, "NULL");
        return;
    }
    mb_quote_element(array, data, len);
}

mb_param mb_array_param(const char *text)
{
    enum { TEXT_ARRAY_OID = 1009 };

    return (mb_param){.data = text, .len = text ? strlen(text) : 0, .type = TEXT_ARRAY_OID};
}

mb_param mb_untyped_param(const char *text)
{
    return (mb_param){.data = text, .len = text ? strlen(text) : 0};
}

/* ---- SQL ---- */

void mb_add_key(mb_buf *sql, const mb_target *t)
{
    for (size_t i = 0; i < t->n_key; i++) {
        mb_buf_puts(sql, i ? ", " : "ARRAY[");
        mb_quote_identifier(sql, t->key[i]->name);
        mb_buf_puts(sql, "::pg_catalog.text");
    }
    mb_buf_putc(sql, ']');
}

void mb_add_order(mb_buf *sql, const mb_target *t, const char *direction)
{
    for (size_t i = 0; i < t->n_key; i++) {
        mb_buf_puts(sql, i ? ", " : " ");
        mb_quote_identifier(sql, t->key[i]->name);
        mb_buf_puts(sql, direction);
    }
}

static void add_operator(mb_buf *sql, const mb_field *field, const char *symbol)
{
    mb_buf_printf(sql, " OPERATOR(%s.%s) ", field->schema, symbol);
}

/* The first `n` columns of the key, in parentheses when there are several. */
static void add_columns(mb_buf *sql, const mb_target *t, size_t n, const char *row)
{
    for (size_t i = 0; i < n; i++) {
        mb_buf_puts(sql, i ? ", " : "(");
        mb_buf_puts(sql, row);
        mb_quote_identifier(sql, t->key[i]->name);
    }
    mb_buf_putc(sql, ')');
}

static void add_bound(mb_buf *sql, const mb_target *t, size_t n, int param)
{
    for (size_t i = 0; i < n; i++)
        mb_buf_printf(sql, "%s($%d)[%zu]::%s", i ? ", " : "(", param, i + 1, t->key[i]->type);
    mb_buf_putc(sql, ')');
}

/* A comparison of rows names one operator, so its columns must share the operators' schema. */
static bool share_operators(const mb_target *t)
{
    for (size_t i = 1; i < t->n_key; i++)
        if (strcmp(t->key[i]->schema, t->key[0]->schema) != 0)
            return false;
    return true;
}

static void add_one(mb_buf *sql, const mb_target *t, size_t i, const char *row, const char *symbol,
                    int param)
{
    mb_buf_puts(sql, row);
    mb_quote_identifier(sql, t->key[i]->name);
    add_operator(sql, t->key[i], symbol);
    mb_buf_printf(sql, "($%d)[%zu]::%s", param, i + 1, t->key[i]->type);
}

/* The comparison of rows, spelled out column by column. */
static void add_compared(mb_buf *sql, const mb_target *t, const char *row, const char *strictly,
                         const char *symbol, int param)
{
    for (size_t i = 0; i + 1 < t->n_key; i++) {
        mb_buf_putc(sql, '(');
        add_one(sql, t, i, row, strictly, param);
        mb_buf_puts(sql, " OR ");
        add_one(sql, t, i, row, "=", param);
        mb_buf_puts(sql, " AND ");
    }
    add_one(sql, t, t->n_key - 1, row, symbol, param);
    for (size_t i = 0; i + 1 < t->n_key; i++)
        mb_buf_putc(sql, ')');
}

/* Compares the first column alone too, from which the planner estimates how small the range is. */
static void add_side(mb_buf *sql, const mb_target *t, const char *row, const char *strictly,
                     const char *symbol, int param)
{
    if (share_operators(t)) {
        add_columns(sql, t, t->n_key, row);
        add_operator(sql, t->key[0], symbol);
        add_bound(sql, t, t->n_key, param);
    } else {
        add_compared(sql, t, row, strictly, symbol, param);
    }
    if (t->n_key == 1)
        return;
    mb_buf_puts(sql, " AND ");
    add_one(sql, t, 0, row, *strictly == '>' ? ">=" : "<=", param);
}

void mb_add_range(mb_buf *sql, const mb_target *t, const char *row, bool above)
{
    if (above) {
        add_side(sql, t, row, ">", ">", 1);
        mb_buf_puts(sql, " AND ");
    }
    add_side(sql, t, row, "<", "<=", 2);
}

void mb_add_equal(mb_buf *sql, const mb_target *t)
{
    for (size_t i = 0; i < t->n_key; i++) {
        mb_buf_puts(sql, i ? " AND " : "");
        add_one(sql, t, i, "", "=", 1);
    }
}

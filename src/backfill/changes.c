/* changes.c -- the new values that a script gives for a page's rows, as one UPDATE. */
#include "worker.h"

#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

typedef enum mb_cell_state { CELL_KEPT, CELL_NULL, CELL_SET } cell_state;

typedef struct cell {
    size_t at, len; /* of the value, in the text */
    cell_state state;
} cell;

typedef struct changed_column {
    const mb_field *field;
    cell *cells; /* one for each row */
    bool all;    /* every changed row has a new value here */
} changed_column;

struct mb_changes {
    const mb_target *target;
    size_t first, rows; /* the first row in the page, and the number of rows */
    changed_column *columns;
    size_t n;
    mb_buf text;
    int64_t refused;
};

mb_changes *mb_changes_new(const mb_target *target, size_t first, size_t rows)
{
    mb_changes *c = mb_alloc(sizeof *c);

    c->target = target;
    c->first = first;
    c->rows = rows;
    return c;
}

void mb_changes_free(mb_changes *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        free(c->columns[i].cells);
    free(c->columns);
    mb_buf_free(&c->text);
    free(c);
}

bool mb_changes_column(mb_changed_column *out, const mb_changes *c, const char *column,
                       mb_error *err)
{
    const mb_field *field = mb_target_field(c->target, column);

    if (!field)
        return mb_fail(err, MB_ERR_USAGE, "table %s has no column \"%s\"", c->target->relation,
                       column);
    *out = (mb_changed_column){.type = field->oid, .generated = field->generated_always};
    for (size_t i = 0; i < c->target->n_key; i++)
        out->key = out->key || c->target->key[i] == field;
    return true;
}

static changed_column *column_of(mb_changes *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->columns[i].field->name, name) == 0)
            return &c->columns[i];
    c->columns = mb_grow(c->columns, c->n, sizeof *c->columns);
    c->columns[c->n] = (changed_column){.field = mb_target_field(c->target, name),
                                        .cells = mb_alloc(c->rows * sizeof(cell))};
    return &c->columns[c->n++];
}

void mb_changes_put(mb_changes *c, size_t row, const char *column, const char *data, size_t len)
{
    cell *put = &column_of(c, column)->cells[row];

    put->state = data ? CELL_SET : CELL_NULL;
    put->at = c->text.len;
    put->len = len;
    if (data)
        mb_buf_add(&c->text, data, len);
}

static bool is_changed(const mb_changes *c, size_t row)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->columns[i].cells[row].state != CELL_KEPT)
            return true;
    return false;
}

static int64_t count_changed(const mb_changes *c)
{
    int64_t n = 0;

    for (size_t row = 0; row < c->rows; row++)
        n += is_changed(c, row);
    return n;
}

int64_t mb_changes_refused(const mb_changes *c)
{
    return c->refused;
}

static void check_for_gaps(mb_changes *c)
{
    for (size_t i = 0; i < c->n; i++)
        c->columns[i].all = true;
    for (size_t row = 0; row < c->rows; row++)
        for (size_t i = 0; is_changed(c, row) && i < c->n; i++)
            if (c->columns[i].cells[row].state == CELL_KEPT)
                c->columns[i].all = false;
}

static void add_set(mb_buf *sql, const mb_changes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const changed_column *column = &c->columns[i];

        mb_buf_puts(sql, i ? ", " : "");
        mb_quote_identifier(sql, column->field->name);
        if (column->all) {
            mb_buf_printf(sql, " = mb_new.c%zu::%s", i, column->field->type);
            continue;
        }
        mb_buf_printf(sql, " = CASE WHEN mb_new.s%zu THEN mb_new.c%zu::%s ELSE mb_row.", i, i,
                      column->field->type);
        mb_quote_identifier(sql, column->field->name);
        mb_buf_puts(sql, " END");
    }
}

/*
 * Parameters $1 and $2 are the range.  Then there is an array for each column of the key, and two
 * for each changed column: its values, and for each row whether the column is set.
 */
static size_t key_at(size_t i)
{
    return 2 + i;
}

static size_t values_at(const mb_changes *c, size_t i)
{
    return 2 + c->target->n_key + 2 * i;
}

static size_t count_params(const mb_changes *c)
{
    return values_at(c, c->n);
}

/*
 * The server converts a whole array at once, when it is a constant.  Citus needs that: it refuses
 * an UPDATE that converts the texts row by row.
 */
static void add_unnest(mb_buf *sql, const mb_field *field, size_t at)
{
    mb_buf_printf(sql, "pg_catalog.unnest($%zu::%s[])", at + 1,
                  field->unnests ? field->type : "pg_catalog.text");
}

static void add_names(mb_buf *sql, const mb_changes *c)
{
    for (size_t i = 0; i < c->target->n_key; i++)
        mb_buf_printf(sql, "%sk%zu", i ? ", " : "", i + 1);
    for (size_t i = 0; i < c->n; i++)
        mb_buf_printf(sql, ", c%zu, s%zu", i, i);
}

static void add_source(mb_buf *sql, const mb_changes *c)
{
    const mb_target *t = c->target;

    mb_buf_puts(sql, " FROM ROWS FROM (");
    for (size_t i = 0; i < t->n_key; i++) {
        mb_buf_puts(sql, i ? ", " : "");
        add_unnest(sql, t->key[i], key_at(i));
    }
    for (size_t i = 0; i < c->n; i++) {
        mb_buf_puts(sql, ", ");
        add_unnest(sql, c->columns[i].field, values_at(c, i));
        mb_buf_printf(sql, ", pg_catalog.unnest($%zu::boolean[])", values_at(c, i) + 2);
    }
    mb_buf_puts(sql, ") AS mb_new (");
    add_names(sql, c);
    mb_buf_putc(sql, ')');
}

/* The page has each column of the key by its name. */
static size_t column_of_page(const mb_result *page, const char *name)
{
    size_t i = 1;

    while (i < mb_result_columns(page) && strcmp(mb_result_name(page, i), name) != 0)
        i++;
    return i;
}

static void add_keys(mb_buf *arrays, const mb_changes *c, const mb_result *page)
{
    for (size_t i = 0; i < c->target->n_key; i++) {
        size_t column = column_of_page(page, c->target->key[i]->name);

        for (size_t row = 0; row < c->rows; row++)
            if (is_changed(c, row))
                mb_add_element(&arrays[key_at(i)], mb_result_value(page, c->first + row, column),
                               mb_result_length(page, c->first + row, column));
    }
}

/* An element of boolean[]. */
static void add_flag(mb_buf *array, bool flag)
{
    mb_buf_putc(array, array->len ? ',' : '{');
    mb_buf_putc(array, flag ? 't' : 'f');
}

static void add_values(mb_buf *arrays, const mb_changes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        for (size_t row = 0; row < c->rows; row++) {
            const cell *from = &c->columns[i].cells[row];
            const char *text = mb_buf_str(&c->text) + from->at;

            if (!is_changed(c, row))
                continue;
            mb_add_element(&arrays[values_at(c, i)], from->state == CELL_SET ? text : NULL,
                           from->len);
            add_flag(&arrays[values_at(c, i) + 1], from->state != CELL_KEPT);
        }
    }
}

static bool send(mb_changes *c, const mb_worker *worker, const char *sql, mb_buf *arrays,
                 mb_key_range range, mb_error *err)
{
    size_t n = count_params(c);
    mb_param *params = mb_alloc(n * sizeof *params);
    mb_result *res = NULL;
    int64_t done = 0;
    bool ok;

    params[0] = mb_array_param(range.from);
    params[1] = mb_array_param(range.high);
    for (size_t i = 2; i < n; i++) {
        mb_buf_putc(&arrays[i], '}');
        params[i] = mb_untyped_param(arrays[i].data);
    }
    ok = mb_conn_query(&res, worker->run->conn, sql, n, params, err) &&
         mb_key_check(&done, worker, res, err);
    c->refused = count_changed(c) - done;
    mb_result_free(res);
    free(params);
    return ok;
}

bool mb_changes_apply(mb_changes *c, const mb_worker *worker, const mb_result *page,
                      mb_key_range range, mb_error *err)
{
    mb_buf *arrays = mb_alloc(count_params(c) * sizeof *arrays), sql = {0};
    bool ok = true;

    add_keys(arrays, c, page);
    add_values(arrays, c);
    if (count_changed(c) > 0) {
        check_for_gaps(c);
        mb_buf_printf(&sql, "UPDATE %s AS mb_row SET ", c->target->sql_name);
        add_set(&sql, c);
        add_source(&sql, c);
        mb_key_match(&sql, c->target, range.from != NULL);
        mb_key_watch(&sql, worker, "mb_row.", range.from != NULL);
        ok = send(c, worker, sql.data, arrays, range, err);
    }
    for (size_t i = 0; i < count_params(c); i++)
        mb_buf_free(&arrays[i]);
    free(arrays);
    mb_buf_free(&sql);
    return ok;
}

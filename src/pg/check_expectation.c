#include "moonbird/pg/check_expectation.h"

#include "moonbird/base/decimal.h"
#include "moonbird/base/number.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/show.h"

#include <string.h>

enum {
    SHOWN_ROWS = 3,
    SHOWN_BYTES = 64 * 1024, /* so much of a cell is masked before it is cut */
    BOOLEAN_OID = 16,
};

/* A cell as one short line, without secrets. */
static void write_cell(char *out, size_t size, const mb_result *part, size_t row, size_t column)
{
    size_t len = mb_result_length(part, row, column);
    mb_buf masked = {0}, line = {0};

    if (mb_result_null(part, row, column)) {
        mb_format_into(out, size, "NULL");
        return;
    }
    mb_secret_mask(&masked, mb_result_value(part, row, column),
                   len < SHOWN_BYTES ? len : SHOWN_BYTES);
    mb_show(&line, mb_buf_str(&masked), masked.len, MB_SHOW_LINE);
    mb_format_into(out, size - 3, "%s", mb_buf_str(&line));
    if (strlen(out) < line.len)
        strcat(out, "...");
    mb_buf_free(&masked);
    mb_buf_free(&line);
}

static void show_row(mb_expected_answer *answer, const mb_result *part, size_t row)
{
    char cell[sizeof answer->cell];

    for (size_t i = 0; i < answer->columns; i++) {
        write_cell(cell, sizeof cell, part, row, i);
        mb_buf_printf(&answer->first, "%s%s = %s", i ? ", " : "\n", mb_result_name(part, i), cell);
    }
}

static bool is_number(const char *text)
{
    return *text && mb_number_length(text, strlen(text)) == strlen(text);
}

/* Keep the first cell as an expectation would write it. */
static void keep_value(mb_expected_answer *answer, const mb_result *part)
{
    char cell[sizeof answer->cell - 2];

    write_cell(cell, sizeof cell, part, 0, 0);
    if (mb_result_type(part, 0) == BOOLEAN_OID && *cell != 'N')
        mb_format_into(answer->cell, sizeof answer->cell, *cell == 't' ? "true" : "false");
    else if (mb_result_null(part, 0, 0) || is_number(cell))
        mb_format_into(answer->cell, sizeof answer->cell, "%s", cell);
    else
        mb_format_into(answer->cell, sizeof answer->cell, "'%s'", cell);
}

static bool is_equal(const mb_expectation *wanted, const mb_result *part)
{
    const char *cell = mb_result_value(part, 0, 0);
    mb_error too_long;
    int order;

    if (wanted->kind == MB_EXPECT_NULL || mb_result_null(part, 0, 0))
        return wanted->kind == MB_EXPECT_NULL && mb_result_null(part, 0, 0);
    switch (wanted->kind) {
    case MB_EXPECT_NUMBER:
        return is_number(cell) && mb_decimal_compare(&order, cell, wanted->value, &too_long) &&
               order == 0;
    case MB_EXPECT_BOOLEAN:
        return mb_result_type(part, 0) == BOOLEAN_OID && strcmp(cell, wanted->value) == 0;
    default:
        return strcmp(cell, wanted->value) == 0;
    }
}

void mb_expected_answer_add(mb_expected_answer *answer, const mb_result *part, bool first)
{
    if (!answer->wanted)
        return;
    if (first)
        answer->columns = mb_result_columns(part);
    for (size_t i = 0; i < mb_result_rows(part); i++) {
        if (answer->rows == 0 && answer->columns > 0 && answer->wanted->kind != MB_EXPECT_ROWS) {
            answer->equal = is_equal(answer->wanted, part);
            keep_value(answer, part);
        }
        if (answer->rows < SHOWN_ROWS)
            show_row(answer, part, i);
        answer->rows++;
    }
}

static bool is_value(const mb_expected_answer *answer)
{
    return answer->wanted->kind != MB_EXPECT_ROWS && answer->rows == 1 && answer->columns == 1;
}

static void add_rows(mb_buf *out, int64_t rows)
{
    if (rows == 0)
        mb_buf_puts(out, "no rows");
    else
        mb_buf_printf(out, "%lld row%s", (long long)rows, rows == 1 ? "" : "s");
}

static void describe(mb_buf *out, const mb_expected_answer *answer, int64_t rows)
{
    if (is_value(answer)) {
        mb_buf_puts(out, answer->cell);
        return;
    }
    add_rows(out, rows);
    if (answer->wanted->kind != MB_EXPECT_ROWS && answer->columns != 1)
        mb_buf_printf(out, " with %zu columns", answer->columns);
}

static bool fail(const mb_expected_answer *answer, int64_t rows, mb_error *err)
{
    mb_buf got = {0};

    if (answer->wanted->kind != MB_EXPECT_ROWS && answer->columns == 0) {
        mb_fail(err, MB_ERR_FAILED, "expected %s, but the statement returns no columns",
                answer->wanted->text);
        return mb_fail_hint(err, "Expect a number of rows, such as -- expect: 1 row. An INSERT, "
                                 "UPDATE or DELETE returns columns with RETURNING.");
    }
    describe(&got, answer, rows);
    mb_fail(err, MB_ERR_FAILED, "expected %s, but got %s", answer->wanted->text, mb_buf_str(&got));
    mb_buf_free(&got);
    if (answer->rows > 0 && !is_value(answer))
        mb_fail_detail(err, "The %s:%s", answer->rows > 1 ? "first rows" : "row",
                       mb_buf_str(&answer->first));
    return false;
}

bool mb_expected_answer_check(mb_expected_answer *answer, int64_t affected, mb_error *err)
{
    const mb_expectation *wanted = answer->wanted;
    int64_t rows = answer->columns ? answer->rows : affected;
    bool ok = !wanted || (wanted->kind == MB_EXPECT_ROWS ? rows == wanted->rows
                                                         : is_value(answer) && answer->equal) ||
              fail(answer, rows, err);

    mb_expected_answer_free(answer);
    return ok;
}

void mb_expected_answer_free(mb_expected_answer *answer)
{
    mb_buf_free(&answer->first);
}

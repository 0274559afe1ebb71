#include "moonbird/base/buf.h"
#include "moonbird/base/text_table.h"
#include "test.h"

#include <string.h>

enum { MOST = 12 };

/* Cells in order, rows of `columns`; a column whose name begins with > is aligned right. */
typedef struct table_case {
    const char *name;
    mb_table_style style;
    const char *columns[4];
    const char *cells[MOST];
    const char *want;
} table_case;

static const table_case cases[] = {
    {"as psql prints it", MB_TABLE_PSQL, {">id", "name"}, {"1", "a", "100", "bcdefg"},
     " id  |  name  \n"
     "-----+--------\n"
     "   1 | a\n"
     " 100 | bcdefg\n"
     "(2 rows)\n\n"},
    {"one row", MB_TABLE_PSQL, {"a"}, {"x"}, " a \n---\n x\n(1 row)\n\n"},
    {"no rows", MB_TABLE_PSQL, {"a", "bb"}, {0}, " a | bb \n---+----\n(0 rows)\n\n"},
    {"newlines", MB_TABLE_PSQL, {"a", "b"}, {"x\ny", "1\n2\n3"},
     " a | b \n"
     "---+---\n"
     " x+| 1+\n"
     " y | 2+\n"
     "   | 3\n"
     "(1 row)\n\n"},
    {"a newline at the end", MB_TABLE_PSQL, {"a"}, {"xy\n"}, " a  \n----\n xy+\n \n(1 row)\n\n"},
    {"control characters in a header", MB_TABLE_PSQL, {"a\x1b[2J\tb\n"}, {"\xe2\x80\xae"},
     " a\\x1B[2J\\tb\\n \n"
     "---------------\n"
     " \\u202E\n"
     "(1 row)\n\n"},
    {"control characters", MB_TABLE_PSQL, {"abcdefgh"}, {"\x1b[2J", "a\tb", "a\rb", "\xc2\x9b\x32J\xc2\xa0"},
     " abcdefgh  \n"
     "-----------\n"
     " \\x1B[2J\n"
     " a       b\n"
     " a\\rb\n"
     " \\u009B2J\xc2\xa0\n"
     "(4 rows)\n\n"},
    {"wide, combining and broken text", MB_TABLE_PSQL, {"a", "b"},
     {"\xe6\x9c\x88", "1", "e\xcc\x81", "2", "\xff", "3"},
     "  a   | b \n"
     "------+---\n"
     " \xe6\x9c\x88   | 1\n"
     " e\xcc\x81    | 2\n"
     " \\xFF | 3\n"
     "(3 rows)\n\n"},
    {"expanded, as psql prints it", MB_TABLE_EXPANDED, {">n", "text"}, {"1", "one\nand more", "2", ""},
     "-[ RECORD 1 ]--\n"
     "n    | 1\n"
     "text | one     +\n"
     "     | and more\n"
     "-[ RECORD 2 ]--\n"
     "n    | 2\n"
     "text | \n"
     "\n"},
    {"expanded, long names", MB_TABLE_EXPANDED, {"a_rather_long_name", "b"}, {"1", "yyyy"},
     "-[ RECORD 1 ]------+-----\n"
     "a_rather_long_name | 1\n"
     "b                  | yyyy\n"
     "\n"},
    {"expanded, no rows", MB_TABLE_EXPANDED, {"a"}, {0}, "(0 rows)\n\n"},
    {"list", MB_TABLE_LIST, {"state", ">time", "notes"}, {"applied", "9 ms", "", "x", "12 ms", "n"},
     "state     time  notes\n"
     "applied   9 ms\n"
     "x        12 ms  n\n"},
    {"list without rows", MB_TABLE_LIST, {"state"}, {0}, ""},
    {"half a row", MB_TABLE_PSQL, {"a", "b"}, {"1"}, " a | b \n---+---\n(0 rows)\n\n"},
    {"half a row behind others", MB_TABLE_LIST, {"a", "b"}, {"1", "2", "3"}, "a  b\n1  2\n"},
    {"no columns yet", MB_TABLE_PSQL, {0}, {0}, "\n\n(0 rows)\n\n"},
};

static mb_buf written;

static void keep(const char *data, size_t len)
{
    mb_buf_add(&written, data, len);
}

static mb_table *begin(const table_case *c)
{
    mb_table *t = mb_table_new(c->style, keep);

    mb_buf_clear(&written);
    for (size_t i = 0; i < COUNT(c->columns) && c->columns[i]; i++)
        mb_table_column(t, c->columns[i] + (c->columns[i][0] == '>'), c->columns[i][0] == '>');
    return t;
}

static void test_table__cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const table_case *c = &cases[i];
        mb_table *t = begin(c);

        current_case = c->name;
        for (size_t k = 0; k < MOST && c->cells[k]; k++)
            mb_table_cell(t, c->cells[k], strlen(c->cells[k]));
        mb_table_end(t);
        assert_string_equal(mb_buf_str(&written), c->want);
    }
    mb_buf_free(&written);
}

static void test_table__a_flush_writes_rows_after_the_first_ones(void **state)
{
    static const table_case c = {.style = MB_TABLE_PSQL, .columns = {"a"}};
    mb_table *t = begin(&c);
    size_t before;

    (void)state;
    for (int i = 0; i < 99; i++)
        mb_table_cell(t, "x", 1);
    mb_table_flush(t);
    assert_int_equal(written.len, 0);
    mb_table_cell(t, "x", 1);
    before = written.len;
    assert_int_equal(before, strlen(" a \n---\n") + 100 * strlen(" x\n"));
    mb_table_cell(t, "wider than its column", 21);
    assert_int_equal(written.len, before);
    mb_table_flush(t);
    assert_string_equal(written.data + before, " wider than its column\n");
    mb_table_end(t);
    mb_buf_free(&written);
}

static void test_table__one_large_cell_is_enough_to_begin(void **state)
{
    static const table_case c = {.style = MB_TABLE_PSQL, .columns = {"a"}};
    mb_table *t = begin(&c);
    mb_buf large = {0};

    (void)state;
    for (int i = 0; i < 64 * 1024; i++)
        mb_buf_putc(&large, 'x');
    mb_table_cell(t, large.data, large.len);
    assert_true(written.len > large.len);
    mb_table_end(t);
    mb_buf_free(&large);
    mb_buf_free(&written);
}

static void test_table__past_its_limit_rows_are_counted(void **state)
{
    static const table_case c = {.style = MB_TABLE_PSQL, .columns = {"a", "b"}};
    static const struct {
        size_t rows;
        const char *end;
    } ends[] = {
        {1, "\n(1 row)\n\n"},
        {2, "\n x | y\n(2 rows)\n\n"},
        {3, "\n x | y\n(3 rows: 2 shown, 1 more)\n\n"},
        {1000, "\n x | y\n(1000 rows: 2 shown, 998 more)\n\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        mb_table *t = begin(&c);

        current_case = ends[i].end;
        mb_table_limit(t, 2);
        for (size_t row = 0; row < ends[i].rows; row++) {
            mb_table_cell(t, "x", 1);
            mb_table_cell(t, "y", 1);
        }
        mb_table_end(t);
        assert_non_null(strstr(written.data, ends[i].end));
        mb_buf_free(&written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table__cases),
        cmocka_unit_test(test_table__a_flush_writes_rows_after_the_first_ones),
        cmocka_unit_test(test_table__one_large_cell_is_enough_to_begin),
        cmocka_unit_test(test_table__past_its_limit_rows_are_counted),
    };

    return RUN_TESTS(tests);
}

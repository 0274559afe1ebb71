/* test_parse.c -- SQL read with PostgreSQL's grammar. */
#include "moonbird/parse/parse.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static void test_tree_has_fields_and_locations(void **state)
{
    mb_buf tree = {0};
    mb_error err;

    (void)state;
    assert_true(mb_parse(&tree, "CREATE INDEX i ON t (a)", &err));
    assert_non_null(strstr(mb_buf_str(&tree), "\"IndexStmt\":{\"idxname\":\"i\""));
    assert_non_null(strstr(mb_buf_str(&tree), "\"location\":18"));
    mb_buf_free(&tree);
}

static void test_error_has_its_position(void **state)
{
    mb_buf tree = {0};
    mb_error err;

    (void)state;
    assert_false(mb_parse(&tree, "SELECT 'é' FROM FROM", &err));
    assert_int_equal(err.code, MB_ERR_FILE);
    assert_string_equal(err.message, "syntax error at or near \"FROM\"");
    assert_int_equal(err.position, 17);
    assert_int_equal(tree.len, 0);
}

/* The text of `n` times `piece` between `head` and `tail`. */
static char *repeated(const char *head, const char *piece, size_t n, const char *tail)
{
    mb_buf text = {0};

    mb_buf_puts(&text, head);
    for (size_t i = 0; i < n; i++)
        mb_buf_puts(&text, piece);
    mb_buf_puts(&text, tail);
    return text.data;
}

static void test_deepest_statements_do_not_overflow_the_stack(void **state)
{
    static const struct {
        const char *head, *piece, *tail;
        bool parsed;
    } cases[] = {
        {"SELECT ", "1+", "1", true},
        {"SELECT a", ".b", "", true},
        {"SELECT 1", "::a", "", true},
        {"SELECT ", "(", "", false},
        {"SELECT ", "not ", "true", false},
        {"SELECT 1", " UNION SELECT 1", "", true},
        {"SELECT a", "[1]", "", true},
        {"SELECT * FROM t", ",t", "", true},
        {"SELECT * FROM t", " NATURAL JOIN t", "", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = (MB_PARSE_LONGEST - 64) / strlen(cases[i].piece);
        char *sql = repeated(cases[i].head, cases[i].piece, n, cases[i].tail);
        mb_buf tree = {0};
        mb_error err;

        current_case = cases[i].piece;
        assert_int_equal(mb_parse(&tree, sql, &err), cases[i].parsed);
        free(sql);
        mb_buf_free(&tree);
    }
}

static void test_longer_statement_is_refused(void **state)
{
    char *sql = repeated("SELECT '", "x", MB_PARSE_LONGEST, "'");
    mb_buf tree = {0};
    mb_error err;

    (void)state;
    assert_false(mb_parse(&tree, sql, &err));
    assert_string_equal(err.message, "the statement is longer than 1048576 bytes");
    free(sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_has_fields_and_locations),
        cmocka_unit_test(test_error_has_its_position),
        cmocka_unit_test(test_deepest_statements_do_not_overflow_the_stack),
        cmocka_unit_test(test_longer_statement_is_refused),
    };

    return RUN_TESTS(tests);
}

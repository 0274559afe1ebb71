#include "moonbird/sql/script.h"

#include "test.h"

#include "moonbird/base/buf.h"

#include <string.h>

typedef struct expect_case {
    const char *name, *text, *found; /* "STATEMENT:FORM|", then "!LINE:COLUMN error" */
} expect_case;

static const expect_case places[] = {
    {"none", "select 1; -- expected: one\n/* -- expect: 1 */", ""},
    {"on the line of its statement", "select 1; -- expect: 1\nselect 2;", "1:1|"},
    {"with another statement on the line", "select 1; select 2; -- expect: 2\n", "2:2|"},
    {"right below", "select 1;\n-- expect: 1\n\nselect 2;", "1:1|"},
    {"right above", "select 1;\n\n-- expect: 2\nselect 2;", "2:2|"},
    {"above the first", "-- expect: 1\nselect 1;", "1:1|"},
    {"below the last", "select 1;\n\n\nselect 2;\n-- expect: 2", "2:2|"},
    {"inside", "select 1; select -- expect: 2\n2; select 3;", "2:2|"},
    {"before a missing semicolon", "select 1\n-- expect: 1", "1:1|"},
    {"with comments between", "select 1;\n-- a\n/* b\n */ -- c\n-- expect: 1\n-- d\n\nselect 2;",
     "1:1|"},
    {"below a comment of many lines", "-- expect: 1\n/* a\n\n */\nselect 1;", "1:1|"},
    {"a breakpoint separates", "select 1;\n--> statement-breakpoint\n-- expect: 2\nselect 2;",
     "2:2|"},
    {"and ends what waits",
     "select 1;\n-- expect: 1\n--> statement-breakpoint\nselect 2;", "1:1|"},
    {"the down section separates", "select 1;\n-- expect: 1\n-- moonbird:down\nselect 2;", "1:1|"},
    {"the down section is not read", "select 1;\n-- moonbird:down\nselect 2; -- expect: x", ""},
    {"CRLF", "select 1;\r\n-- expect: no rows\r\n\r\nselect 2;\r\n", "1:no rows|"},
    {"after the data of COPY", "copy t from stdin;\n1\n\\.\n-- expect: 1\nselect 1;", "2:1|"},
    {"on the line of COPY", "copy t from stdin; -- expect: 1 row\n1\n\\.\n", "1:1 row|"},
    {"on two statements", "select 1; -- expect: 1\nselect 2; -- expect: 2", "1:1|2:2|"},
    {"an empty line of blanks", "select 1;\n  \n-- expect: 2\nselect 2;", "2:2|"},
    {"between two", "select 1;\n-- expect: 1\nselect 2;",
     "!2:1 this expectation could belong to the statement above or below it"},
    {"alone", "select 1;\n\n-- expect: 1\n\nselect 2;",
     "!3:1 this expectation does not belong to a statement"},
    {"in an empty file", "-- expect: 1", "!1:1 this expectation does not belong to a statement"},
    {"twice", "select 1; -- expect: 1\n-- expect: 2\n",
     "1:1|!2:1 the statement has two expectations"},
    {"above and inside", "-- expect: 1\nselect 1; -- expect: 2\n",
     "1:1|!2:11 the statement has two expectations"},
};

static const expect_case forms[] = {
    {"no rows", "select 1; -- expect: no rows", "1:no rows|"},
    {"one row", "select 1; --expect:1 row", "1:1 row|"},
    {"many rows", "select 1; -- EXPECT:  12  ROWS ", "1:12  ROWS|"},
    {"a number", "select 1; -- expect: -1.50", "1:-1.50|"},
    {"true", "select 1; -- expect: true", "1:true|"},
    {"NULL", "select 1; -- expect: NULL", "1:NULL|"},
    {"a string", "select 1; -- expect: 'O''Hara'", "1:'O''Hara'|"},
    {"an empty string", "select 1; -- expect: ''", "1:''|"},
    {"nothing", "select 1; -- expect:", "!1:11 \"expect: \" is not a valid expectation"},
    {"prose", "select 1; -- expect: nothing",
     "!1:11 \"expect: nothing\" is not a valid expectation"},
    {"a word more", "select 1; -- expect: no rows here",
     "!1:11 \"expect: no rows here\" is not a valid expectation"},
    {"no count", "select 1; -- expect: rows", "!1:11 \"expect: rows\" is not a valid expectation"},
    {"half a row", "select 1; -- expect: 1.5 rows",
     "!1:11 \"expect: 1.5 rows\" is not a valid expectation"},
    {"an open string", "select 1; -- expect: 'a",
     "!1:11 \"expect: 'a\" is not a valid expectation"},
    {"two strings", "select 1; -- expect: 'a' 'b'",
     "!1:11 \"expect: 'a' 'b'\" is not a valid expectation"},
    {"an open quote", "select 1; -- expect: 'a''",
     "!1:11 \"expect: 'a''\" is not a valid expectation"},
    {"no colon", "select 1; -- expect 1",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a blank before the colon", "select 1; -- expect : 1 row",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a no-break space", "select 1; --\u00A0expect: 1",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"an em space", "select 1; -- \u2003expect: no rows",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a zero-width space", "select 1; -- \u200Bexpect: NULL",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a byte order mark", "select 1; --\uFEFFexpect\u00A0: 'a'",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a no-break space in a block comment", "select 1; /*\u00A0expect: 1 */",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a no-break space in prose", "select 1; --\u00A0expect: that it is one", ""},
    {"a no-break space behind the colon", "select 1; -- expect:\u00A01",
     "!1:11 \"expect: \u00A01\" is not a valid expectation"},
    {"expects", "select 1; -- expects: 'a'",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"expected", "select 1;\n--Expected: no rows",
     "!2:1 this comment looks like an expectation, but is not one"},
    {"a block comment", "select 1; /* expect: 1 */",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a block comment inside", "select /*expect: true*/ 1;",
     "!1:8 this comment looks like an expectation, but is not one"},
    {"three dashes", "select 1; --- expect: 1",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"an arrow", "select 1; --> expect: 1",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"an equals sign", "select 1; -- expect = 1",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"a tag in a block comment", "select 1; /** @expect: no rows **/",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"in quotes", "select 1; -- \"expect: 3 rows\"",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"expecting", "select 1; -- expecting 3 rows",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"expectation", "select 1; -- Expectation: NULL",
     "!1:11 this comment looks like an expectation, but is not one"},
    {"remarks", "-- expect errors\nselect 1; -- expected 3 rows here\n/**/ /* expect */ --expect5",
     ""},
    {"a statement that is commented out",
     "-- select 1; -- expect: 1\n-- -- expect: 2\nselect 3;", ""},
    {"a name", "select 1; -- expect: a", "!1:11 \"expect: a\" is not a valid expectation"},
};

/* Keep only the expectations before `n`: the waiting ones have no statement yet. */
static void render_found(mb_buf *out, const mb_expectations *found, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mb_buf_printf(out, "%zu:%s|", found->items[i].statement, found->items[i].text);
}

static void check(const expect_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *text = cases[i].text;
        mb_script *script = mb_script_of_text(text, strlen(text), "a.sql");
        mb_expectations found = {0};
        mb_buf out = {0};
        bool more = true, ok = true;
        mb_stmt stmt;
        mb_error err;

        current_case = cases[i].name;
        mb_script_expect(script, &found);
        while (ok && more)
            ok = mb_script_next(script, &stmt, &more, &err);
        render_found(&out, &found, ok ? found.n : strstr(cases[i].found, "|!") ? 1 : 0);
        if (!ok)
            mb_buf_printf(&out, "!%d:%d %s", err.line, err.column, err.message);
        assert_string_equal(mb_buf_str(&out), cases[i].found);
        mb_script_close(script);
        mb_expectations_free(&found);
        mb_buf_free(&out);
    }
}

static void test_expectation__belongs_to_the_statement_that_it_touches(void **state)
{
    (void)state;
    check(places, COUNT(places));
}

static void test_expectation__has_one_of_few_forms(void **state)
{
    (void)state;
    check(forms, COUNT(forms));
}

static void test_expectation__is_found_by_its_statement(void **state)
{
    const char *text = "select 1; -- expect: 1\nselect 2;\nselect 3; -- expect: 3 rows";
    mb_script *script = mb_script_of_text(text, strlen(text), "a.sql");
    mb_expectations found = {0};
    bool more = true;
    mb_stmt stmt;
    mb_error err;

    (void)state;
    mb_script_expect(script, &found);
    while (more)
        assert_true(mb_script_next(script, &stmt, &more, &err));
    assert_ptr_equal(mb_expectation_of(&found, 1), &found.items[0]);
    assert_null(mb_expectation_of(&found, 2));
    assert_int_equal(mb_expectation_of(&found, 3)->rows, 3);
    assert_null(mb_expectation_of(&found, 4));
    mb_script_close(script);
    mb_expectations_free(&found);
}

static void checksum(const char *text, char hex[MB_HASH_HEX])
{
    mb_script *script = mb_script_of_text(text, strlen(text), "a.sql");
    mb_checksums sums;
    bool more = true;
    mb_stmt stmt;
    mb_error err;

    while (more)
        assert_true(mb_script_next(script, &stmt, &more, &err));
    mb_script_checksums(script, &sums);
    memcpy(hex, sums.normalized, MB_HASH_HEX);
    mb_script_close(script);
}

static void test_expectation__counts_in_the_checksum_as_a_directive_does(void **state)
{
    char plain[MB_HASH_HEX], one[MB_HASH_HEX], blanks[MB_HASH_HEX], other[MB_HASH_HEX];

    (void)state;
    checksum("select 1; -- a comment", plain);
    checksum("select 1; -- expect: 1 row", one);
    checksum("-- expect:  1   row\nselect 1;", blanks);
    checksum("select 1; -- expect: 2 rows", other);
    assert_string_not_equal(plain, one);
    assert_string_equal(one, blanks);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expectation__belongs_to_the_statement_that_it_touches),
        cmocka_unit_test(test_expectation__has_one_of_few_forms),
        cmocka_unit_test(test_expectation__is_found_by_its_statement),
        cmocka_unit_test(test_expectation__counts_in_the_checksum_as_a_directive_does),
    };

    return RUN_TESTS(tests);
}

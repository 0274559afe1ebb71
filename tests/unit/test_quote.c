#include "moonbird/sql/quote.h"

#include "test.h"

#include <string.h>

static const struct {
    const char *name, *text, *identifier, *literal, *relation, *element;
} cases[] = {
    {"plain", "a", "\"a\"", "'a'", "\"a\"",
     "\"a\""},
    {"empty", "", "\"\"", "''", "\"\"",
     "\"\""},
    {"quotes", "a\"b'c", "\"a\"\"b'c\"", "'a\"b''c'", "\"a\"\"b'c\"",
     "\"a\\\"b'c\""},
    {"backslash", "a\\'b", "\"a\\'b\"", "E'a\\\\''b'", "\"a\\'b\"",
     "\"a\\\\'b\""},
    {"schema", "S.t", "\"S.t\"", "'S.t'", "\"S\".\"t\"",
     "\"S.t\""},
    {"only the first dot parts", "a.b.c", "\"a.b.c\"", "'a.b.c'", "\"a\".\"b.c\"",
     "\"a.b.c\""},
    {"each part is literal", "a\".b\"", "\"a\"\".b\"\"\"", "'a\".b\"'", "\"a\"\"\".\"b\"\"\"",
     "\"a\\\".b\\\"\""},
    {"letters", "é\n", "\"é\n\"", "'é\n'", "\"é\n\"",
     "\"é\n\""},
};

static void test_quote__forms(void **state)
{
    mb_buf out = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        mb_buf_clear(&out);
        mb_quote_identifier(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].identifier);
        mb_buf_clear(&out);
        mb_quote_literal(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].literal);
        mb_buf_clear(&out);
        mb_quote_relation(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].relation);
        mb_buf_clear(&out);
        mb_quote_element(&out, cases[i].text, strlen(cases[i].text));
        assert_string_equal(out.data, cases[i].element);
    }
    mb_buf_clear(&out);
    mb_quote_literal(&out, NULL);
    mb_quote_literal_len(&out, "ab'c", 3);
    assert_string_equal(out.data, "NULL'ab'''");
    mb_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote__forms),
    };

    return RUN_TESTS(tests);
}

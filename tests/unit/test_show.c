/* Foreign text, as it is shown to people. */
#include "moonbird/base/show.h"
#include "test.h"

#include <string.h>

typedef struct show_case {
    const char *name;
    const char *text;
    size_t len; /* 0: up to its NUL */
    const char *lines, *line, *json;
} show_case;

static const show_case cases[] = {
    {"plain", "a b", 0, "a b", "a b", "a b"},
    {"empty", "", 0, "", "", ""},
    {"letters of all lengths", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x95", 0, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x95",
     "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x95", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x95"},
    {"newline and tab", "a\n\tb", 0, "a\n\tb", "a\\n\\tb", "a\n\tb"},
    {"return", "a\r\n", 0, "a\\r\n", "a\\r\\n", "a\\u000d\n"},
    {"escape, title, bell", "\x1B]0;x\x07", 0, "\\x1B]0;x\\x07", "\\x1B]0;x\\x07", "\\u001b]0;x\\u0007"},
    {"NUL and DEL", "a\0\x7F", 3, "a\\x00\\x7F", "a\\x00\\x7F", "a\\u0000\\u007f"},
    {"CSI of C1", "\xC2\x9B\x32J", 0, "\\u009B2J", "\\u009B2J", "\\u009b2J"},
    {"the last of C1, and what comes next", "\xC2\x9F\xC2\xA0", 0, "\\u009F\xC2\xA0", "\\u009F\xC2\xA0", "\\u009f\xC2\xA0"},
    {"direction overrides", "\xE2\x80\xAAx\xE2\x80\xAE\xE2\x81\xA6y\xE2\x81\xA9", 0, "\\u202Ax\\u202E\\u2066y\\u2069",
     "\\u202Ax\\u202E\\u2066y\\u2069", "\\u202ax\\u202e\\u2066y\\u2069"},
    {"their neighbours", "\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA", 0, "\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA",
     "\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA",
     "\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA"},
    {"C1 as one byte", "\x9B\x32J", 0, "\\x9B2J", "\\x9B2J", "\\ufffd2J"},
    {"half a character", "a\xE2\x82", 0, "a\\xE2\\x82", "a\\xE2\\x82", "a\\ufffd\\ufffd"},
    {"overlong", "\xC0\x9B", 0, "\\xC0\\x9B", "\\xC0\\x9B", "\\ufffd\\ufffd"},
    {"written out already", "\\x1B", 0, "\\x1B", "\\x1B", "\\x1B"},
};

static void check(const show_case *c, mb_show_how how, const char *want)
{
    size_t len = c->len ? c->len : strlen(c->text);
    mb_buf got = {0};

    mb_show(&got, c->text, len, how);
    assert_string_equal(mb_buf_str(&got), want);
    assert_int_equal(mb_show_is_plain(c->text, len, how),
                     got.len == len && memcmp(mb_buf_str(&got), c->text, len) == 0);
    assert_true(mb_show_is_plain(mb_buf_str(&got), got.len, how)); /* nothing is written out twice */
    mb_buf_free(&got);
}

static void test_show__writes_out_what_a_terminal_would_obey(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        check(&cases[i], MB_SHOW_LINES, cases[i].lines);
        check(&cases[i], MB_SHOW_LINE, cases[i].line);
        check(&cases[i], MB_SHOW_JSON, cases[i].json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_show__writes_out_what_a_terminal_would_obey),
    };

    return RUN_TESTS(tests);
}

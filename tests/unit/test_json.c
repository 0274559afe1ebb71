#include "moonbird/base/json.h"

#include "moonbird/base/number.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tokens as one letter each; a number, string or key with its text behind it. */
static void tokens_of(mb_buf *out, const char *text)
{
    static const char letters[] = "ntfNSK[]{}";
    mb_json_token token = {MB_JSON_NULL, NULL, 0};
    mb_json json;
    mb_error err;

    mb_json_read(&json, text, strlen(text));
    while (token.kind != MB_JSON_END) {
        if (!mb_json_next(&json, &token, &err)) {
            mb_buf_printf(out, "! %s", err.message);
            return;
        }
        if (token.kind != MB_JSON_END)
            mb_buf_putc(out, letters[token.kind]);
        if (token.text)
            mb_buf_add(out, token.text, token.len);
    }
}

static void test_json__is_read_token_by_token(void **state)
{
    static const struct {
        const char *text, *tokens;
    } cases[] = {
        {"null", "n"},
        {" \t\r\n true ", "t"},
        {"[]", "[]"},
        {"{}", "{}"},
        {"[1,[-2.50e+3],{}]", "[N1[N-2.50e+3]{}]"},
        {"{\"a\":{\"b\":[false]},\"\":\"x\\\"\"}", "{Ka{Kb[f]}KSx\\\"}"},
        {"", "! an unexpected end in JSON at line 1, column 1"},
        {"[1,]", "[N1! an unexpected character in JSON at line 1, column 4"},
        {"{\"a\":1,}", "{KaN1! a missing name in JSON at line 1, column 8"},
        {"[1\n 2]", "[N1! a missing comma in JSON at line 2, column 2"},
        {"{\"\xC3\xA4\" 1}", "{! a missing colon in JSON at line 1, column 6"},
        {"01", "! an unexpected character in JSON at line 1, column 1"},
        {"\"\x01\"", "! a control character in JSON at line 1, column 2"},
        {"\"\\u12g4\"", "! an invalid escape in JSON at line 1, column 2"},
        {"\"a", "! an unterminated string in JSON at line 1, column 3"},
        {"[}", "[! an unexpected character in JSON at line 1, column 2"},
        {"1 2", "N1! unexpected characters after the value in JSON at line 1, column 3"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_buf out = {0};

        current_case = cases[i].text;
        tokens_of(&out, cases[i].text);
        assert_string_equal(mb_buf_str(&out), cases[i].tokens);
        mb_buf_free(&out);
    }
    current_case = NULL;
}

static void test_json__escapes_become_characters(void **state)
{
    static const struct {
        const char *text, *plain;
    } cases[] = {
        {"abc", "abc"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e4\\u20AC", "A\xC3\xA4\xE2\x82\xAC"},
        {"\\ud834\\udd1e", "\xF0\x9D\x84\x9E"},
        {"\\ud834x", "\xED\xA0\xB4x"},
        {"\\udd1e", "\xED\xB4\x9E"},
        {"\\ud834\\u0041", "\xED\xA0\xB4\x41"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_json_token token = {MB_JSON_STRING, cases[i].text, strlen(cases[i].text)};
        char out[64] = "";

        current_case = cases[i].text;
        assert_int_equal(mb_json_unescape(&token, out), strlen(cases[i].plain));
        assert_string_equal(out, cases[i].plain);
    }
    current_case = NULL;
}

static void test_number__is_held_exactly_or_stays_text(void **state)
{
    static const struct {
        const char *text;
        mb_number_kind kind;
        const char *back;
    } cases[] = {
        {"0", MB_NUMBER_INTEGER, NULL},
        {"9223372036854775807", MB_NUMBER_INTEGER, NULL},
        {"-9223372036854775808", MB_NUMBER_INTEGER, NULL},
        {"9223372036854775808", MB_NUMBER_TEXT, NULL},
        {"10000000000000000000", MB_NUMBER_DOUBLE, "1e+19"},
        {"-0", MB_NUMBER_DOUBLE, "-0"},
        {"1.0", MB_NUMBER_DOUBLE, "1"},
        {"0.1", MB_NUMBER_DOUBLE, "0.1"},
        {"0.10", MB_NUMBER_DOUBLE, "0.1"},
        {"100e-2", MB_NUMBER_DOUBLE, "1"},
        {"0.00012345", MB_NUMBER_DOUBLE, "0.00012345"},
        {"1e300", MB_NUMBER_DOUBLE, "1e+300"},
        {"1e400", MB_NUMBER_TEXT, NULL},
        {"1e-400", MB_NUMBER_TEXT, NULL},
        {"0.30000000000000004", MB_NUMBER_DOUBLE, "0.30000000000000004"},
        {"0.30000000000000003", MB_NUMBER_TEXT, NULL},
        {"9007199254740993.5", MB_NUMBER_TEXT, NULL},
        {"3.14159265358979323846", MB_NUMBER_TEXT, NULL},
        {"5e-324", MB_NUMBER_TEXT, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_buf back = {0};
        int64_t integer;
        double number;

        current_case = cases[i].text;
        assert_int_equal(mb_number_length(cases[i].text, strlen(cases[i].text)),
                         strlen(cases[i].text));
        assert_int_equal(mb_number_read(cases[i].text, strlen(cases[i].text), &integer, &number),
                         cases[i].kind);
        if (cases[i].kind == MB_NUMBER_DOUBLE) {
            mb_number_add(&back, number);
            assert_string_equal(back.data, cases[i].back);
        }
        mb_buf_free(&back);
    }
    current_case = NULL;
}

static void test_number__any_double_comes_back(void **state)
{
    uint64_t bits = 88172645463325252u; /* xorshift64: the same numbers each time */

    (void)state;
    for (int i = 0; i < 100000; i++) {
        mb_buf text = {0};
        double number;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number))
            continue;
        mb_number_add(&text, number);
        assert_true(strtod(text.data, NULL) == number);
        mb_buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json__is_read_token_by_token),
        cmocka_unit_test(test_json__escapes_become_characters),
        cmocka_unit_test(test_number__is_held_exactly_or_stays_text),
        cmocka_unit_test(test_number__any_double_comes_back),
    };

    return RUN_TESTS(tests);
}

/* Values of declared parameters: which are read, and which are refused. */
#include "moonbird/project/parameter.h"

#include "test.h"

#include <string.h>

static const char *modes[] = {"fast", "safe"};

static const mb_parameter string = {.type = MB_PARAMETER_STRING};
static const mb_parameter number = {.type = MB_PARAMETER_NUMBER};
static const mb_parameter rate = {.type = MB_PARAMETER_NUMBER, .min = "0.5", .max = "2"};
static const mb_parameter integer = {.type = MB_PARAMETER_INTEGER};
static const mb_parameter days = {.type = MB_PARAMETER_INTEGER, .min = "1", .max = "366"};
static const mb_parameter flag = {.type = MB_PARAMETER_FLAG};
static const mb_parameter mode = {.type = MB_PARAMETER_CHOICE, .choices = modes, .n_choices = 2};
static const mb_parameter date = {.type = MB_PARAMETER_DATE};
static const mb_parameter strings = {.type = MB_PARAMETER_STRING, .list = true};
static const mb_parameter integers = {.type = MB_PARAMETER_INTEGER, .list = true};

static void test_parameter__a_value_has_one_normalized_text(void **state)
{
    static const struct {
        const mb_parameter *arg;
        const char *text, *normal;
    } cases[] = {
        {&string, "", ""}, {&string, " x ", " x "},
        {&number, "1", "1"}, {&number, "1.50", "1.5"}, {&number, "1e3", "1000"},
        {&number, "-0.1", "-0.1"}, {&number, "9223372036854775807", "9223372036854775807"},
        {&rate, "0.5", "0.5"}, {&rate, "2.0", "2"},
        {&integer, "007", "7"}, {&integer, "+7", "7"}, {&integer, "-7", "-7"},
        {&integer, "-9223372036854775808", "-9223372036854775808"},
        {&days, "1", "1"}, {&days, "366", "366"},
        {&flag, "true", "true"}, {&flag, "t", "true"}, {&flag, "YES", "true"},
        {&flag, "on", "true"}, {&flag, "1", "true"}, {&flag, "false", "false"},
        {&flag, "F", "false"}, {&flag, "no", "false"}, {&flag, "n", "false"},
        {&flag, "of", "false"}, {&flag, "off", "false"}, {&flag, "0", "false"},
        {&mode, "safe", "safe"},
        {&date, "2024-02-29", "2024-02-29"}, {&date, "2000-02-29", "2000-02-29"},
        {&date, "0001-01-01", "0001-01-01"}, {&date, "9999-12-31", "9999-12-31"},
        {&strings, "", "[]"}, {&strings, "a", "[\"a\"]"},
        {&strings, "a,,b,", "[\"a\",\"\",\"b\",\"\"]"},
        {&strings, "[]", "[]"}, {&strings, "[ \"a,b\", 1 ]", "[\"a,b\",\"1\"]"},
        {&strings, "[\"\\u00e4\\\"\"]", "[\"\xC3\xA4\\\"\"]"},
        {&strings, "\"a\"", "[\"\\\"a\\\"\"]"},
        {&integers, "1,02", "[1,2]"}, {&integers, "[1,\"2\"]", "[1,2]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_buf out = {0};
        mb_error err;

        current_case = cases[i].text;
        assert_true(mb_parameter_normalize(&out, cases[i].arg, "x", cases[i].text, &err));
        assert_string_equal(mb_buf_str(&out), cases[i].normal);
        mb_buf_free(&out);
    }
    current_case = NULL;
}

static void test_parameter__another_value_is_refused(void **state)
{
    static const struct {
        const mb_parameter *arg;
        const char *text, *message, *hint;
    } cases[] = {
        {&number, "", "x must be a number, not \"\"", ""},
        {&number, "0x10", "x must be a number, not \"0x10\"", ""},
        {&number, "nan", "x must be a number, not \"nan\"", ""},
        {&number, "1e999", "x must be a number, not \"1e999\"", ""},
        {&number, "1 ", "x must be a number, not \"1 \"", ""},
        {&rate, "0.49", "x must be a number from 0.5 to 2, not \"0.49\"", ""},
        {&rate, "2.01", "x must be a number from 0.5 to 2, not \"2.01\"", ""},
        {&integer, " 1", "x must be an integer, not \" 1\"", ""},
        {&integer, "1.0", "x must be an integer, not \"1.0\"", ""},
        {&integer, "9223372036854775808", "x must be an integer, not \"9223372036854775808\"", ""},
        {&days, "0", "x must be an integer from 1 to 366, not \"0\"", ""},
        {&days, "367", "x must be an integer from 1 to 366, not \"367\"", ""},
        {&flag, "", "x must be true or false, not \"\"", ""},
        {&flag, "o", "x must be true or false, not \"o\"", ""},
        {&flag, "truely", "x must be true or false, not \"truely\"", ""},
        {&flag, "2", "x must be true or false, not \"2\"", ""},
        {&mode, "fats", "x must be one of fast, safe, not \"fats\"", "Did you mean \"fast\"?"},
        {&mode, "SAFE", "x must be one of fast, safe, not \"SAFE\"", "Did you mean \"safe\"?"},
        {&mode, "other", "x must be one of fast, safe, not \"other\"", ""},
        {&date, "2023-02-29", "x must be a date such as 2026-11-29, not \"2023-02-29\"", ""},
        {&date, "1900-02-29", "x must be a date such as 2026-11-29, not \"1900-02-29\"", ""},
        {&date, "2026-04-31", "x must be a date such as 2026-11-29, not \"2026-04-31\"", ""},
        {&date, "2026-13-01", "x must be a date such as 2026-11-29, not \"2026-13-01\"", ""},
        {&date, "2026-00-01", "x must be a date such as 2026-11-29, not \"2026-00-01\"", ""},
        {&date, "2026-01-00", "x must be a date such as 2026-11-29, not \"2026-01-00\"", ""},
        {&date, "0000-01-01", "x must be a date such as 2026-11-29, not \"0000-01-01\"", ""},
        {&date, "2026-1-1", "x must be a date such as 2026-11-29, not \"2026-1-1\"", ""},
        {&date, "2026-01-011", "x must be a date such as 2026-11-29, not \"2026-01-011\"", ""},
        {&integers, "1,x", "x: each item must be an integer, not \"x\"", ""},
        {&integers, "[1,\"x\"]", "x: each item must be an integer, not \"x\"", ""},
        {&integer, "postgres://u:pw@h/d", "x must be an integer", ""},
        {&integer, "host=h password=pw", "x must be an integer", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_buf out = {0};
        mb_error err;

        current_case = cases[i].text;
        assert_false(mb_parameter_normalize(&out, cases[i].arg, "x", cases[i].text, &err));
        assert_int_equal(err.code, MB_ERR_USAGE);
        assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.hint, cases[i].hint);
        mb_buf_free(&out);
    }
    current_case = NULL;
}

static void test_parameter__a_list_is_written_with_commas_or_as_json(void **state)
{
    static const char *const wrong[] = {"[", "[1", "[1,]", "[1] 2", "[{}]", "[[1]]", "[null]",
                                        "[true]", "[\"a\\u0000\"]"};

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        mb_buf out = {0};
        mb_error err;

        current_case = wrong[i];
        assert_false(mb_parameter_normalize(&out, &strings, "x", wrong[i], &err));
        assert_string_equal(err.message, "x is not a valid list");
        mb_buf_free(&out);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameter__a_value_has_one_normalized_text),
        cmocka_unit_test(test_parameter__another_value_is_refused),
        cmocka_unit_test(test_parameter__a_list_is_written_with_commas_or_as_json),
    };

    return RUN_TESTS(tests);
}

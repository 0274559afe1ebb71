#include "moonbird/base/decimal.h"

#include "test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef bool operation(mb_buf *out, const char *a, const char *b, mb_error *err);

/* borrowed until the next call; "too long" for a failure */
static const char *result(operation *fn, const char *a, const char *b)
{
    static mb_buf out;
    mb_error err;

    mb_buf_clear(&out);
    if (fn(&out, a, b, &err))
        return mb_buf_str(&out);
    assert_non_null(strstr(err.message, "more than 1000 digits"));
    return "too long";
}

static void test_decimal__calculates_as_numeric(void **state)
{
    static const struct {
        const char *a, *b, *sum, *difference, *product;
    } cases[] = {
        {"0", "0", "0", "0", "0"},
        {"-0", "-0.00", "0.00", "0.00", "0.00"},
        {"1", "2", "3", "-1", "2"},
        {"-1", "2", "1", "-3", "-2"},
        {"-1", "-2", "-3", "1", "2"},
        {"0.10", "0.2", "0.30", "-0.10", "0.020"},
        {"999", "1", "1000", "998", "999"},
        {"1000", "0.001", "1000.001", "999.999", "1.000"},
        {"-0.5", "0.5", "0.0", "-1.0", "-0.25"},
        {"1e3", "1E-3", "1000.001", "999.999", "1.000"},
        {"1.5e1", "-15.0", "0.0", "30.0", "-225.0"},
        {"9223372036854775807", "9223372036854775807", "18446744073709551614", "0",
         "85070591730234615847396907784232501249"},
        {"12345678901234567890.123", "-0.000000000000000000001",
         "12345678901234567890.122999999999999999999", "12345678901234567890.123000000000000000001",
         "-0.012345678901234567890123"},
        {"0e999999999", "7", "7", "-7", "0"},
        {"1e1000", "1", "too long", "too long", "too long"},
        {"1e-1001", "1", "too long", "too long", "too long"},
        {"1e600", "1e600", NULL, "0", "too long"},
        {"1e9999999999", "1", "too long", "too long", "too long"},
        {"1e-99999999999999999999", "0", "too long", "too long", "too long"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *a = cases[i].a, *b = cases[i].b;

        current_case = a;
        if (cases[i].sum)
            assert_string_equal(result(mb_decimal_add, a, b), cases[i].sum);
        if (cases[i].sum)
            assert_string_equal(result(mb_decimal_add, b, a), cases[i].sum);
        if (cases[i].product)
            assert_string_equal(result(mb_decimal_multiply, a, b), cases[i].product);
        if (cases[i].product)
            assert_string_equal(result(mb_decimal_multiply, b, a), cases[i].product);
        if (cases[i].difference)
            assert_string_equal(result(mb_decimal_subtract, a, b), cases[i].difference);
    }
    current_case = NULL;
}

static void test_decimal__rounds_as_numeric(void **state)
{
    static const struct {
        const char *text;
        int places;
        const char *half_up, *half_even, *trunc;
    } cases[] = {
        {"0.5", 0, "1", "0", "0"},
        {"1.5", 0, "2", "2", "1"},
        {"2.5", 0, "3", "2", "2"},
        {"-2.5", 0, "-3", "-2", "-2"},
        {"2.50000001", 0, "3", "3", "2"},
        {"2.49999999", 0, "2", "2", "2"},
        {"0.125", 2, "0.13", "0.12", "0.12"},
        {"0.135", 2, "0.14", "0.14", "0.13"},
        {"99.95", 1, "100.0", "100.0", "99.9"},
        {"9.5", 0, "10", "10", "9"},
        {"-0.004", 2, "0.00", "0.00", "0.00"},
        {"0.05", 0, "0", "0", "0"},
        {"12", 3, "12.000", "12.000", "12.000"},
        {"1e3", 1, "1000.0", "1000.0", "1000.0"},
        {"15e-1", 0, "2", "2", "1"},
        {"1e-1000", 1, "0.0", "0.0", "0.0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *wanted[] = {[MB_ROUND_HALF_UP] = cases[i].half_up,
                                [MB_ROUND_HALF_EVEN] = cases[i].half_even,
                                [MB_ROUND_TRUNC] = cases[i].trunc};

        current_case = cases[i].text;
        for (int how = MB_ROUND_HALF_UP; how <= MB_ROUND_TRUNC; how++) {
            mb_buf out = {0};
            mb_error err;

            assert_true(mb_decimal_round(&out, cases[i].text, cases[i].places, (mb_rounding)how,
                                         &err));
            assert_string_equal(mb_buf_str(&out), wanted[how]);
            mb_buf_free(&out);
        }
    }
    current_case = NULL;
}

static void test_decimal__the_longest_result(void **state)
{
    char nines[MB_DECIMAL_DIGITS + 1];

    (void)state;
    memset(nines, '9', MB_DECIMAL_DIGITS);
    nines[MB_DECIMAL_DIGITS] = '\0';
    assert_string_equal(result(mb_decimal_add, nines, "0"), nines);
    assert_string_equal(result(mb_decimal_add, nines, "1"), "too long");
    assert_int_equal(strlen(result(mb_decimal_add, nines, "1e-1000")), 2 * MB_DECIMAL_DIGITS + 1);
    assert_string_equal(result(mb_decimal_multiply, nines, "1e-1000") + 2, nines);
    assert_string_equal(result(mb_decimal_multiply, nines, nines), "too long");
}

/* The cases are in the order of their values. */
static void test_decimal__compares_by_value(void **state)
{
    static const struct {
        const char *text;
        int rank;
    } cases[] = {
        {"-1e999999999", 0}, {"-10", 1}, {"-1e1", 1},     {"-9.99", 2},  {"-0.1", 3},
        {"-0", 4},           {"0", 4},   {"0.00", 4},     {"0e5", 4},    {"1e-999999999", 5},
        {"0.09", 6},         {"0.1", 7}, {"0.10000", 7},  {"1e-1", 7},   {"0.1000000000000000001", 8},
        {"9", 9},            {"10", 10}, {"10.0", 10},    {"100e-1", 10}, {"10.01", 11},
        {"9007199254740993", 12},        {"9007199254740994", 13},       {"1e999999999", 14},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(cases); k++) {
            int order, wanted = cases[i].rank - cases[k].rank;
            mb_error err;

            current_case = cases[i].text;
            assert_true(mb_decimal_compare(&order, cases[i].text, cases[k].text, &err));
            assert_int_equal((order > 0) - (order < 0), (wanted > 0) - (wanted < 0));
        }
    current_case = NULL;
}

/* xorshift: the same numbers each time. */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Against the integers of C. */
static void test_decimal__agrees_with_integers(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t a = next_random(&seed) % 2000001 - INT64_C(1000000);
        int64_t b = next_random(&seed) % 2001 - INT64_C(1000);
        char x[32], y[32], wanted[32];

        snprintf(x, sizeof x, "%" PRId64, a);
        snprintf(y, sizeof y, "%" PRId64 "E%s0", b, i % 2 ? "+" : "-");
        snprintf(wanted, sizeof wanted, "%" PRId64, a + b);
        assert_string_equal(result(mb_decimal_add, x, y), wanted);
        snprintf(wanted, sizeof wanted, "%" PRId64, a - b);
        assert_string_equal(result(mb_decimal_subtract, x, y), wanted);
        snprintf(wanted, sizeof wanted, "%" PRId64, a * b);
        assert_string_equal(result(mb_decimal_multiply, x, y), wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal__calculates_as_numeric),
        cmocka_unit_test(test_decimal__rounds_as_numeric),
        cmocka_unit_test(test_decimal__the_longest_result),
        cmocka_unit_test(test_decimal__compares_by_value),
        cmocka_unit_test(test_decimal__agrees_with_integers),
    };

    return RUN_TESTS(tests);
}

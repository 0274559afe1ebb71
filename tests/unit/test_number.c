#include "moonbird/base/number.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(double number)
{
    static mb_buf out;

    mb_buf_clear(&out);
    mb_number_add(&out, number);
    return out.data;
}

static void test_number__is_written_short(void **state)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0, "0"},         {-0.0, "-0"},       {1, "1"},           {-17, "-17"},
        {0.1, "0.1"},     {-0.25, "-0.25"},   {1.0 / 3, "0.3333333333333333"},
        {0.0001, "0.0001"}, {100.05, "100.05"}, {1e15, "1000000000000000"},
        {1e18, "1000000000000000000"}, {1e19, "1e+19"}, {5e-324, "4.94065645841247e-324"},
        {123456789012.3456, "123456789012.3456"}, {-1234567.0625, "-1234567.0625"},
        {0.30000000000000004, "0.30000000000000004"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        assert_string_equal(text_of(cases[i].number), cases[i].text);
    }
    current_case = NULL;
}

/* make test SAN=1 detects a sum that overflows a long. */
static void test_number__exponents_may_be_any(void **state)
{
    static const struct {
        const char *text;
        mb_number_kind kind;
    } cases[] = {
        {"1e3", MB_NUMBER_DOUBLE},
        {"0e99999999999999999999", MB_NUMBER_DOUBLE},
        {"10e99999999999999999999", MB_NUMBER_TEXT},
        {"0.01e-99999999999999999999", MB_NUMBER_TEXT},
        {"0.000001e100000000000", MB_NUMBER_TEXT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t integer;
        double number;

        current_case = cases[i].text;
        assert_int_equal(mb_number_read(cases[i].text, strlen(cases[i].text), &integer, &number),
                         cases[i].kind);
    }
    current_case = NULL;
}

/* A small generator of our own: the same numbers everywhere. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void test_number__reads_back_as_it_was(void **state)
{
    uint64_t seed = 88172645463325252u;
    char decimal[32];

    (void)state;
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = next_random(&seed);
        double number;

        memcpy(&number, &bits, sizeof number);
        if (i % 2) {
            snprintf(decimal, sizeof decimal, "%lld.%0*d", (long long)(int32_t)bits, 1 + i % 6,
                     (int)(bits >> 40 & 1));
            number = strtod(decimal, NULL);
        }
        if (!isfinite(number))
            continue;
        current_case = text_of(number);
        assert_true(strtod(current_case, NULL) == number);
    }
    current_case = NULL;
}

static void test_number__integers_to_the_last(void **state)
{
    static const int64_t cases[] = {0, 1, -1, 9, 10, -10, 1234567890, INT64_MAX, INT64_MIN};
    mb_buf out = {0};
    char wanted[32];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_buf_clear(&out);
        mb_number_add_integer(&out, cases[i]);
        snprintf(wanted, sizeof wanted, "%lld", (long long)cases[i]);
        assert_string_equal(out.data, wanted);
    }
    mb_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number__is_written_short),
        cmocka_unit_test(test_number__exponents_may_be_any),
        cmocka_unit_test(test_number__reads_back_as_it_was),
        cmocka_unit_test(test_number__integers_to_the_last),
    };

    return RUN_TESTS(tests);
}

/* test_retention.c -- which backups are kept. */
#include "moonbird/policy/retention.h"

#include "test.h"

#include <string.h>

static void test_retention__is_read(void **state)
{
    static const struct {
        const char *text;
        int days, weeks; /* -1: refused */
    } cases[] = {
        {"7d", 7, 0},     {"4w", 0, 4},        {"7d, 4w", 7, 4},   {"4w,7d", 7, 4},
        {" 7d ,4w ", 7, 4}, {"1d", 1, 0},      {"", -1, -1},       {"0d", -1, -1},
        {"7", -1, -1},    {"d", -1, -1},       {"7d,", -1, -1},    {"7d 4w", -1, -1},
        {"7d, 7d", -1, -1}, {"7x", -1, -1},    {"-7d", -1, -1},    {"7d, 4w, 1d", -1, -1},
        {"99999999999999999999d", -1, -1},     {"7 d", -1, -1},    {"7D", -1, -1},
    };
    mb_retention keep;
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        assert_int_equal(mb_retention_read(&keep, cases[i].text, &err), cases[i].days >= 0);
        if (cases[i].days < 0) {
            assert_int_equal(err.code, MB_ERR_USAGE);
            continue;
        }
        assert_int_equal(keep.days, cases[i].days);
        assert_int_equal(keep.weeks, cases[i].weeks);
    }
}

#define H(n) ((int64_t)(n)*3600)
#define D(n) H(24 * (n))
#define MONDAY D(4 + 7 * 2700) /* 2021-10-04 */

static void test_retention__keeps_the_newest_of_each_day_and_week(void **state)
{
    static const struct {
        const char *name;
        mb_retention keep;
        int64_t moments[8]; /* the newest first; 0: the end */
        const char *kept;   /* + kept, - deleted */
    } cases[] = {
        {"the newest of a day", {2, 0}, {MONDAY + H(30), MONDAY + H(25), MONDAY + H(3)}, "+-+"},
        {"days without one do not count", {2, 0}, {MONDAY + D(30), MONDAY + D(2), MONDAY}, "++-"},
        {"a day ends at midnight", {1, 0}, {MONDAY, MONDAY - 1}, "+-"},
        {"a week begins on Monday", {0, 2}, {MONDAY + D(6), MONDAY, MONDAY - 1, MONDAY - D(7)},
         "+-+-"},
        {"both", {2, 2},
         {MONDAY + D(2), MONDAY + D(1), MONDAY, MONDAY - D(1), MONDAY - D(2), MONDAY - D(8)},
         "++-+--"},
        {"the newest is kept always", {1, 0}, {MONDAY - D(9000)}, "+"},
        {"before 1970", {1, 1}, {-1, -2, D(-7) - 1}, "+--"},
        {"none", {1, 1}, {0}, ""},
    };
    bool kept[8];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].kept);

        current_case = cases[i].name;
        mb_retention_choose(kept, cases[i].moments, n, &cases[i].keep);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(kept[k], cases[i].kept[k] == '+');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retention__is_read),
        cmocka_unit_test(test_retention__keeps_the_newest_of_each_day_and_week),
    };

    return RUN_TESTS(tests);
}

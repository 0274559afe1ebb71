#include "moonbird/policy/window.h"

#include "test.h"

#include <string.h>

enum { SUN, MON, TUE, WED, THU, FRI, SAT };

#define AT(day, h, m) ((day) * MB_DAY_MINUTES + (h) * 60 + (m))

static const struct {
    const char *name, *text;
    int now, wait;
} cases[] = {
    {"first minute", "Sun 02:00-04:00 UTC", AT(SUN, 2, 0), 0},
    {"last minute", "Sun 02:00-04:00 UTC", AT(SUN, 3, 59), 0},
    {"its end is outside", "Sun 02:00-04:00 UTC", AT(SUN, 4, 0), MB_WEEK_MINUTES - 120},
    {"a minute before", "Sun 02:00-04:00 UTC", AT(SUN, 1, 59), 1},
    {"another day", "Sun 02:00-04:00 UTC", AT(SAT, 3, 0), 23 * 60},
    {"over midnight, before it", "Mon-Fri 22:00-02:00 UTC", AT(MON, 23, 0), 0},
    {"over midnight, after it", "Mon-Fri 22:00-02:00 UTC", AT(TUE, 1, 59), 0},
    {"over midnight, its end", "Mon-Fri 22:00-02:00 UTC", AT(TUE, 2, 0), 20 * 60},
    {"the morning after the last day", "Mon-Fri 22:00-02:00 UTC", AT(SAT, 1, 0), 0},
    {"the morning of the first day", "Mon-Fri 22:00-02:00 UTC", AT(MON, 1, 0), 21 * 60},
    {"over the week's end", "Sat 23:00-01:00 UTC", AT(SUN, 0, 30), 0},
    {"over the week's end, closed", "Sat 23:00-01:00 UTC", AT(SUN, 1, 0), AT(SAT, 22, 0)},
    {"days over the week's end", "Fri-Mon 10:00-11:00 UTC", AT(SUN, 10, 30), 0},
    {"days over the week's end, not between", "Fri-Mon 10:00-11:00 UTC", AT(WED, 10, 30),
     2 * MB_DAY_MINUTES - 30},
    {"the second of several", "Sun 02:00-04:00, Wed 01:00-02:00 UTC", AT(WED, 1, 0), 0},
    {"the nearest of several", "Sun 02:00-04:00, Wed 01:00-02:00 UTC", AT(TUE, 0, 0), 25 * 60},
    {"each says UTC", "Sun 02:00-04:00 UTC,Wed 01:00-02:00 UTC", AT(WED, 1, 30), 0},
    {"every day", "02:00-04:00 UTC", AT(THU, 3, 0), 0},
    {"every day, closed", "02:00-04:00 UTC", AT(SAT, 4, 0), 22 * 60},
    {"always", "00:00-24:00 UTC", AT(SAT, 23, 59), 0},
    {"a whole day", "Sat 00:00-24:00 UTC", AT(SAT, 23, 59), 0},
    {"not the next", "Sat 00:00-24:00 UTC", AT(SUN, 0, 0), 6 * MB_DAY_MINUTES},
    {"whole names, any case, any space", " sunday\t02:00 - 04:00  utc ", AT(SUN, 2, 0), 0},
};

static void test_window__is_open_or_says_how_long_until(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int wait = -1, left = -1;
        mb_error err;

        current_case = cases[i].name;
        assert_true(mb_window_wait(&wait, &left, cases[i].text, cases[i].now, &err));
        assert_int_equal(wait, cases[i].wait);
        assert_int_equal(left > 0, wait == 0);
    }
}

static void test_window__says_when_it_closes(void **state)
{
    static const struct {
        const char *text;
        int now, left;
    } closing[] = {
        {"Sun 02:00-04:00 UTC", AT(SUN, 2, 0), 120},
        {"Sun 02:00-04:00 UTC", AT(SUN, 3, 59), 1},
        {"Mon-Fri 22:00-02:00 UTC", AT(TUE, 1, 0), 60},
        {"Sat 23:00-01:00 UTC", AT(SUN, 0, 30), 30},
        {"Sun 02:00-04:00, Sun 03:00-05:00 UTC", AT(SUN, 3, 30), 90},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(closing); i++) {
        int wait, left;
        mb_error err;

        assert_true(mb_window_wait(&wait, &left, closing[i].text, closing[i].now, &err));
        assert_int_equal(left, closing[i].left);
    }
}

static const struct {
    const char *text, *says;
} wrong[] = {
    {"", "a time is HH:MM"},
    {"UTC", "a day is one of"},
    {"Sun", "a time is HH:MM"},
    {"Sun,Mon 02:00-04:00 UTC", "a time is HH:MM"},
    {"Sum 02:00-04:00 UTC", "a day is one of"},
    {"Su 02:00-04:00 UTC", "a day is one of"},
    {"Sun- 02:00-04:00 UTC", "a day is one of"},
    {"Sun 2:00-04:00 UTC", "a time is HH:MM"},
    {"Sun 02:60-04:00 UTC", "a time is HH:MM"},
    {"Sun 02:00-24:01 UTC", "a time is HH:MM"},
    {"Sun 02:00 UTC", "need a \"-\""},
    {"Sun 02:00-02:00 UTC", "begins and ends at the same time"},
    {"24:00-00:00 UTC", "begins and ends at the same time"},
    {"Sun 02:00-04:00", "must end with UTC"},
    {"Sun 02:00-04:00 CET", "must end with UTC"},
    {"Sun 02:00-04:00 UTC+2", "must end with UTC"},
    {"Sun 02:00-04:00 UTC, Mon 02:00-04:00", "must end with UTC"},
    {"Sun 02:00-04:00 UTC,", "a time is HH:MM"},
};

static void test_window__refuses_what_is_none_whatever_the_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        mb_error err;
        int wait, left;

        current_case = wrong[i].text;
        assert_false(mb_window_wait(&wait, &left, wrong[i].text, AT(SUN, 3, 0), &err));
        assert_int_equal(err.code, MB_ERR_USAGE);
        assert_non_null(strstr(err.message, wrong[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window__is_open_or_says_how_long_until),
        cmocka_unit_test(test_window__says_when_it_closes),
        cmocka_unit_test(test_window__refuses_what_is_none_whatever_the_time),
    };

    return RUN_TESTS(tests);
}

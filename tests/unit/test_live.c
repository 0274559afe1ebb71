#include "moonbird/os/live.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void test_live__a_narrow_terminal_shows_whole_fields(void **state)
{
    static const struct {
        const char *text;
        size_t most;
        const char *wanted;
    } cases[] = {
        {"b: 10 rows, 5 %, 27 s left, 900 rows/s", 80, "b: 10 rows, 5 %, 27 s left, 900 rows/s"},
        {"b: 10 rows, 5 %, 27 s left, 900 rows/s", 38, "b: 10 rows, 5 %, 27 s left, 900 rows/s"},
        {"b: 10 rows, 5 %, 27 s left, 900 rows/s", 37, "b: 10 rows, 5 %, 27 s left"},
        {"b: 10 rows, 5 %, 27 s left, 900 rows/s", 25, "b: 10 rows, 5 %"},
        {"b: 10 rows, 5 %; waits for 7", 20, "b: 10 rows, 5 %"},
        {"b: 10 rows, 5 %", 10, "b: 10 rows"},
        {"b: 10 rows, 5 %", 4, "b: 1"},
        {"1,234 of 5,678, 9/s", 16, "1,234 of 5,678"},
        {"\xC3\xA4\xC3\xB6\xC3\xBC, x", 3, "\xC3\xA4\xC3\xB6\xC3\xBC"},
        {"\xC3\xA4\xC3\xB6\xC3\xBC", 2, "\xC3\xA4\xC3\xB6"},
        {"", 3, ""},
        {"abc", 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[80];

        current_case = cases[i].text;
        snprintf(text, sizeof text, "%s", cases[i].text);
        mb_live_fit(text, cases[i].most);
        assert_string_equal(text, cases[i].wanted);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live__a_narrow_terminal_shows_whole_fields),
    };

    return RUN_TESTS(tests);
}

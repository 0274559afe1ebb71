#include "moonbird/base/suggest.h"

#include "test.h"

static const char *const words[] = {"status", "start",    "up",      "down",
                                    "redo",   "baseline", "backfill"};

static const struct {
    const char *given, *want;
} cases[] = {
    {"status", "status"},
    {"statsu", "status"},
    {"stats", "status"},
    {"stat", "start"},
    {"pu", "up"},
    {"u", "up"},
    {"dwon", "down"},
    {"rdeo", "redo"},
    {"basline", "baseline"},
    {"backfil", "backfill"},
    {"bakcfil", "backfill"},
    {"xyz", NULL},
    {"", NULL},
    {"history", NULL},
    {"STATUS", NULL},
    {"a word that is much longer than any command could ever be, past the table", NULL},
};

static void test_suggest__nearest_word_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = mb_nearest(cases[i].given, words, COUNT(words));

        current_case = cases[i].given;
        if (cases[i].want)
            assert_string_equal(got ? got : "none", cases[i].want);
        else
            assert_string_equal(got ? got : "none", "none");
    }
    assert_null(mb_nearest("up", words, 0));
}

static void test_suggest__the_first_of_equals_wins(void **state)
{
    static const char *const twins[] = {"abcd", "abce"};

    (void)state;
    assert_string_equal(mb_nearest("abcf", twins, 2), "abcd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suggest__nearest_word_or_none),
        cmocka_unit_test(test_suggest__the_first_of_equals_wins),
    };

    return RUN_TESTS(tests);
}

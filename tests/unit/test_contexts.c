#include "format/settings/contexts.h"

#include "test.h"

static const struct {
    const char *expression, *given;
    bool holds;
} cases[] = {
    {"test", NULL, true},
    {"test", "", true},
    {"!test", " , ", true},
    {"@test", NULL, false},
    {"@test", "test", true},
    {"test", "@test", true},
    {"test", "prod", false},
    {"TEST", "test", true},
    {"test", "prod, Test", true},
    {"test,prod", "prod", true},
    {"test or prod", "prod", true},
    {"test and prod", "prod", false},
    {"test and prod", "prod,test", true},
    {"!test", "prod", true},
    {"not test", "test", false},
    {"!!test", "test", true},
    {"a or b and c", "a", true},
    {"(a or b) and c", "a", false},
    {"!(a or b), c", "b", false},
    {"!(a or b), c", "b,c", true},
    {"android", "android", true},
    {"and-or", "and-or", true},
    {"a or @b", NULL, true},
    {"a and @b", NULL, false},
    {"!@b", NULL, true},
    {"!(@b)", NULL, true},
    {"(@b)", NULL, false},
    {"nocontexts", NULL, true},
    {"nocontexts", "a", false},
    {"!nocontexts", NULL, false},
    {"not nocontexts and a", NULL, false},
    {"!nocontexts and a", "a", true},
};

static void test_contexts_hold__is_what_liquibase_decides(void **state)
{
    bool holds;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].expression;
        assert_true(mb_contexts_hold(&holds, cases[i].expression, cases[i].given));
        assert_int_equal(holds, cases[i].holds);
    }
}

static void test_contexts_hold__refuses_what_is_no_expression(void **state)
{
    static const char *const bad[] = {"", " ", "a b", "(a", "a)", "a and", "or a", "!", "a,,b", "()"};
    bool holds;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        current_case = bad[i];
        assert_false(mb_contexts_hold(&holds, bad[i], "a"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contexts_hold__is_what_liquibase_decides),
        cmocka_unit_test(test_contexts_hold__refuses_what_is_no_expression),
    };

    return RUN_TESTS(tests);
}

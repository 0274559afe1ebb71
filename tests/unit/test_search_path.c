#include "moonbird/history/search_path.h"

#include "test.h"

/* The schema is "moonbird", the role "me"; `user` and `current` where they are others. */
static const struct {
    const char *path, *current, *user;
    bool exists, leads;
} cases[] = {
    {"\"$user\", public", "public", "me", false, false},
    {"\"$user\", public", "public", "moonbird", false, true},
    {"\"$user\", public", "moonbird", "moonbird", true, true},
    {"\"$user\", public", "public", "moonbird", true, false}, /* it may not use the schema */
    {"public, \"$user\"", "public", "moonbird", false, false},
    {"absent, \"$user\"", NULL, "moonbird", false, true},
    {"absent", NULL, "moonbird", false, false},
    {"", NULL, "moonbird", false, false},
    {"MoonBird", NULL, "me", false, true},
    {"\"MoonBird\"", NULL, "me", false, false},
    {"\"a\"\"b\" ,moonbird", NULL, "me", false, true},
    {"\"a,moonbird\", b", "b", "me", false, false},
    {"app,moonbird", "app", "me", false, false},
    {"\"App\",moonbird", "App", "me", false, false},
};

static void test_search_path__leads_to_the_schema_or_will(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_name_place place = {cases[i].path, cases[i].current, cases[i].user,
                                     cases[i].exists};

        current_case = cases[i].path;
        assert_int_equal(mb_path_leads_to(&place, "moonbird"), cases[i].leads);
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_path__leads_to_the_schema_or_will),
    };

    return RUN_TESTS(tests);
}

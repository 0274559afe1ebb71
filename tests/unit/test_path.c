/* Paths as strings. */
#include "moonbird/os/path.h"

#include "test.h"

#include <stdlib.h>

static void test_path__of_a_person_inside_the_project(void **state)
{
    static const struct {
        const char *folder, *path, *wanted;
    } cases[] = {
        {"src", "a.sql", "src/a.sql"},
        {"src/deep", "./a.sql", "src/deep/a.sql"},
        {"src/deep", "../a.sql", "src/a.sql"},
        {"src/deep", "../../a.sql", "a.sql"},
        {"src/deep", "../../../a", "../a"},
        {"src/deep", "./.././x/../y", "src/x/../y"},
        {"src/deep", "..//a", "src/a"},
        {"src/deep", ".", "src/deep"},
        {"src/deep", "..", "src"},
        {"src", "..", "."},
        {"src", "../..", ".."},
        {"src", ".hidden", "src/.hidden"},
        {"src", "..x/a", "src/..x/a"},
        {"src", ".../a", "src/.../a"},
        {"src", "/a/../b", "/a/../b"},
        {"src", "", "src"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = mb_path_from_below(cases[i].folder, cases[i].path);

        current_case = cases[i].path;
        assert_string_equal(got, cases[i].wanted);
        free(got);
    }
    current_case = NULL;
}

static void test_path__of_the_project_for_a_person_inside_it(void **state)
{
    static const struct {
        const char *folder, *path, *wanted;
    } cases[] = {
        {"src", "src/a.sql", "a.sql"},
        {"src", "migrations/a.sql", "../migrations/a.sql"},
        {"src/deep", "src/a.sql", "../a.sql"},
        {"src/deep", "src/deep/a.sql", "a.sql"},
        {"src/deep", "src/deeper/a.sql", "../deeper/a.sql"},
        {"src/deeper", "src/deep/a.sql", "../deep/a.sql"},
        {"mig", "migrations/a.sql", "../migrations/a.sql"},
        {"migrations", "mig/a.sql", "../mig/a.sql"},
        {"src/deep", "a.sql", "../../a.sql"},
        {"src", "../a.sql", "../../a.sql"},
        {"src", "/a.sql", "/a.sql"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = mb_path_to_below(cases[i].folder, cases[i].path);

        current_case = cases[i].path;
        assert_string_equal(got, cases[i].wanted);
        free(got);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path__of_a_person_inside_the_project),
        cmocka_unit_test(test_path__of_the_project_for_a_person_inside_it),
    };

    return RUN_TESTS(tests);
}

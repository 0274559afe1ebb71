#include "moonbird/sql/fragment.h"

#include "test.h"

static const struct {
    const char *name, *sql, *flaw; /* NULL: it stays in its place */
} cases[] = {
    {"plain", "id < 10 AND (a OR (b))", NULL},
    {"empty", "", NULL},
    {"closed first", "id < 10) OR (id > 40", "a \")\" without a \"(\""},
    {"closed twice", "(a))", "a \")\" without a \"(\""},
    {"left open", "id IN (SELECT 1", "a \"(\" that is not closed"},
    {"semicolon", "true; DELETE FROM t", "a semicolon"},
    {"in a string", "a = ')(;' AND b = $$);$$ AND \")\" = E'\\');'", NULL},
    {"in a comment", "a -- );\n AND b /* ); */", NULL},
    {"a comment at the end", "a -- b (", NULL},
    {"an open string", "a = 'b", "a quote or a comment that is not closed"},
    {"an open name", "\"a = 1", "a quote or a comment that is not closed"},
    {"an open dollar quote", "a = $x$b$y$", "a quote or a comment that is not closed"},
    {"an open comment", "a /* b /* c */", "a quote or a comment that is not closed"},
    {"the first counts", "(a; b", "a semicolon"},
};

static void test_fragment__stays_in_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *flaw = mb_sql_fragment_flaw(cases[i].sql);

        current_case = cases[i].name;
        assert_string_equal(flaw ? flaw : "", cases[i].flaw ? cases[i].flaw : "");
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fragment__stays_in_its_place),
    };

    return RUN_TESTS(tests);
}

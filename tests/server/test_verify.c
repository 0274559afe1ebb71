/* Files and history compared. */
#include "moonbird/report/verify.h"
#include "project.h"

#include <stdlib.h>
#include <string.h>

/* "kind name" of each finding, with ", " between. */
static const char *found(bench *b)
{
    static char text[1024];
    mb_findings findings;
    size_t len = 0;

    EXPECT(mb_project_verify(&findings, b->project, NULL, &b->err));
    text[0] = '\0';
    for (size_t i = 0; i < findings.n; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s %s", i ? ", " : "",
                                findings.items[i].kind, findings.items[i].name);
    mb_findings_free(&findings);
    return text;
}

static void drop_file(const bench *b, const char *name)
{
    char path[160];

    snprintf(path, sizeof path, "%s/%s", b->root, name);
    assert_int_equal(remove(path), 0);
}

/* Each over 1_a and 3_c applied. */
static void test_verify__finds_each_difference(void **state)
{
    static const struct {
        const char *name, *file, *text, *sql, *finds;
    } cases[] = {
        {"nothing", "migrations/4_d.sql", "SELECT 1;", NULL, ""},
        {"a comment", "migrations/3_c.sql", "SELECT 3; -- three", NULL, ""},
        {"changed", "migrations/3_c.sql", "SELECT 4;", NULL, "changed 3_c"},
        {"changed into no SQL", "migrations/3_c.sql", "SELECT '", NULL, "changed 3_c"},
        {"late", "migrations/2_b.sql", "SELECT 1;", NULL, "out_of_order 2_b"},
        {"number", "migrations/3_d.sql", "SELECT 1;", NULL, "duplicate_number 3_d"},
        {"directive", "migrations/4_d.sql", "-- moonbird: a=b", NULL, "file 4_d"},
        {"rollback", "migrations/4_d.sql", "SELECT 1;\n-- moonbird:down\n'", NULL, "file 4_d"},
        {"requires", "migrations-manual/1.sql", "-- moonbird: requires=9_z,1_a\nSELECT 1;",
         NULL, "requires 1"},
        {"orphan", "migrations/meta/_journal.json", "{\"entries\": [{\"tag\": \"1_a\"}]}", NULL,
         "orphan 3_c"},
        {"no file", "migrations/meta/_journal.json",
         "{\"entries\": [{\"tag\": \"1_a\"}, {\"tag\": \"3_c\"}, {\"tag\": \"4_d\"}]}", NULL,
         "missing 4_d"},
        {"missing", "migrations/3_c.sql", NULL, NULL, "missing 3_c"},
        {"half done", "migrations/4_d.sql", "SELECT 1;",
         "UPDATE moonbird.migrations SET state = 'failed' WHERE name = '3_c'", "half_done 3_c"},
    };
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put_file(b, "migrations/3_c.sql", "SELECT 3;");
        EXPECT(up(b));
        if (cases[i].text)
            put_file(b, cases[i].file, cases[i].text);
        else
            drop_file(b, cases[i].file);
        if (cases[i].sql)
            sql(b->conn, cases[i].sql);
        assert_string_equal(found(b), cases[i].finds);
        if (cases[i].text)
            drop_file(b, cases[i].file);
        sql(b->conn, "DELETE FROM moonbird.migrations WHERE name <> '1_a'");
    }
    current_case = NULL;
}

static void test_verify__tells_the_place_and_both_sums(void **state)
{
    mb_findings findings;
    bench *b = *state;
    char sums[4][MB_HASH_HEX];

    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    EXPECT(up(b));
    put_file(b, "migrations/1_a.sql", "SELECT 2;");
    put_file(b, "migrations/2_b.sql", "SELECT 1;\nSELECT 'a;");
    EXPECT(mb_project_verify(&findings, b->project, NULL, &b->err));
    assert_int_equal(findings.n, 2);
    assert_int_equal(findings.checked, 2);
    assert_string_equal(findings.items[0].file, "migrations/1_a.sql");
    assert_int_equal(sscanf(findings.items[0].detail,
                            "Its checksum is %64s (raw %64[0-9a-f]); when applied it was %64s"
                            " (raw %64[0-9a-f]).", sums[0], sums[1], sums[2], sums[3]), 4);
    assert_string_not_equal(sums[0], sums[2]);
    assert_string_equal(findings.items[1].file, "migrations/2_b.sql");
    assert_int_equal(findings.items[1].line, 2);
    mb_findings_free(&findings);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events"), 1);
}

static void test_verify__makes_nothing(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    assert_string_equal(found(b), "");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_namespace WHERE nspname = "
                                      "'moonbird'"), 0);
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH(test_verify__finds_each_difference),
        BENCH(test_verify__tells_the_place_and_both_sums),
        BENCH(test_verify__makes_nothing),
    };

    return RUN_SERVER_TESTS(tests);
}

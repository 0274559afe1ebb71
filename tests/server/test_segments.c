#include "moonbird/policy/allow.h"
#include "moonbird/project/preparation.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/apply.h"
#include "moonbird/report/plan.h"
#include "project.h"

#include <string.h>

static int64_t invalid_indexes(bench *b)
{
    return sql_int(b->conn, "SELECT count(*) FROM pg_index WHERE NOT indisvalid");
}

static bool noted(const bench *b, const char *text)
{
    return strstr(mb_buf_str(&b->notes), text) != NULL;
}

static const char unique_index[] = "INSERT INTO t VALUES (10, 10);\n"
                                   "CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x);\n"
                                   "INSERT INTO t VALUES (11, 11);\n";

static void test_segments__a_failed_unique_index_leaves_nothing_and_goes_on(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int, y int); INSERT INTO t VALUES (1, 1), "
                                      "(1, 2);");
    put_file(b, "migrations/2_b.sql", unique_index);
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "23505");
    assert_int_equal(b->err.line, 2);
    assert_non_null(strstr(b->err.detail, "Key (x)=(1) is duplicated"));
    assert_int_equal(invalid_indexes(b), 0);
    assert_int_equal(sql_int(b->conn, "SELECT statements_done FROM moonbird.migrations WHERE "
                                      "state = 'failed'"), 1);
    sql(b->conn, "DELETE FROM t WHERE y = 2");
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a 2_b");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE x = 10"), 1);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE x = 11"), 1);
}

static void test_segments__an_unnamed_index_leaves_nothing_either(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int); INSERT INTO t VALUES (1), (1);");
    put_file(b, "migrations/2_b.sql", "CREATE UNIQUE INDEX CONCURRENTLY ON t (x);");
    assert_false(up(b));
    assert_int_equal(invalid_indexes(b), 0);
}

static void test_segments__an_invalid_twin_is_dropped_first(void **state)
{
    bench *b = *state;
    mb_error ignored;

    sql(b->conn, "CREATE TABLE t (x int, y int); INSERT INTO t VALUES (1, 1), (1, 2)");
    assert_false(mb_conn_exec(NULL, b->conn, "CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x)",
                              &ignored));
    sql(b->conn, "DELETE FROM t WHERE y = 2");
    assert_int_equal(invalid_indexes(b), 1);
    put_file(b, "migrations/1_a.sql",
             "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_x ON t (x);");
    EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_int_equal(invalid_indexes(b), 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = "
                                      "indexrelid WHERE relname = 't_x' AND indisvalid"), 1);
    assert_true(noted(b, "dropped INVALID index"));
}

/* The state that a kill leaves between a statement and its record. */
static void leave_half_done(bench *b, int done)
{
    char text[512];

    snprintf(text, sizeof text,
             "UPDATE moonbird.migrations SET state = 'failed', statements_done = %d", done);
    sql(b->conn, text);
}

static void test_segments__what_is_done_already_is_not_done_again(void **state)
{
    static const struct {
        const char *name, *before, *text;
    } cases[] = {
        {"create index", "", "CREATE INDEX CONCURRENTLY t_x ON t (x);"},
        {"drop index", "CREATE INDEX t_x ON t (x)", "DROP INDEX CONCURRENTLY t_x;"},
        {"detach", "CREATE TABLE p (x int) PARTITION BY RANGE (x); CREATE TABLE p1 PARTITION OF p "
                   "FOR VALUES FROM (0) TO (9)",
         "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;"},
        {"create database", "", "CREATE DATABASE resumed_db;"},
        {"drop database", "", "DROP DATABASE resumed_db;"},
    };
    bench *b = *state;
    int64_t version = sql_int(b->conn, "SELECT current_setting('server_version_num')::int8");

    sql(b->conn, "CREATE TABLE t (x int)");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char file[64];

        if (strstr(cases[i].text, "DETACH") && version < 140000)
            continue;
        current_case = cases[i].name;
        if (*cases[i].before)
            sql(b->conn, cases[i].before);
        snprintf(file, sizeof file, "migrations/%zu_x.sql", i + 1);
        put_file(b, file, cases[i].text);
        EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
        leave_half_done(b, 0);
        EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
        assert_true(noted(b, "this statement was already done"));
        sql(b->conn, "DROP INDEX IF EXISTS t_x");
        sql(b->conn, "DELETE FROM moonbird.migrations");
        put_file(b, file, "SELECT 1;");
    }
    current_case = NULL;
}

static void test_segments__what_the_server_wanted_in_segments_goes_on_as_segments(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);\n"
                                      "DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$;\n"
                                      "SELECT 1 / 0;\n");
    assert_false(up(b));
    assert_int_equal(b->err.line, 3);
    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);\n"
                                      "DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$;\n"
                                      "SELECT 1 / 1;\n");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 1);
}

/* The first of its two steps is committed when the second waits in vain. */
static void test_segments__what_commits_inside_is_not_tried_again(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);

    sql(b->conn, "CREATE TABLE t (x int, y int); INSERT INTO t VALUES (1, 100), (2, 100);"
                 "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN"
                 " UPDATE t SET y = y + 10 WHERE x = 1; COMMIT;"
                 " UPDATE t SET y = y + 10 WHERE x = 2; COMMIT; END $$");
    sql(other, "BEGIN; UPDATE t SET y = y WHERE x = 2");
    put_file(b, "migrations/1_a.sql", "CALL p();");
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_string_equal(b->err.sqlstate, "55P03");
    assert_non_null(strstr(b->err.hint, "runs from its start"));
    assert_false(noted(b, "retry"));
    assert_int_equal(sql_int(b->conn, "SELECT y FROM t WHERE x = 1"), 110);
    mb_conn_close(other);
    EXPECT(up(b));
    assert_true(noted(b, "may have run in part"));
    assert_int_equal(sql_int(b->conn, "SELECT sum(y) FROM t"), 230);
}

static void test_segments__an_index_is_rebuilt_by_name(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int); CREATE INDEX i ON t (x);");
    put_file(b, "migrations/2_b.sql", "REINDEX INDEX CONCURRENTLY i;");
    EXPECT(up(b));
    assert_int_equal(invalid_indexes(b), 0);
}

static void test_segments__what_ran_must_not_be_edited(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int); INSERT INTO t VALUES (1), (1);\n"
                                      "CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x);");
    assert_false(up(b));
    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x bigint); INSERT INTO t VALUES (1), (1);\n"
                                      "CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x);");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_non_null(strstr(b->err.message, "which already ran, were edited"));
    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);");
    assert_false(up(b));
    assert_non_null(strstr(b->err.message, "which already ran, were edited"));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations WHERE statements ="
                                      " 3"
                                      " AND statements_done = 2 AND error LIKE '%unique"
                                      " index%'"), 1);
}

/* How many statements the history counts as done when the last one fails. */
static void test_segments__what_is_done_is_counted(void **state)
{
    static const struct {
        const char *name, *text;
        int64_t done;
    } cases[] = {
        {"up to a statement that runs alone", "SELECT 1;\nVACUUM;\nSELECT 2;\nSELECT 1 / 0;", 2},
        {"one by one", "-- moonbird: transaction=off\nSELECT 1;\nSELECT 2;\nSELECT 1 / 0;", 2},
        {"up to a BEGIN", "SELECT 1;\nBEGIN;\nSELECT 2;\nSELECT 1 / 0;\nCOMMIT;", 1},
        {"a COMMIT in no transaction", "VACUUM;\nCOMMIT;\nSELECT 1 / 0;", 2},
        {"a ROLLBACK", "BEGIN;\nSELECT 1;\nROLLBACK;\nSELECT 1 / 0;", 3},
    };
    bench *b = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put_file(b, "migrations/1_a.sql", cases[i].text);
        assert_false(up(b));
        assert_string_equal(b->err.sqlstate, "22012");
        assert_int_equal(sql_int(b->conn, "SELECT statements_done FROM moonbird.migrations"),
                         cases[i].done);
        sql(b->conn, "DELETE FROM moonbird.migrations");
    }
    current_case = NULL;
}

/* While the statement runs, which then fails, another runner begins the migration. */
static void test_segments__a_failure_is_not_written_into_another_runners_row(void **state)
{
    static const struct {
        const char *name, *change, *state;
    } cases[] = {
        {"ours", "state = state", "failed"},
        {"of another host", "runner_host = 'elsewhere'", "running"},
        {"of another process", "runner_pid = runner_pid + 1", "running"},
        {"begun at another time", "started_at = started_at + interval '1 microsecond'", "running"},
    };
    bench *b = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];

        current_case = cases[i].name;
        snprintf(text, sizeof text,
                 "-- moonbird: transaction=off\nDO $$ BEGIN UPDATE moonbird.migrations SET %s;"
                 " COMMIT;"
                 " PERFORM 1 / 0; END $$;",
                 cases[i].change);
        put_file(b, "migrations/1_a.sql", text);
        assert_false(up(b));
        assert_string_equal(b->err.sqlstate, "22012");
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events WHERE outcome ="
                                          " 'failed'"),
                         (int64_t)i + 1);
        snprintf(text, sizeof text, "SELECT count(*) FROM moonbird.migrations WHERE state = '%s'",
                 cases[i].state);
        assert_int_equal(sql_int(b->conn, text), 1);
        sql(b->conn, "DELETE FROM moonbird.migrations");
    }
    current_case = NULL;
}

/* A file whose text allows one transaction does not run in one once a part of it is done. */
static void test_segments__what_is_begun_is_not_begun_again_in_a_single_transaction(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int); INSERT INTO t VALUES (1);\n"
                                      "DO $$ BEGIN COMMIT; END $$;\nSELECT 1 / 0;\n");
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "22012");
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .single_transaction = true}));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 1);
}

static void test_segments__a_plan_shows_what_is_left(void **state)
{
    const mb_preparation *plan;
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);\nCOMMIT;\nSELECT 1 / 0;\n"
                                      "SELECT 2;");
    assert_false(up(b));
    EXPECT(mb_project_plan(&plan, b->project, &(mb_request){.what = MB_DO_UP}, true,
                           (mb_given){0}, &b->err));
    assert_int_equal(plan->n, 1);
    assert_int_equal(plan->items[0].statements, 2);
    assert_int_equal(plan->items[0].previews[0].line, 3);
    assert_int_equal(plan->items[0].previews[1].line, 4);
}

/* Appends to the file at the start of its second migration. */
static void edit(void *self, const mb_step *step)
{
    const bench *b = self;

    if (strcmp(step->item->name, "2_b") == 0)
        put_file(b, "migrations/2_b.sql", "CREATE TABLE other ();\nCOMMIT;\nSELECT 2;");
}

static void test_segments__a_file_that_was_edited_meanwhile_is_not_run(void **state)
{
    bench *b = *state;
    const mb_reporter reporter = {.self = b, .started = edit};

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);");
    put_file(b, "migrations/2_b.sql", "CREATE TABLE u ();\nCOMMIT;\nSELECT 1;");
    assert_false(mb_project_apply(&b->outcome, b->project, &(mb_request){.what = MB_DO_UP}, (mb_given){0}, &reporter, &b->err));
    mb_outcome_free(&b->outcome);
    assert_int_equal(b->err.code, MB_ERR_FILE);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname IN ('u', "
                                      "'other')"), 0);
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a 2_b");
}

#define TWICE                                                                                      \
    "-- moonbird: transaction=off\nDO $$ BEGIN IF nextval('tries') = 1 THEN RAISE SQLSTATE"        \
    " '55P03';"                                                                                    \
    " END IF; END $$;\n"

static void edit_last(void *self, const char *note)
{
    if (strstr(note, "retry"))
        put_file(self, "migrations/1_a.sql", TWICE "CREATE TABLE other ();");
}

static void test_segments__a_file_that_is_edited_while_it_runs_is_not_applied(void **state)
{
    bench *b = *state;
    const mb_reporter reporter = {.self = b, .note = edit_last};
    const mb_request request = {.what = MB_DO_UP, .force_empty_history = true};

    sql(b->conn, "CREATE SEQUENCE tries");
    put_file(b, "migrations/1_a.sql", TWICE "SELECT 1;");
    assert_false(mb_project_apply(&b->outcome, b->project, &request, (mb_given){0}, &reporter,
                                  &b->err));
    assert_string_equal(b->err.message, "the file changed after moonbird read it");
    assert_int_equal(b->err.code, MB_ERR_FILE);
    assert_string_equal(applied(b), "");
}

static void test_segments__restart_begins_with_the_first_statement(void **state)
{
    bench *b = *state;
    const char *name = "1_a";

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int); INSERT INTO t VALUES (1), (1);\n"
                                      "CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x);");
    assert_false(up(b));
    put_file(b, "migrations/1_a.sql", "SELECT 1 / 0; VACUUM;");
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .restart = name}));
    assert_string_equal(b->err.sqlstate, "22012");
    assert_int_equal(sql_int(b->conn, "SELECT statements_done FROM moonbird.migrations"), 0);
    put_file(b, "migrations/1_a.sql", "CREATE TABLE IF NOT EXISTS t (x int); TRUNCATE t;\n"
                                      "CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x);");
    EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .restart = name}));
    assert_string_equal(applied(b), "1_a");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events WHERE what ="
                                      " 'restart'"),
                     2);
}

static void test_segments__a_failed_rollback_is_continued_by_down(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int); CREATE INDEX t_x ON t (x);");
    put_file(b, "migrations/1_a_rollback.sql",
             "DROP INDEX CONCURRENTLY t_x;\nSELECT 1 / count(*) FROM t;\nDROP TABLE t;");
    EXPECT(up(b));
    assert_false(down(b, NULL));
    assert_string_equal(b->err.sqlstate, "22012");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    sql(b->conn, "INSERT INTO t VALUES (1)");
    EXPECT(down(b, NULL));
    assert_string_equal(applied(b), "");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname = 't'"), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_segments__a_failed_unique_index_leaves_nothing_and_goes_on),
        TEST(test_segments__an_unnamed_index_leaves_nothing_either),
        TEST(test_segments__an_invalid_twin_is_dropped_first),
        TEST(test_segments__what_is_done_already_is_not_done_again),
        TEST(test_segments__what_the_server_wanted_in_segments_goes_on_as_segments),
        TEST(test_segments__what_commits_inside_is_not_tried_again),
        TEST(test_segments__an_index_is_rebuilt_by_name),
        TEST(test_segments__what_ran_must_not_be_edited),
        TEST(test_segments__what_is_done_is_counted),
        TEST(test_segments__a_failure_is_not_written_into_another_runners_row),
        TEST(test_segments__what_is_begun_is_not_begun_again_in_a_single_transaction),
        TEST(test_segments__a_plan_shows_what_is_left),
        TEST(test_segments__a_file_that_was_edited_meanwhile_is_not_run),
        TEST(test_segments__a_file_that_is_edited_while_it_runs_is_not_applied),
        TEST(test_segments__restart_begins_with_the_first_statement),
        TEST(test_segments__a_failed_rollback_is_continued_by_down),
    };

    return RUN_SERVER_TESTS(tests);
}

#include "moonbird/policy/allow.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/apply.h"
#include "project.h"

#include <string.h>

static void put_inserts(bench *b, int from, int to)
{
    for (int i = from; i <= to; i++) {
        char name[64], text[128];

        snprintf(name, sizeof name, "migrations/%03d_x.sql", i);
        snprintf(text, sizeof text, "INSERT INTO t VALUES (%d);\nUPDATE t SET x = x WHERE x ="
                                    " %d;", i,
                 i);
        put_file(b, name, text);
    }
}

static int64_t rows(bench *b)
{
    return sql_int(b->conn, "SELECT count(*) FROM t");
}

static int64_t applied_count(bench *b)
{
    return sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations WHERE state = 'applied'");
}

static void put_table(bench *b)
{
    put_file(b, "migrations/000_t.sql", "CREATE TABLE t (x int PRIMARY KEY);");
}

static void test_batch__each_is_recorded_as_if_alone(void **state)
{
    bench *b = *state;

    put_table(b);
    put_inserts(b, 1, 450); /* more than two batches */
    EXPECT(up(b));
    assert_int_equal(b->outcome.n, 451);
    assert_int_equal(b->outcome.done[450].statements, 2);
    assert_true(b->outcome.done[450].duration_us > 0);
    assert_int_equal(rows(b), 450);
    assert_int_equal(applied_count(b), 451);
    assert_int_equal(sql_int(b->conn, "SELECT count(DISTINCT position) FROM moonbird.migrations"),
                     451);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events WHERE what = 'up' AND "
                                      "outcome = 'done'"), 451);
    assert_int_equal(sql_int(b->conn, "SELECT count(DISTINCT xmin::text) FROM t"), 450);
}

static void test_batch__an_error_keeps_what_was_before_it_and_has_its_place(void **state)
{
    static const struct {
        const char *name, *text, *sqlstate;
        int line;
    } cases[] = {
        {"at run time", "INSERT INTO t VALUES (7);\nINSERT INTO t VALUES (1 / 0);", "22012", 2},
        {"syntax", "INSERT INTO t VALUES (7);\n\nCREATE TABLEE u (x int);", "42601", 3},
        {"at COMMIT", "CREATE TABLE d (x int UNIQUE DEFERRABLE INITIALLY DEFERRED);\n"
                      "INSERT INTO d "
                      "VALUES (1), (1);", "23505", 0},
    };
    bench *b = *state;

    put_table(b);
    put_inserts(b, 1, 30);
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put_file(b, "migrations/007_x.sql", cases[i].text);
        assert_false(up(b));
        assert_string_equal(b->err.sqlstate, cases[i].sqlstate);
        assert_string_equal(b->err.file, "migrations/007_x.sql");
        assert_int_equal(b->err.line, cases[i].line);
        assert_string_equal(b->outcome.failed, "007_x");
        assert_int_equal(rows(b), 6);
        assert_int_equal(applied_count(b), 7);
    }
    current_case = NULL;
    put_inserts(b, 7, 7);
    EXPECT(up(b));
    assert_int_equal(rows(b), 30);
}

static void test_batch__what_another_runner_did_meanwhile_is_passed_over(void **state)
{
    bench *b = *state;

    put_table(b);
    EXPECT(up(b));
    /* As if a process without the run lock had been quicker. */
    sql(b->conn, "CREATE FUNCTION quicker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " IF NEW.x = 1 THEN INSERT INTO moonbird.migrations (stream, name, state,"
                 " raw_checksum, checksum) VALUES ('auto', '005_x', 'applied', '', ''); END IF;"
                 " RETURN NEW; END $$;"
                 "CREATE TRIGGER quicker BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION"
                 " quicker()");
    put_inserts(b, 1, 10);
    EXPECT(up(b));
    assert_int_equal(b->outcome.n, 9);
    assert_int_equal(rows(b), 9);
    assert_int_equal(applied_count(b), 11);
}

static void test_batch__a_locked_table_is_tried_again(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);

    put_table(b);
    EXPECT(up(b));
    put_inserts(b, 1, 10);
    put_file(b, "migrations/005_x.sql", "-- moonbird: retries=0\nALTER TABLE t ADD y int;");
    sql(other, "BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE");
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "55P03");
    assert_int_equal(rows(b), 4);
    sql(other, "COMMIT");
    EXPECT(up(b));
    assert_int_equal(rows(b), 9);
    mb_conn_close(other);
}

static void test_batch__mixed_with_others_order_is_kept(void **state)
{
    bench *b = *state;

    put_table(b);
    put_inserts(b, 1, 9);
    put_file(b, "migrations/004_x.sql", "SELECT set_config('search_path', '', false);");
    put_file(b, "migrations/006_x.sql", "CREATE INDEX CONCURRENTLY t_y ON t ((x + 1));");
    put_file(b, "migrations/008_x.sql", "COPY t FROM stdin;\n80\n81\n\\.\n");
    EXPECT(up(b));
    assert_int_equal(rows(b), 8);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM (SELECT name, lag(name) OVER (ORDER BY "
                                      "position) AS p FROM moonbird.migrations) m WHERE p >"
                                      " name"), 0);
}

static void test_batch__each_row_has_the_times_of_its_transaction(void **state)
{
    bench *b = *state;

    put_table(b);
    put_inserts(b, 1, 9);
    put_file(b, "migrations/005_x.sql", "INSERT INTO t SELECT 5 FROM pg_sleep(0.2);");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM (SELECT *, lag(applied_at) OVER (ORDER"
                                      " BY position) AS before FROM moonbird.migrations) m"
                                      " WHERE started_at < before OR applied_at <= started_at"
                                      " OR duration_us NOT BETWEEN 1 AND CASE name WHEN '005_x'"
                                      " THEN 9000000 ELSE 190000 END"), 0);
    assert_true(sql_int(b->conn, "SELECT duration_us FROM moonbird.migrations"
                                 " WHERE name = '005_x'") > 190000);
}

/* A trigger can change tables that no statement of the file names. */
static void test_batch__what_a_function_sets_ends_with_its_migration(void **state)
{
    static const char *const settings[][2] = {
        {"lock_timeout", "1h"},      {"statement_timeout", "1h"}, {"synchronous_commit", "local"},
        {"intervalstyle", "iso_8601"}, {"bytea_output", "escape"}, {"extra_float_digits", "1"},
        {"array_nulls", "off"},      {"search_path", "pg_catalog, public"},
        {"timezone", "Asia/Tokyo"},  {"datestyle", "German"},     {"row_security", "off"},
        {"default_tablespace", "pg_default"}, {"session_replication_role", "replica"},
        {"standard_conforming_strings", "off"}, {"role", "pg_monitor"},
    };
    bench *b = *state;

    put_file(b, "migrations/000_t.sql",
             "CREATE TABLE t (x int PRIMARY KEY, y text);"
             "CREATE TABLE s (name text, value text);"
             "CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
             " PERFORM set_config(NEW.name, NEW.value, false); RETURN NEW; END $$;"
             "CREATE TRIGGER change BEFORE INSERT ON s FOR EACH ROW EXECUTE FUNCTION change()");
    EXPECT(up(b));
    for (size_t i = 0; i < COUNT(settings); i++) {
        const char *name = current_case = settings[i][0];
        char file[64], text[256];

        for (size_t n = 0; n < 4; n++) {
            snprintf(file, sizeof file, "migrations/%zu_x.sql", 1 + 4 * i + n);
            if (n == 1)
                snprintf(text, sizeof text, "INSERT INTO s VALUES ('%s', '%s')", name,
                         settings[i][1]);
            else
                snprintf(text, sizeof text, "INSERT INTO t VALUES (%zu, current_setting('%s'))",
                         4 * i + n, name);
            put_file(b, file, text);
        }
        EXPECT(up(b));
        snprintf(text, sizeof text, "SELECT count(DISTINCT y) FROM t WHERE x / 4 = %zu", i);
        assert_int_equal(sql_int(b->conn, text), 1);
    }
    current_case = NULL;
}

static void edit(void *self, const mb_plan *plan)
{
    (void)plan;
    put_file(self, "migrations/002_x.sql", "INSERT INTO t VALUES (7);\nUPDATE t SET x = x WHERE x"
                                           " = 7;");
}

static void test_batch__a_file_that_is_edited_after_the_plan_is_not_applied(void **state)
{
    bench *b = *state;
    const mb_reporter reporter = {.self = b, .planned = edit};

    put_table(b);
    put_inserts(b, 1, 3);
    assert_false(mb_project_apply(&b->outcome, b->project, &(mb_request){.what = MB_DO_UP}, (mb_given){0}, &reporter, &b->err));
    assert_int_equal(b->err.code, MB_ERR_FILE);
    assert_string_equal(b->err.file, "migrations/002_x.sql");
    assert_string_equal(applied(b), "000_t 001_x");
    assert_int_equal(rows(b), 1);
}

/* No transaction gives a sequence's value back: a statement that was sent twice has taken two. */
static void test_batch__can_be_turned_off(void **state)
{
    bench *b = *state;

    b->settings.pipeline = false;
    mb_project_close(b->project);
    mb_project_open(&b->project, &b->settings, b->conn, NULL);
    put_table(b);
    put_inserts(b, 1, 5);
    EXPECT(up(b));
    assert_int_equal(rows(b), 5);
    put_file(b, "migrations/006_s.sql", "CREATE TABLE s (n serial, x int CHECK (x > 0));");
    EXPECT(up(b));
    put_file(b, "migrations/007_x.sql", "INSERT INTO s (x) VALUES (0);");
    put_inserts(b, 8, 9);
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "23514");
    assert_int_equal(sql_int(b->conn, "SELECT last_value FROM s_n_seq"), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_batch__each_is_recorded_as_if_alone),
        TEST(test_batch__an_error_keeps_what_was_before_it_and_has_its_place),
        TEST(test_batch__what_another_runner_did_meanwhile_is_passed_over),
        TEST(test_batch__a_locked_table_is_tried_again),
        TEST(test_batch__mixed_with_others_order_is_kept),
        TEST(test_batch__each_row_has_the_times_of_its_transaction),
        TEST(test_batch__what_a_function_sets_ends_with_its_migration),
        TEST(test_batch__a_file_that_is_edited_after_the_plan_is_not_applied),
        TEST(test_batch__can_be_turned_off),
    };

    return RUN_SERVER_TESTS(tests);
}

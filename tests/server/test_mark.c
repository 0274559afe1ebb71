/* The history changed without running anything, and read. */
#include "moonbird/policy/allow.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/report/history.h"
#include "moonbird/report/amend.h"
#include "project.h"

#include "moonbird/history/lock.h"

#include <stdlib.h>
#include <string.h>

typedef bool (*amend_fn)(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                         const mb_reporter *reporter, mb_error *err);

/* One name; *left (may be NULL) tells whether there was nothing to do. */
static bool amend_one(bench *b, amend_fn fn, const char *name, bool *left)
{
    mb_amendment amendment;
    bool ok = fn(&amendment, b->project, &name, 1, NULL, &b->err);

    if (ok && left)
        *left = amendment.items[0].why != NULL;
    if (ok)
        mb_amendment_free(&amendment);
    return ok;
}

static bool baseline(bench *b, const char *name)
{
    mb_amendment amendment;
    bool ok = mb_project_baseline(&amendment, b->project, name, false, NULL, &b->err);

    if (ok)
        mb_amendment_free(&amendment);
    return ok;
}

static int64_t events(const bench *b, const char *what)
{
    char text[160];

    snprintf(text, sizeof text,
             "SELECT count(*) FROM moonbird.events WHERE what = '%s' AND outcome = 'done'"
             " AND who = session_user",
             what);
    return sql_int(b->conn, text);
}

static void test_mark__mark_runs_nothing_and_has_the_sums_of_a_run(void **state)
{
    static const char same[] = "SELECT count(DISTINCT (raw_checksum, checksum, statements,"
                               " statements_done)) FROM (SELECT * FROM moonbird.migrations"
                               " UNION ALL SELECT * FROM marked) both_of_them";
    bench *b = *state;
    bool left;

    put_file(b, "migrations/1_a.sql",
             "-- moonbird: retries=2\nCREATE TABLE a (x int); /* ; */ SELECT 1;\n"
             "-- moonbird:down\nDROP TABLE a;");
    EXPECT(amend_one(b, mb_project_mark, "1", &left));
    assert_false(left);
    assert_string_equal(applied(b), "1_a");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname = 'a'"), 0);
    assert_int_equal(events(b, "mark"), 1);
    sql(b->conn, "CREATE TABLE marked AS SELECT * FROM moonbird.migrations");
    EXPECT(amend_one(b, mb_project_forget, "1", NULL));
    assert_string_equal(applied(b), "");
    assert_int_equal(events(b, "forget"), 1);
    EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_int_equal(sql_int(b->conn, same), 1);
    EXPECT(amend_one(b, mb_project_mark, "1", &left));
    assert_true(left);
    assert_int_equal(events(b, "mark"), 1);
}

/* Leaves 1_a failed after its first statement. */
static void half_do(bench *b)
{
    put_file(b, "migrations/1_a.sql",
             "CREATE TABLE a (x int);\nCREATE INDEX CONCURRENTLY i ON a (y);\n"
             "-- moonbird:down\nSELECT 1;");
    assert_false(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT statements_done FROM moonbird.migrations"
                                      " WHERE state = 'failed'"),
                     1);
}

static void test_mark__mark_finishes_what_is_half_done(void **state)
{
    static const char *const states[] = {"failed", "running"};
    static const char *const directions[] = {"up", "down"};
    bench *b = *state;

    half_do(b);
    for (size_t i = 0; i < 4; i++) {
        char text[256];

        current_case = states[i % 2];
        snprintf(text, sizeof text,
                 "UPDATE moonbird.migrations SET state = '%s', direction = '%s', error = 'x'",
                 states[i % 2], directions[i / 2]);
        sql(b->conn, text);
        EXPECT(amend_one(b, mb_project_mark, "1_a", NULL));
        assert_int_equal(sql_int(b->conn,
                                 "SELECT count(*) FROM moonbird.migrations WHERE"
                                 " state = 'applied' AND direction = 'up' AND error IS NULL"
                                 " AND statements_done = 2 AND statements = 2"),
                         1);
    }
    current_case = NULL;
    EXPECT(up(b));
    assert_int_equal(b->outcome.n, 0);
    EXPECT(down(b, NULL));
}

static void test_mark__forget_takes_half_done_ones_too(void **state)
{
    bench *b = *state;

    half_do(b);
    EXPECT(amend_one(b, mb_project_forget, "1", NULL));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations"), 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events WHERE what = 'forget'"
                                      " AND detail LIKE 'was failed up, 1 of 2%'"),
                     1);
}

static void test_mark__repair_takes_the_files_sums(void **state)
{
    bench *b = *state;
    bool left;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    EXPECT(up(b));
    EXPECT(amend_one(b, mb_project_repair, "1", &left));
    assert_true(left);
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x bigint);");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_non_null(strstr(b->err.hint, "repair"));
    EXPECT(amend_one(b, mb_project_repair, "1", &left));
    assert_false(left);
    EXPECT(up(b));
    assert_int_equal(events(b, "repair"), 1);
    assert_int_equal(sql_int(b->conn,
                             "SELECT count(*) FROM moonbird.events e, moonbird.migrations m"
                             " WHERE what = 'repair' AND strpos(detail, checksum) > 0"
                             " AND strpos(detail, raw_checksum) > 0"),
                     1);
}

static void test_mark__baseline_begins_an_empty_history(void **state)
{
    bench *b = *state;

    sql(b->conn, "CREATE TABLE a (x int)");
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/2_b.sql", "CREATE TABLE b (x int);");
    put_file(b, "migrations-manual/001_m.sql", "SELECT 1;");
    assert_false(up(b));
    assert_non_null(strstr(b->err.hint, "baseline"));
    EXPECT(baseline(b, "1"));
    assert_string_equal(applied(b), "1_a");
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a 2_b");
    assert_false(baseline(b, NULL));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_int_equal(events(b, "baseline"), 1);
}

static void test_mark__refuses_in_words_and_leaves_everything(void **state)
{
    static const struct {
        const char *name;
        amend_fn fn;
        const char *migration;
        mb_code code;
        const char *says;
    } cases[] = {
        {"unknown", mb_project_mark, "9", MB_ERR_USAGE, "does not exist"},
        {"mark a broken file", mb_project_mark, "4", MB_ERR_FILE, "unterminated"},
        {"mark without a file", mb_project_mark, "3", MB_ERR_FILE, "has no file"},
        {"forget a pending one", mb_project_forget, "4", MB_ERR_USAGE, "not in the history"},
        {"repair a pending one", mb_project_repair, "4", MB_ERR_USAGE, "not in the history"},
        {"repair without a file", mb_project_repair, "2", MB_ERR_FILE, "has no file"},
        {"repair a half-done one", mb_project_repair, "1", MB_ERR_POLICY, "half done"},
    };
    bench *b = *state;
    char *gone;

    put_file(b, "migrations/2_b.sql", "SELECT 1;");
    EXPECT(up(b));
    put_file(b, "migrations/1_a.sql", "SELECT 1; SELECT 1; CREATE DATABASE postgres;");
    assert_false(up(b));
    put_file(b, "migrations/4_d.sql", "SELECT 'x");
    put_file(b, "migrations/meta/_journal.json",
             "{\"entries\": [{\"tag\": \"1_a\"}, {\"tag\": \"2_b\"}, {\"tag\": \"3_c\"}]}");
    gone = mb_format("%s/migrations/2_b.sql", b->root);
    assert_int_equal(remove(gone), 0);
    free(gone);
    sql(b->conn, "CREATE TABLE before AS SELECT * FROM moonbird.migrations");
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        assert_false(amend_one(b, cases[i].fn, cases[i].migration, NULL));
        if (b->err.code != cases[i].code || !strstr(b->err.message, cases[i].says))
            fail_msg("%s", b->err.message);
        assert_int_equal(mb_conn_tx(b->conn), MB_TX_IDLE);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM (TABLE before EXCEPT ALL"
                                          " TABLE moonbird.migrations) x"),
                         0);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations"), 2);
    }
    current_case = NULL;
}

static void test_mark__several_are_one_transaction(void **state)
{
    static const char *const names[] = {"1_a", "2_b", "1", "3_c"};
    mb_amendment amendment;
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    put_file(b, "migrations/2_b.sql", "SELECT 1;");
    put_file(b, "migrations/3_c.sql", "SELECT 'x");
    assert_false(mb_project_mark(&amendment, b->project, names, 4, NULL, &b->err));
    assert_string_equal(b->err.file, "migrations/3_c.sql");
    assert_string_equal(applied(b), "");
    put_file(b, "migrations/3_c.sql", "SELECT 'x'");
    EXPECT(mb_project_mark(&amendment, b->project, names, 4, NULL, &b->err));
    assert_int_equal(amendment.n, 3);
    assert_int_equal(amendment.pending, 0);
    mb_amendment_free(&amendment);
    assert_string_equal(applied(b), "1_a 2_b 3_c");
}

static void test_mark__takes_the_run_lock_only_where_there_is_work(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    mb_lock *lock = NULL;
    bool left;

    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    EXPECT(up(b));
    mb_project_close(b->project);
    b->settings.wait_ms = 0;
    mb_project_open(&b->project, &b->settings, b->conn, NULL);
    EXPECT(mb_lock_take(&lock, &(mb_lock_request){.conn = other, .schema = "moonbird"}, NULL,
                        &b->err));
    EXPECT(amend_one(b, mb_project_mark, "1", &left));
    assert_true(left);
    assert_false(amend_one(b, mb_project_forget, "1", NULL));
    assert_int_equal(b->err.code, MB_ERR_LOCKED);
    assert_string_equal(applied(b), "1_a");
    mb_lock_release(lock);
    mb_conn_close(other);
}

static void test_history__newest_first_and_of_what_is_gone(void **state)
{
    mb_history_view history;
    bench *b = *state;

    EXPECT(mb_project_history(&history, b->project, &(mb_event_filter){0}, &b->err));
    assert_int_equal(history.n, 0);
    mb_history_view_free(&history);
    put_file(b, "migrations/1_a.sql", "SELECT 1;\n-- moonbird:down\nSELECT 1;");
    put_file(b, "migrations/2_b.sql", "SELECT 1;\n-- moonbird:down\nSELECT 1;");
    EXPECT(up(b));
    EXPECT(mb_project_history(&history, b->project, &(mb_event_filter){.limit = 1}, &b->err));
    assert_int_equal(history.n, 1);
    assert_string_equal(history.rows[0]->name, "2_b");
    assert_int_equal(history.events.n, 1);
    assert_string_equal(history.events.items[0].name, "2_b");
    assert_null(history.name);
    mb_history_view_free(&history);
    EXPECT(down(b, NULL));
    EXPECT(mb_project_history(&history, b->project, &(mb_event_filter){.name = "2"}, &b->err));
    assert_int_equal(history.n, 0);
    assert_int_equal(history.events.n, 2);
    assert_string_equal(history.events.items[0].what, "down");
    assert_string_equal(history.events.items[1].what, "up");
    mb_history_view_free(&history);
    put_file(b, "migrations/2_b.sql", "");
    sql(b->conn, "UPDATE moonbird.events SET name = '7_gone' WHERE name = '2_b'");
    EXPECT(mb_project_history(&history, b->project, &(mb_event_filter){.name = "auto/7_gone", .limit = 1}, &b->err));
    assert_int_equal(history.events.n, 1);
    mb_history_view_free(&history);
    assert_false(mb_project_history(&history, b->project, &(mb_event_filter){.name = "manual/7_gone"}, &b->err));
    assert_string_equal(b->err.message, "migration \"manual/7_gone\" does not exist");
}

#define BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH(test_mark__mark_runs_nothing_and_has_the_sums_of_a_run),
        BENCH(test_mark__mark_finishes_what_is_half_done),
        BENCH(test_mark__forget_takes_half_done_ones_too),
        BENCH(test_mark__repair_takes_the_files_sums),
        BENCH(test_mark__baseline_begins_an_empty_history),
        BENCH(test_mark__refuses_in_words_and_leaves_everything),
        BENCH(test_mark__several_are_one_transaction),
        BENCH(test_mark__takes_the_run_lock_only_where_there_is_work),
        BENCH(test_history__newest_first_and_of_what_is_gone),
    };

    return RUN_SERVER_TESTS(tests);
}

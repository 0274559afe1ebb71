/* Steps and backfills of the core alone: the script's side is C. */
#include "moonbird/policy/allow.h"
#include "moonbird/project/project.h"
#include "moonbird/backfill/backfill.h"

#include "moonbird/base/mem.h"
#include "backfill/records/records.h"
#include "project.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a host without Lua: the migration's `up` is `body` ---- */

struct mb_chunk {
    mb_chunk_info info;
};

static bool (*body)(mb_durable *durable, mb_error *err);
static mb_backfill declared;

static bool load(void *self, mb_chunk **out, const char *path, const char *text, size_t len,
                 mb_error *err)
{
    (void)self, (void)path, (void)text, (void)len, (void)err;
    *out = mb_alloc(sizeof **out);
    mb_directives_init(&(*out)->info.directives);
    (*out)->info.directives.no_transaction = true;
    (*out)->info.has[MB_ENTRY_UP] = true;
    return true;
}

static const mb_chunk_info *info(const mb_chunk *chunk)
{
    return &chunk->info;
}

static bool call(mb_chunk *chunk, mb_entry entry, mb_conn *conn, const mb_call *how, mb_error *err)
{
    (void)chunk, (void)entry, (void)conn;
    return body(how->durable, err);
}

static void free_chunk(mb_chunk *chunk)
{
    free(chunk);
}

static bool backfill(mb_chunk *chunk, const char *name, mb_conn *conn, const mb_call *how,
                     mb_backfill_work work, void *arg, mb_error *err)
{
    (void)chunk, (void)name, (void)conn, (void)how;
    return work(arg, &declared, err);
}

static const mb_host host = {
    .load = load, .info = info, .call = call, .free = free_chunk, .backfill = backfill};

static int open_project(void **state)
{
    bench *b;

    if (open_bench(state) != 0)
        return -1;
    b = *state;
    mb_project_close(b->project);
    mb_project_open(&b->project, &b->settings, b->conn, &host);
    put_file(b, "migrations/1_b.lua", "-- the test's own");
    return 0;
}

/* ---- steps ---- */

static mb_conn *conn_of_test;
static const char *second_result;

static bool two_steps(mb_durable *d, mb_error *err)
{
    const char *kept;

    if (!mb_step_begin(d, "one", &kept, err))
        return false;
    if (!kept) {
        sql(conn_of_test, "CREATE TABLE one (x int)");
        if (!mb_step_end(d, "{\"a\": [1, null]}", err))
            return false;
    } else {
        second_result = "seen";
        assert_string_equal(kept, "{\"a\": [1, null]}");
    }
    if (!mb_step_begin(d, "two", &kept, err))
        return false;
    sql(conn_of_test, "CREATE TABLE two (x int)");
    if (second_result)
        return mb_step_end(d, "null", err);
    assert_false(mb_step_begin(d, "three", &kept, err));
    assert_non_null(strstr(err->message, "step \"three\" is inside step \"two\""));
    mb_fail(err, MB_ERR_FAILED, "given up");
    mb_step_abandon(d, err);
    return false;
}

static void test_step__is_kept_or_leaves_nothing(void **state)
{
    bench *b = *state;

    conn_of_test = b->conn;
    body = two_steps;
    second_result = NULL;
    assert_false(up(b));
    assert_string_equal(b->err.message, "given up");
    assert_int_equal(sql_int(b->conn, "SELECT (to_regclass('two') IS NULL)::int"), 1);
    EXPECT(up(b));
    assert_string_equal(second_result, "seen");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM one, two"), 0);
}

static bool lose_step(mb_durable *d, mb_error *err)
{
    const char *kept;

    if (!mb_step_begin(d, "one", &kept, err))
        return false;
    sql(conn_of_test, "DELETE FROM moonbird.steps");
    return mb_step_end(d, "null", err);
}

static void test_step__whose_record_is_gone_says_what_to_do(void **state)
{
    bench *b = *state;

    conn_of_test = b->conn;
    body = lose_step;
    assert_false(up(b));
    assert_string_equal(b->err.message, "the history row of step \"one\" is gone");
    assert_string_not_equal(b->err.hint, "");
}

/* ---- backfills ---- */

enum { ROWS = 5000 };

static bool run_declared(mb_durable *d, mb_error *err)
{
    mb_backfill_result result;

    if (!mb_backfill_run(&result, d, &declared, true, err))
        return false;
    assert_int_equal(result.rows, ROWS);
    return true;
}

static bool count_up(void *self, const mb_result *page, size_t first, size_t n,
                     mb_changes *changes, mb_error *err)
{
    mb_changed_column column;

    (void)self;
    if (!mb_changes_column(&column, changes, "n", err))
        return false;
    for (size_t i = 0; i < n; i++) {
        char text[16];

        snprintf(text, sizeof text, "%d", (int)mb_result_int(page, first + i, 1) + 1);
        mb_changes_put(changes, i, "n", text, strlen(text));
    }
    return true;
}

static void make_table(bench *b)
{
    char *text = mb_format("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0);"
                           "INSERT INTO t SELECT i FROM generate_series(1, %d) i", ROWS);

    sql(b->conn, text);
    free(text);
}

static bool up_beside_table(bench *b)
{
    return apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true});
}

/* Another process, that works until there is nothing left, or it is killed. */
static pid_t join(const bench *b)
{
    pid_t pid = fork();
    mb_project *project;
    int64_t rows;
    mb_error err;

    if (pid != 0)
        return pid;
    mb_project_open(&project, &b->settings, bench_connect(b), &host);
    while (!mb_project_backfill_join(&rows, project, "count", (mb_given){0}, NULL, &err))
        usleep(2000);
    _exit(0); /* it may have joined after the last row was done */
}

static void test_backfill__is_shared_by_processes_that_come_and_go(void **state)
{
    static const char *const columns[] = {"n"};
    static const struct {
        const char *name;
        mb_backfill declaration;
    } cases[] = {
        {"set", {.set = "n = n + 1"}},
        {"each", {.columns = columns, .n_columns = 1, .script = {.each = count_up}}},
    };
    bench *b = *state;

    body = run_declared;
    make_table(b);
    for (size_t i = 0; i < COUNT(cases); i++) {
        pid_t pids[4];

        current_case = cases[i].name;
        declared = cases[i].declaration;
        declared.name = "count";
        declared.table = "t";
        declared.rows = 20;
        declared.target_ms = 2;
        declared.workers = 1;
        for (int k = 0; k < 3; k++)
            pids[k] = join(b);
        pids[3] = fork();
        if (pids[3] == 0) { /* the process that kills one of them in the middle */
            usleep(100000);
            kill(pids[0], SIGKILL);
            _exit(0);
        }
        EXPECT(up_beside_table(b));
        for (int k = 0; k < 4; k++) {
            int how;

            waitpid(pids[k], &how, 0);
            /* On an idle machine all may be done before the first is killed. */
            assert_true((k == 0 && WIFSIGNALED(how)) || (WIFEXITED(how) && WEXITSTATUS(how) == 0));
        }
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), ROWS);
        sql(b->conn, "DELETE FROM moonbird.migrations; UPDATE t SET n = 0");
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.chunks"), 0);
    }
    current_case = NULL;
}

static void test_backfill__refuses_another_key_when_it_goes_on(void **state)
{
    bench *b = *state;
    static const char *const key[] = {"n"};

    body = run_declared;
    make_table(b);
    sql(b->conn, "UPDATE t SET n = id; CREATE UNIQUE INDEX ON t (n)");
    declared = (mb_backfill){.name = "count", .table = "t", .set = "n = n + 0 / (id - 500)",
                             .rows = 100, .target_ms = 10, .workers = 1};
    assert_false(up_beside_table(b));
    assert_string_equal(b->err.sqlstate, "22012");
    declared.key = key;
    declared.n_key = 1;
    assert_false(up_beside_table(b));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_non_null(strstr(b->err.hint, "up --restart 1_b"));
}

static bool run_any(mb_durable *d, mb_error *err)
{
    return mb_backfill_run(&(mb_backfill_result){0}, d, &declared, true, err);
}

static mb_conn *other_conn;
static const char *meanwhile; /* the action of another session */

static bool look_away(void *self, const mb_result *page, size_t first, size_t n,
                      mb_changes *changes, mb_error *err)
{
    (void)self, (void)page, (void)first, (void)n, (void)changes, (void)err;
    sql(other_conn, meanwhile);
    return true;
}

static void test_backfill__says_who_ended_it(void **state)
{
    static const struct {
        const char *meanwhile, *message;
    } cases[] = {
        {"UPDATE moonbird.backfills SET state = 'cancelled'", "was cancelled"},
        {"UPDATE moonbird.backfills SET state = 'failed'", "failed in another process"},
        {"UPDATE moonbird.backfills SET state = 'done'", "ended in another process"},
    };
    static const size_t rows[] = {1, 100}; /* seen by the next batch, or in the end */
    bench *b = *state;

    other_conn = bench_connect(b);
    body = run_any;
    sql(b->conn, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(rows); k++) {
            current_case = meanwhile = cases[i].meanwhile;
            declared = (mb_backfill){.name = "b", .table = "t", .script = {.each = look_away},
                                     .rows = rows[k], .target_ms = 1, .workers = 1};
            assert_false(up_beside_table(b));
            assert_non_null(strstr(b->err.message, cases[i].message));
            assert_non_null(strstr(b->err.hint, "To continue: moonbird up"));
            sql(b->conn, "DELETE FROM moonbird.migrations");
        }
    current_case = NULL;
    mb_conn_close(other_conn);
}

/* ---- rows set aside ---- */

static bool plan_has(bench *b, const char *explain, const char *text)
{
    mb_result *plan;
    mb_error err;
    bool found = false;

    assert_true(mb_conn_exec(&plan, b->conn, explain, &err));
    for (size_t i = 0; i < mb_result_rows(plan); i++)
        found = found || strstr(mb_result_value(plan, i, 0), text);
    mb_result_free(plan);
    return found;
}

static void test_backfill__finds_rows_set_aside_by_hash(void **state)
{
    char name[] = "id";
    mb_field id = {.name = name};
    const mb_field *key[] = {&id};
    mb_run run = {.by.in.schema = "moonbird"};
    mb_worker worker = {.run = &run, .target = {.key = key, .n_key = 1}};
    bench *b = *state;
    mb_buf explain = {0};

    body = run_declared;
    make_table(b);
    declared = (mb_backfill){.name = "count", .table = "t", .set = "n = n + 1", .rows = 100,
                             .target_ms = 10, .workers = 1};
    EXPECT(up_beside_table(b));
    mb_buf_puts(&explain, "EXPLAIN SELECT FROM t WHERE true");
    mb_add_not_rejected(&explain, &worker);
    assert_true(plan_has(b, explain.data, "hashed SubPlan"));
    mb_buf_free(&explain);
}

/* ---- types ---- */

static const char *too_long; /* the new value; NULL: the key */

static bool copy_key(void *self, const mb_result *page, size_t first, size_t n,
                     mb_changes *changes, mb_error *err)
{
    mb_changed_column column;

    (void)self;
    if (!mb_changes_column(&column, changes, "v", err))
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *value = too_long ? too_long : mb_result_value(page, first + i, 1);

        mb_changes_put(changes, i, "v", value, strlen(value));
    }
    return true;
}

static void test_backfill__takes_keys_and_values_whole_whatever_their_type(void **state)
{
    static const char *const columns[] = {"k"};
    static const struct {
        const char *type, *keys;
        const char *too_long, *sqlstate; /* refused and not cut */
    } cases[] = {
        {"char(3)", "('AAA'), ('AAB'), ('AB'), ('ABC'), ('B')", "ABCD", "22001"},
        {"char", "('A'), ('B'), ('C')", "AB", "22001"},
        {"varchar(3)", "('AAA'), ('AAB'), ('AB')", "ABCD", "22001"},
        {"\"char\"", "('A'), ('B'), ('C')", NULL, NULL},
        {"bit(4)", "(B'1010'), (B'1011'), (B'1100')", "10101", "22026"},
        {"bit varying(4)", "(B'1010'), (B'1011'), (B'11')", "10101", "22001"},
        {"numeric(6,2)", "(1000.01), (1000.02), (1000.1)", "10000", "22003"},
        {"timestamp(3)", "('2026-01-01 00:00:00.123'), ('2026-01-01 00:00:00.124')", NULL, NULL},
        {"interval day to second", "('1 day 1 second'), ('1 day 2 seconds')", NULL, NULL},
        {"code", "('AAA'), ('AAB'), ('AB')", "ABCD", "22001"},
        {"narrow", "('AAA'), ('AAB'), ('AB')", "ABC", "23514"},
        {"char(3)[]", "('{AAA,B}'), ('{AAB}'), ('{AAB,C}')", "{ABCD}", "22001"},
        {"code[]", "('{AAA,B}'), ('{AAB}'), ('{AAB,C}')", "{ABCD}", "22001"},
    };
    bench *b = *state;

    body = run_any;
    sql(b->conn, "CREATE DOMAIN code AS char(3); CREATE DOMAIN narrow AS code CHECK (VALUE <>"
                 " 'ABC')");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = mb_format("CREATE TABLE t (k %s PRIMARY KEY, v %s, n int); INSERT INTO t"
                               " VALUES %s",
                               cases[i].type, cases[i].type, cases[i].keys);

        current_case = cases[i].type;
        sql(b->conn, text);
        free(text);
        declared = (mb_backfill){.name = "set", .table = "t", .set = "n = 1", .rows = 1,
                                 .target_ms = 10, .workers = 1};
        EXPECT(up_beside_table(b));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n IS NULL"), 0);
        sql(b->conn, "DELETE FROM moonbird.migrations");
        declared.set = NULL;
        declared.columns = columns;
        declared.n_columns = 1;
        declared.script = (mb_backfill_script){.each = copy_key};
        too_long = NULL;
        EXPECT(up_beside_table(b));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE v IS DISTINCT FROM k"), 0);
        sql(b->conn, "DELETE FROM moonbird.migrations");
        too_long = cases[i].too_long;
        if (too_long) {
            assert_false(up_beside_table(b));
            assert_string_equal(b->err.sqlstate, cases[i].sqlstate);
        }
        sql(b->conn, "DELETE FROM moonbird.migrations; DROP TABLE t");
    }
    current_case = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_project, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_step__is_kept_or_leaves_nothing),
        TEST(test_step__whose_record_is_gone_says_what_to_do),
        TEST(test_backfill__is_shared_by_processes_that_come_and_go),
        TEST(test_backfill__refuses_another_key_when_it_goes_on),
        TEST(test_backfill__says_who_ended_it),
        TEST(test_backfill__finds_rows_set_aside_by_hash),
        TEST(test_backfill__takes_keys_and_values_whole_whatever_their_type),
    };

    return RUN_SERVER_TESTS(tests);
}

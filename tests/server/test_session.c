/* The session below its statements: messages sent ahead, queues, prepared statements, losses. */
#include "moonbird/project/settings.h"
#include "moonbird/pg/round_trip.h"
#include "moonbird/pg/conn.h"
#include "moonbird/pg/cursor.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/pg/copy_in.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/queue.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

static bool queue(mb_conn *conn, size_t number, const char *text, const char *value, mb_error *err)
{
    const mb_param param = {.data = value, .len = value ? strlen(value) : 0};
    const mb_origin from = {.number = number, .file = "x.lua", .line = (int)number + 100};

    return mb_queue_add(conn, text, value != NULL, &param, &from, err);
}

static void test_session__a_pipeline_is_read_before_what_follows(void **state)
{
    mb_error err;

    sql(*state, "create table t (i int primary key)");
    sql(*state, "begin");
    for (size_t i = 1; i <= 5000; i++) {
        char value[24];

        snprintf(value, sizeof value, "%zu", i);
        assert_true(queue(*state, i, "insert into t values ($1)", value, &err));
    }
    assert_int_equal(mb_conn_tx(*state), MB_TX_OPEN);
    assert_int_equal(sql_int(*state, "select count(*) from t"), 5000);
    sql(*state, "commit");
}

/* Wherever in the queue the failure is, and however long it is. */
static void test_session__a_pipelines_error_is_of_its_statement(void **state)
{
    static const size_t lengths[] = {1, 2, 127, 128, 129, 1023, 1024, 1025, 4000};
    mb_error err = {0};

    for (size_t i = 0; i < COUNT(lengths); i++) {
        size_t bad = lengths[i];
        bool ok = true;

        sql(*state, "begin");
        for (size_t n = 1; ok && n <= bad + 10; n++)
            ok = queue(*state, n, n == bad ? "select $1::int / 0" : "select $1::int", "1", &err);
        ok = ok && mb_conn_settle(*state, &err);
        assert_false(ok);
        assert_string_equal(err.sqlstate, "22012");
        assert_int_equal(err.line, bad + 100);
        assert_string_equal(mb_queue_failed(*state), "select $1::int / 0");
        assert_int_equal(mb_conn_tx(*state), MB_TX_FAILED);
        mb_conn_rollback(*state);
        assert_int_equal(sql_int(*state, "select 1"), 1);
    }
}

static void count_answer(void *self, size_t number, const mb_result *res, const mb_error *err)
{
    (void)number;
    (void)err;
    *(int *)self += res != NULL;
}

static int bundle(mb_conn *conn)
{
    mb_round_trip *b;
    mb_error err;
    int answers = 0;

    assert_true(mb_round_trip_begin(&b, conn, &err));
    assert_true(mb_round_trip_send(b, "select 1", 0, NULL, true, &err));
    assert_true(mb_round_trip_end(b, count_answer, &answers, &err));
    return answers;
}

static void query(mb_conn *conn, const char *text)
{
    const mb_param param = {.data = "1", .len = 1};
    mb_result *res;
    mb_error err;

    assert_true(mb_conn_query(&res, conn, text, 1, &param, &err));
    mb_result_free(res);
}

/* All are dropped at times, and things go on as before. */
static void test_session__many_prepared_statements_are_tidied(void **state)
{
    char text[40];

    assert_int_equal(bundle(*state), 1);
    for (int i = 1; i <= 1030; i++) {
        snprintf(text, sizeof text, "select $1::int + %d", i);
        query(*state, text);
        query(*state, text);
    }
    assert_int_equal(sql_int(*state, "select count(*) from pg_prepared_statements"), 6);
    assert_int_equal(bundle(*state), 1);
}

static void test_session__behind_a_pooler_no_name_stays(void **state)
{
    const uint32_t *types;
    size_t n;
    mb_error err;

    mb_conn_set_pooled(*state, true);
    for (int i = 0; i < 3; i++) {
        assert_true(mb_conn_parameter_types(&types, &n, *state, "select $1::int, $2::text", &err));
        assert_int_equal(n, 2);
        assert_int_equal(types[0], 23);
        assert_int_equal(types[1], 25);
    }
    assert_false(mb_conn_parameter_types(&types, &n, *state, "selec $1", &err));
    assert_string_equal(err.sqlstate, "42601");
    assert_int_equal(err.position, 1);
    sql(*state, "begin");
    assert_true(queue(*state, 1, "select $1::int", "1", &err));
    assert_true(queue(*state, 2, "select $1::int", "2", &err));
    sql(*state, "commit");
    assert_int_equal(sql_int(*state, "select count(*) from pg_prepared_statements"), 0);
}

static void open_cursor(mb_conn *conn, mb_cursor **cursor, const char *query)
{
    const mb_result *page;
    mb_error err;

    assert_true(mb_cursor_open(cursor, conn, query, 0, NULL, &err));
    assert_true(mb_cursor_page(&page, *cursor, &err));
    assert_true(mb_cursor_page(&page, *cursor, &err)); /* from here on ahead */
}

static void test_session__a_page_ahead_waits_for_its_turn(void **state)
{
    mb_cursor *a, *b;
    const mb_result *page;
    int64_t sum = 0;
    mb_error err;

    sql(*state, "begin");
    open_cursor(*state, &a, "select i from generate_series(1, 10000) i");
    open_cursor(*state, &b, "select i from generate_series(1, 10000) i");
    assert_int_equal(sql_int(*state, "select 7"), 7);
    do {
        assert_true(mb_cursor_page(&page, a, &err));
        for (size_t i = 0; page && i < mb_result_rows(page); i++)
            sum += mb_result_int(page, i, 0);
    } while (page);
    assert_int_equal(sum, 10000 * 10001 / 2 - 72 * 73 / 2); /* two pages were read: of 8, of 64 */
    mb_cursor_close(a, true);
    mb_cursor_close(b, true);
    assert_int_equal(sql_int(*state, "select count(*) from pg_cursors"), 0);
    sql(*state, "commit");
}

/* COMMIT after a failed page does not roll back silently. */
static void test_session__the_error_of_a_page_ahead_is_told(void **state)
{
    const mb_result *page;
    mb_cursor *cursor;
    mb_error err;

    sql(*state, "begin");
    open_cursor(*state, &cursor, "select 1 / (i - 300) from generate_series(1, 10000) i");
    assert_false(mb_conn_exec(NULL, *state, "commit", &err));
    assert_string_equal(err.sqlstate, "22012");
    assert_int_equal(mb_conn_tx(*state), MB_TX_FAILED);
    assert_false(mb_cursor_page(&page, cursor, &err));
    assert_string_equal(err.sqlstate, "22012");
    mb_cursor_close(cursor, false);
    mb_conn_rollback(*state);
}

static void test_session__a_loop_that_failed_is_not_committed(void **state)
{
    const mb_result *page;
    mb_cursor *cursor;
    mb_error err;

    sql(*state, "create table t (i int)");
    assert_true(mb_cursor_open(&cursor, *state, "select 1", 0, NULL, &err));
    assert_true(mb_cursor_page(&page, cursor, &err));
    sql(*state, "insert into t values (1)");
    assert_false(mb_conn_exec(NULL, *state, "select 1/0", &err));
    assert_false(mb_cursor_page(&page, cursor, &err));
    assert_int_equal(err.code, MB_ERR_FAILED);
    assert_int_equal(mb_conn_tx(*state), MB_TX_IDLE);
    mb_cursor_close(cursor, true);
    assert_int_equal(sql_int(*state, "select count(*) from t"), 0);
}

/* Its rows are not wanted, and may be long in coming. */
static void test_session__a_copy_to_nowhere_can_be_interrupted(void **state)
{
    int64_t since = mb_now_us();
    mb_deadline before = mb_time_limit(500); /* after the first rows, which a full buffer sends */
    mb_result *res = NULL;
    mb_error err;

    assert_false(mb_conn_query(&res, *state,
                               "copy (select repeat('x', 20000), pg_sleep(0.1)"
                               " from generate_series(1, 80)) to stdout",
                               0, NULL, &err));
    mb_time_limit_back(before);
    assert_int_equal(err.code, MB_ERR_USAGE);
    assert_true(mb_now_us() - since < 4000000);
    assert_int_equal(sql_int(*state, "select 1"), 1);
}

static void test_session__a_load_keeps_the_session_for_itself(void **state)
{
    int64_t rows;
    mb_error err;

    sql(*state, "create table t (s text)");
    assert_true(mb_copy_in_begin(*state, "copy t from stdin", &err));
    assert_false(mb_conn_exec(NULL, *state, "select 1", &err));
    assert_int_equal(err.code, MB_ERR_USAGE);
    assert_true(mb_copy_in_send(*state, "a\nb\n", 4, &err));
    assert_true(mb_copy_in_end(*state, &rows, &err));
    assert_int_equal(rows, 2);
    assert_true(mb_copy_in_begin(*state, "copy t from stdin", &err));
    assert_true(mb_copy_in_send(*state, "c\n", 2, &err));
    mb_copy_in_abort(*state);
    assert_int_equal(sql_int(*state, "select count(*) from t"), 2);
    assert_false(mb_copy_in_begin(*state, "copy nothing from stdin", &err));
    assert_string_equal(err.sqlstate, "42P01");
    assert_int_equal(sql_int(*state, "select 1"), 1);
}

/* However the session was busy when its server process was ended. */
static void test_session__a_killed_backend_is_a_lost_connection(void **state)
{
    static const char *const cases[] = {"idle", "cursor", "pipeline", "load"};
    mb_error err;

    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_conn *victim = open_session();
        mb_cursor *cursor = NULL;
        char kill[300];
        int64_t rows;

        current_case = cases[i];
        sql(victim, "begin");
        sql(victim, "create temp table v (s text)");
        if (i == 1)
            open_cursor(victim, &cursor, "select * from generate_series(1, 10000) i");
        if (i == 2)
            assert_true(queue(victim, 1, "select $1::int", "1", &err));
        if (i == 3)
            assert_true(mb_copy_in_begin(victim, "copy v from stdin", &err));
        snprintf(kill, sizeof kill,
                 "do $$ declare victim int = %d; begin perform pg_terminate_backend(victim); "
                 "for i in 1..6000 loop perform pg_stat_clear_snapshot(); "
                 "exit when not exists (select from pg_stat_activity where pid = victim); "
                 "perform pg_sleep(0.01); end loop; end $$",
                 mb_conn_backend_pid(victim));
        sql(*state, kill);
        if (i == 3)
            assert_false(mb_copy_in_send(victim, "a\n", 2, &err) && mb_copy_in_end(victim, &rows, &err));
        else
            assert_false(mb_conn_exec(NULL, victim, "select 1", &err) &&
                         mb_conn_exec(NULL, victim, "select 1", &err));
        assert_int_equal(err.code, MB_ERR_CONNECT);
        assert_false(mb_conn_exec(NULL, victim, "select 1", &err));
        assert_true(err.hint[0]);
        mb_cursor_close(cursor, false);
        mb_conn_close(victim);
    }
    current_case = NULL;
}

/* Also of a database in a tablespace, and for a role that may not call the function for it. */
static void test_session__the_database_is_known_by_its_oid(void **state)
{
    static const char *const setups[] = {
        "create database identified",
        "alter database identified set tablespace elsewhere",
        "create role plain login",
    };
    mb_error err;

    sql(*state, "set allow_in_place_tablespaces = on");
    sql(*state, "create tablespace elsewhere location ''");
    for (size_t i = 0; i < COUNT(setups); i++) {
        char *conninfo = mb_strdup(server_conninfo());
        mb_result *res;
        mb_conn *conn;

        current_case = setups[i];
        sql(*state, setups[i]);
        assert_true(mb_conninfo_add(&conninfo, "dbname", "identified", &err));
        assert_true(mb_conn_open(&conn, conninfo, &err));
        if (strstr(setups[i], "role plain")) {
            sql(conn, "revoke execute on function pg_relation_filepath(regclass) from public");
            sql(conn, "set role plain");
        }
        assert_true(mb_conn_exec_identified(&res, conn, "select", &err));
        assert_int_equal(mb_conn_database_oid(conn),
                         sql_int(conn, "select oid from pg_database where datname = 'identified'"));
        mb_result_free(res);
        mb_conn_close(conn);
        free(conninfo);
    }
    sql(*state, "drop database identified");
    sql(*state, "drop tablespace elsewhere");
    current_case = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_session__##name, open_schema, close_schema)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pipeline_is_read_before_what_follows),
        TEST(a_pipelines_error_is_of_its_statement),
        TEST(many_prepared_statements_are_tidied),
        TEST(behind_a_pooler_no_name_stays),
        TEST(a_page_ahead_waits_for_its_turn),
        TEST(the_error_of_a_page_ahead_is_told),
        TEST(a_loop_that_failed_is_not_committed),
        TEST(a_copy_to_nowhere_can_be_interrupted),
        TEST(a_load_keeps_the_session_for_itself),
        TEST(a_killed_backend_is_a_lost_connection),
        TEST(the_database_is_known_by_its_oid),
    };

    return RUN_SERVER_TESTS(tests);
}

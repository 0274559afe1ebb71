/*
 * test_lost_connection.c -- a connection that is lost round COMMIT.
 *
 * PQsendQuery is wrapped (see the Makefile), so that the n-th COMMIT of a run
 * loses its answer, or never reaches the server.
 */
#include "moonbird/policy/allow.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/report/amend.h"
#include "project.h"
#include "test.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef enum loss { LOSS_NONE, LOSS_BEFORE, LOSS_MEANWHILE, LOSS_AFTER } loss;

static const char *meanwhile; /* the action of another runner before the session comes back; NULL */
static mb_conn *other;
static loss when;
static int commits; /* until the one that is lost */

static void act_meanwhile(void)
{
    const char *text = meanwhile;

    meanwhile = NULL;
    sql(other, text);
}

int __real_PQsendQuery(PGconn *pg, const char *sql);
int __wrap_PQsendQuery(PGconn *pg, const char *sql);

/* Let the server answer, and throw the answer away. */
static void lose_answer(PGconn *pg)
{
    struct pollfd fd = {.fd = PQsocket(pg), .events = POLLIN};
    char answer[8192];

    while (PQflush(pg) == 1)
        ;
    assert_int_equal(poll(&fd, 1, 10000), 1);
    assert_true(recv(fd.fd, answer, sizeof answer, 0) > 0);
}

int __wrap_PQsendQuery(PGconn *pg, const char *sql)
{
    bool hit = when != LOSS_NONE && strcmp(sql, "COMMIT") == 0 && --commits == 0;
    loss how = when;
    int ok;

    if (!hit)
        return __real_PQsendQuery(pg, sql);
    when = LOSS_NONE;
    if (how == LOSS_BEFORE)
        shutdown(PQsocket(pg), SHUT_RDWR);
    ok = __real_PQsendQuery(pg, sql);
    if (how == LOSS_AFTER)
        lose_answer(pg);
    if (how != LOSS_BEFORE)
        shutdown(PQsocket(pg), SHUT_RDWR);
    if (meanwhile)
        act_meanwhile();
    return ok;
}

int __real_PQpipelineSync(PGconn *pg);
int __wrap_PQpipelineSync(PGconn *pg);

/* The end of a batch, as the server's answers show it. */
int __wrap_PQpipelineSync(PGconn *pg)
{
    loss how = when;
    int ok;

    if (how == LOSS_NONE || commits > 0)
        return __real_PQpipelineSync(pg);
    when = LOSS_NONE;
    if (how == LOSS_BEFORE)
        shutdown(PQsocket(pg), SHUT_RDWR);
    ok = __real_PQpipelineSync(pg);
    if (how == LOSS_AFTER) {
        lose_answer(pg);
        shutdown(PQsocket(pg), SHUT_RDWR);
    }
    if (meanwhile)
        act_meanwhile();
    return ok;
}

static void lose(loss how, int number)
{
    when = how;
    commits = number;
}

/* One by one, so that each has a COMMIT to lose. */
static void put_three(bench *b)
{
    b->settings.pipeline = false;
    mb_project_close(b->project);
    mb_project_open(&b->project, &b->settings, b->conn, NULL);
    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);\n-- moonbird:down\nDROP TABLE t;");
    put_file(b, "migrations/2_b.sql", "INSERT INTO t VALUES (2);\n-- moonbird:down\n"
                                      "DELETE FROM t WHERE x = 2;");
    put_file(b, "migrations/3_c.sql", "INSERT INTO t VALUES (3);\n-- moonbird:down\n"
                                      "DELETE FROM t WHERE x = 3;");
}

/* The history is made in one message; the second COMMIT is that of the second migration. */
static void test_lost_connection__a_commit_that_was_done_is_done(void **state)
{
    bench *b = *state;

    put_three(b);
    lose(LOSS_AFTER, 2);
    if (!up(b))
        fail_msg("%s %s", b->err.message, b->err.detail);
    assert_string_equal(applied(b), "1_a 2_b 3_c");
    assert_int_equal(b->outcome.n, 3);
    assert_non_null(strstr(b->notes.data, "2_b was committed before the connection was lost"));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 2);
}

/*
 * A deferred constraint makes COMMIT slow: the history must not be asked too early. moonbird runs
 * deferred triggers before COMMIT, so the first row's trigger defers the second row's again.
 * A run with --no-wait does not wait for another runner, but it does wait for its own lost session.
 */
static void test_lost_connection__a_commit_under_way_is_waited_for(void **state)
{
    bench *b = *state;

    b->settings.wait_ms = 0;
    put_three(b);
    put_file(b, "migrations/2_b.sql",
             "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
             "'BEGIN IF NEW.x = 2 THEN SET CONSTRAINTS ALL DEFERRED; INSERT INTO t VALUES (20); "
             "ELSE PERFORM pg_sleep(0.5); END IF; RETURN NULL; END';"
             "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
             "FOR EACH ROW EXECUTE FUNCTION slow();"
             "INSERT INTO t VALUES (2);");
    lose(LOSS_MEANWHILE, 2);
    if (!up(b))
        fail_msg("%s %s", b->err.message, b->err.detail);
    assert_string_equal(applied(b), "1_a 2_b 3_c");
}

static void test_lost_connection__a_commit_that_was_not_done_is_said(void **state)
{
    bench *b = *state;

    put_three(b);
    lose(LOSS_BEFORE, 2);
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_CONNECT);
    assert_non_null(strstr(b->err.hint, "nothing was committed"));
    assert_string_equal(b->outcome.kept, "nothing of 2_b was kept");
    assert_string_equal(applied(b), "1_a");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 0);
    if (!up(b))
        fail_msg("%s %s", b->err.message, b->err.detail);
    assert_string_equal(applied(b), "1_a 2_b 3_c");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 2);
}

static void test_lost_connection__rollbacks_likewise(void **state)
{
    bench *b = *state;

    put_three(b);
    assert_true(up(b));
    lose(LOSS_AFTER, 1);
    assert_true(down(b, "2"));
    assert_string_equal(applied(b), "1_a");
    assert_true(up(b));
    lose(LOSS_BEFORE, 1);
    assert_false(down(b, "2"));
    assert_string_equal(b->outcome.kept, "3_c is still applied");
    assert_string_equal(applied(b), "1_a 2_b 3_c");
}

static void test_lost_connection__several_in_one_transaction_likewise(void **state)
{
    bench *b = *state;
    const mb_request request = {.what = MB_DO_UP, .single_transaction = true};

    put_three(b);
    lose(LOSS_BEFORE, 1);
    assert_false(apply(b, request));
    assert_string_equal(b->outcome.kept, "nothing was kept");
    assert_string_equal(applied(b), "");
    lose(LOSS_AFTER, 1);
    assert_true(apply(b, request));
    assert_string_equal(applied(b), "1_a 2_b 3_c");
}

static void test_lost_connection__a_batch_is_finished_whatever_was_lost(void **state)
{
    bench *b = *state;

    for (loss how = LOSS_BEFORE; how <= LOSS_AFTER; how++) {
        bool first;

        for (int i = 1; i <= 9; i++) {
            char name[64], text[64];

            snprintf(name, sizeof name, "migrations/%d_x.sql", i);
            if (i == 1)
                snprintf(text, sizeof text, "CREATE TABLE t (x int);");
            else
                snprintf(text, sizeof text, "INSERT INTO t VALUES (%d);", i);
            put_file(b, name, text);
        }
        lose(how, 0);
        first = up(b);
        if (!first && !up(b))
            fail_msg("%s %s %s", b->err.message, b->err.detail, b->err.hint);
        assert_int_equal(when, LOSS_NONE);
        assert_int_equal(sql_int(b->conn, "SELECT sum(x) FROM t"), 44);
        assert_string_equal(applied(b), "1_x 2_x 3_x 4_x 5_x 6_x 7_x 8_x 9_x");
        sql(b->conn, "DROP TABLE t; DROP SCHEMA moonbird CASCADE");
    }
}

static void test_lost_connection__segments_go_on_where_they_were(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);\nINSERT INTO t VALUES"
                                      " (1);\nCOMMIT;\n"
                                      "INSERT INTO t VALUES (2);\nCOMMIT;\nINSERT INTO t VALUES"
                                      " (3);");
    for (int i = 2; i <= 6; i++) {
        for (loss how = LOSS_BEFORE; how <= LOSS_AFTER; how++) {
            bool first;

            lose(how, i);
            first = up(b);
            if (!first)
                assert_non_null(strstr(b->outcome.kept, "1_a"));
            if (!first && !up(b))
                fail_msg("%d: %s %s %s", i, b->err.message, b->err.detail, b->err.hint);
            lose(LOSS_NONE, 0);
            /* The loss may have gone unnoticed, because everything was done. */
            assert_true(mb_conn_reconnect(b->conn, &b->err));
            assert_string_equal(applied(b), "1_a");
            assert_int_equal(sql_int(b->conn, "SELECT sum(x) FROM t"), 6);
            sql(b->conn, "DROP TABLE t; DROP SCHEMA moonbird CASCADE");
        }
    }
}

static void test_lost_connection__a_terminated_backend_is_asked_about(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);\n"
                                      "SELECT pg_terminate_backend(pg_backend_pid());");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_CONNECT);
    assert_int_equal(b->err.line, 2);
    assert_non_null(strstr(b->err.hint, "nothing was committed"));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events WHERE outcome = "
                                      "'failed'"), 1);
}

/* hooks-connect.case has the other half: a session that ends before COMMIT. */
static void test_lost_connection__a_commit_that_nobody_can_ask_about_is_unknown(void **state)
{
    bench *b = *state;

    other = bench_connect(b);
    for (int batch = 0; batch <= 1; batch++) {
        put_three(b);
        if (batch) {
            b->settings.pipeline = true;
            mb_project_close(b->project);
            mb_project_open(&b->project, &b->settings, b->conn, NULL);
        }
        meanwhile = "ALTER TABLE moonbird.migrations RENAME state TO hidden";
        lose(LOSS_AFTER, batch ? 0 : 2);
        assert_false(up(b));
        assert_int_equal(b->err.code, MB_ERR_CONNECT);
        if (!strstr(b->err.detail, "It is unknown whether the migration was committed"))
            fail_msg("%d: %s", batch, b->err.detail);
        assert_non_null(strstr(b->outcome.kept, "it is not known whether"));
        sql(other, "DROP TABLE t; DROP SCHEMA moonbird CASCADE");
        assert_true(mb_conn_reconnect(b->conn, &b->err));
    }
    mb_conn_close(other);
}

static const mb_request redo = {.what = MB_DO_REDO};

/* The row of an earlier successful try proves nothing about the lost one. */
static void test_lost_connection__an_earlier_success_is_not_this_one(void **state)
{
    static const char text[] = "CREATE TABLE t (x int);\n-- moonbird:down\nDROP TABLE t;\n";
    static const char lost[] = "CREATE TABLE t (x int);\n-- moonbird:down\nDROP TABLE t;\n"
                               "SELECT pg_terminate_backend(pg_backend_pid());\n";
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", text);
    EXPECT(up(b));
    sql(b->conn, "INSERT INTO t VALUES (42)");
    put_file(b, "migrations/1_a.sql", lost);
    assert_false(apply(b, redo));
    assert_int_equal(b->err.code, MB_ERR_CONNECT);
    assert_non_null(strstr(b->err.hint, "nothing was committed"));
    assert_int_equal(sql_int(b->conn, "SELECT x FROM t"), 42);
    put_file(b, "migrations/1_a.sql", text);
    lose(LOSS_BEFORE, 1);
    assert_false(apply(b, redo));
    assert_int_equal(sql_int(b->conn, "SELECT x FROM t"), 42);
    lose(LOSS_AFTER, 1);
    EXPECT(apply(b, redo));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 0);
}

/* While this process was stopped, its session was ended, and another runner did the work. */
static void test_lost_connection__another_runners_work_is_not_ours(void **state)
{
    bench *b = *state;

    put_three(b);
    put_file(b, "migrations/2_b.sql", "SELECT 1;");
    put_file(b, "migrations/3_c.sql", "SELECT 1;");
    meanwhile = "INSERT INTO moonbird.migrations (stream, name, state, runner_host, runner_pid)"
                " VALUES ('auto', '2_b', 'applied', 'elsewhere', 1)";
    other = bench_connect(b);
    lose(LOSS_BEFORE, 2);
    EXPECT(up(b));
    mb_conn_close(other);
    assert_string_equal(applied(b), "1_a 2_b 3_c");
    assert_int_equal(b->outcome.n, 2);
    assert_int_equal(b->outcome.by_other, 1);
    assert_null(strstr(b->notes.data, "2_b was committed"));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations"
                                      " WHERE runner_host = 'elsewhere'"), 1);
}

typedef bool (*amend_fn)(mb_amendment *, mb_project *, const char *const *, size_t,
                         const mb_reporter *, mb_error *);

static bool rename_one(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                       const mb_reporter *reporter, mb_error *err)
{
    (void)n;
    return mb_project_rename(out, project, names[0], "2_b", reporter, err);
}

static bool baseline(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                     const mb_reporter *reporter, mb_error *err)
{
    (void)n;
    return mb_project_baseline(out, project, names[0], false, reporter, err);
}

static void remove_file(const bench *b, const char *name)
{
    char *path = mb_format("%s/%s", b->root, name);

    (void)remove(path);
    free(path);
}

/* The history alone is changed: also there a COMMIT without an answer is asked for. */
static void test_lost_connection__changes_of_the_history_likewise(void **state)
{
    static const struct {
        const char *name;
        amend_fn fn;
        const char *before, *file, *after; /* SQL; the file that is there; applied in the end */
    } cases[] = {
        {"mark", mb_project_mark, NULL, "1_a", "1_a"},
        {"baseline", baseline, NULL, "1_a", "1_a"},
        {"forget", mb_project_forget, "applied", "1_a", ""},
        {"repair", mb_project_repair, "applied", "1_a", "1_a"},
        {"rename", rename_one, "applied", "2_b", "2_b"},
    };
    bench *b = *state;
    const char *name = "1_a";

    for (size_t i = 0; i < COUNT(cases); i++)
        for (int done = 0; done < 2; done++) {
            mb_amendment out;
            char path[64];

            current_case = cases[i].name;
            sql(b->conn, "DROP SCHEMA IF EXISTS moonbird CASCADE");
            remove_file(b, "migrations/1_a.sql");
            remove_file(b, "migrations/2_b.sql");
            put_file(b, "migrations/1_a.sql", "SELECT 1;");
            if (cases[i].before)
                EXPECT(up(b));
            remove_file(b, "migrations/1_a.sql");
            snprintf(path, sizeof path, "migrations/%s.sql", cases[i].file);
            put_file(b, path, "SELECT 1; -- as it is now");
            lose(done ? LOSS_AFTER : LOSS_BEFORE, 1);
            if (done) {
                EXPECT(cases[i].fn(&out, b->project, &name, 1, NULL, &b->err));
                mb_amendment_free(&out);
                assert_string_equal(applied(b), cases[i].after);
            } else {
                assert_false(cases[i].fn(&out, b->project, &name, 1, NULL, &b->err));
                assert_int_equal(b->err.code, MB_ERR_CONNECT);
                assert_non_null(strstr(b->err.hint, "nothing was committed"));
                assert_string_equal(applied(b), cases[i].before ? "1_a" : "");
            }
        }
    current_case = NULL;
}

static bool again(bench *b)
{
    const char *name = "m";

    return apply(b, (mb_request){.what = MB_DO_UP, .stream = MB_MANUAL, .names = &name,
                                 .n_names = 1, .again = true});
}

/* In one transaction, and in segments, whose intent is the first COMMIT. */
static void test_lost_connection__what_is_run_again_likewise(void **state)
{
    static const char *const texts[] = {"INSERT INTO t VALUES (1);",
                                        "INSERT INTO t VALUES (1);\nCOMMIT;\n"};
    bench *b = *state;

    sql(b->conn, "CREATE TABLE t (x int)");
    for (size_t i = 0; i < COUNT(texts); i++) {
        put_file(b, "migrations-manual/m.sql", texts[i]);
        EXPECT(again(b));
        sql(b->conn, "TRUNCATE t");
        lose(LOSS_BEFORE, 1);
        assert_false(again(b));
        assert_int_equal(b->err.code, MB_ERR_CONNECT);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 0);
        lose(LOSS_AFTER, i == 0 ? 1 : 3);
        EXPECT(again(b));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 1);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_lost_connection__a_commit_that_was_done_is_done),
        TEST(test_lost_connection__a_commit_under_way_is_waited_for),
        TEST(test_lost_connection__a_commit_that_was_not_done_is_said),
        TEST(test_lost_connection__rollbacks_likewise),
        TEST(test_lost_connection__several_in_one_transaction_likewise),
        TEST(test_lost_connection__a_batch_is_finished_whatever_was_lost),
        TEST(test_lost_connection__segments_go_on_where_they_were),
        TEST(test_lost_connection__a_terminated_backend_is_asked_about),
        TEST(test_lost_connection__a_commit_that_nobody_can_ask_about_is_unknown),
        TEST(test_lost_connection__an_earlier_success_is_not_this_one),
        TEST(test_lost_connection__what_is_run_again_likewise),
        TEST(test_lost_connection__another_runners_work_is_not_ours),
        TEST(test_lost_connection__changes_of_the_history_likewise),
    };

    return RUN_SERVER_TESTS(tests);
}

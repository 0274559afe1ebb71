#include "project.h"

#include "moonbird/pg/observer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char seen[4096];

static void take(void *self, const char *text, bool blocked)
{
    (void)self;
    (void)blocked;
    strncat(seen, text, sizeof seen - strlen(seen) - 1);
    strncat(seen, "\n", sizeof seen - strlen(seen) - 1);
}

static void test_observer__names_who_blocks(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    mb_observer *observer;
    mb_error err;

    sql(other, "SET application_name = 'a report'; CREATE TABLE t (x int)");
    sql(other, "BEGIN; LOCK TABLE t");
    seen[0] = '\0';
    observer = mb_observer_new(b->conn, take, NULL);
    mb_observer_after(observer, 100);
    sql(b->conn, "SET lock_timeout = '4s'");
    assert_false(mb_conn_exec(NULL, b->conn, "ALTER TABLE t ADD y int", &err));
    assert_string_equal(err.sqlstate, "55P03");
    assert_non_null(strstr(mb_observer_blockers(observer), "a report, idle in transaction, since "));
    assert_non_null(strstr(mb_observer_blockers(observer), "LOCK TABLE t"));
    assert_non_null(strstr(seen, "waiting for pid "));
    /* A slow ROLLBACK does not hide them. */
    sql(b->conn, "SELECT pg_sleep(0.3)");
    assert_non_null(strstr(mb_observer_blockers(observer), "LOCK TABLE t"));
    /* A statement that fails without a wait has none. */
    assert_false(mb_conn_exec(NULL, b->conn, "SELECT 1 / 0", &err));
    assert_string_equal(mb_observer_blockers(observer), "");
    mb_observer_free(observer);
    mb_conn_close(other);
}

/* Under either meaning of a backslash, and without a message outside the log. */
static void test_observer__shows_the_text_as_it_is(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    mb_observer *observer;
    int stderr_was = dup(STDERR_FILENO), ends[2];
    char *setting = mb_format("ALTER DATABASE %s SET standard_conforming_strings ="
                              " off", b->database);
    char byte;
    mb_error err;

    sql(other, setting);
    sql(other, "CREATE TABLE t (x int)");
    sql(other, "BEGIN; LOCK  TABLE t; SELECT 'sessions'");
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    observer = mb_observer_new(b->conn, take, NULL);
    mb_observer_after(observer, 100);
    sql(b->conn, "SET lock_timeout = '4s'");
    assert_false(mb_conn_exec(NULL, b->conn, "ALTER TABLE t ADD y int", &err));
    dup2(stderr_was, STDERR_FILENO);
    assert_non_null(strstr(mb_observer_blockers(observer), "LOCK TABLE t; SELECT 'sessions'"));
    assert_int_equal(read(ends[0], &byte, 1), -1); /* nothing is there */
    close(ends[0]);
    close(ends[1]);
    close(stderr_was);
    mb_observer_free(observer);
    mb_conn_close(other);
    free(setting);
}

/* Without pg_monitor the state of others is not visible, and that is said. */
static void test_observer__says_what_it_may_not_see(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b), *limited;
    mb_observer *observer;
    char *target = mb_format("%s user=limited dbname=%s", server_conninfo(), b->database);
    mb_error err;

    sql(other, "CREATE ROLE limited LOGIN; CREATE TABLE t (x int); ALTER TABLE t OWNER TO limited");
    sql(other, "BEGIN; LOCK TABLE t");
    assert_true(mb_conn_open(&limited, target, &err));
    observer = mb_observer_new(limited, take, NULL);
    mb_observer_after(observer, 100);
    sql(limited, "SET lock_timeout = '4s'");
    assert_false(mb_conn_exec(NULL, limited, "ALTER TABLE t ADD y int", &err));
    assert_non_null(strstr(mb_observer_blockers(observer), "visible to pg_monitor only"));
    mb_observer_free(observer);
    mb_conn_close(limited);
    mb_conn_close(other);
    free(target);
}

static void test_observer__shows_the_phase_of_an_index(void **state)
{
    bench *b = *state;
    mb_observer *observer;

    sql(b->conn, "CREATE TABLE t AS SELECT x FROM generate_series(1, 300000) x;"
                 "CREATE FUNCTION slow(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
                 " IF x % 30000 = 0 THEN PERFORM pg_sleep(0.2); END IF; RETURN x; END $$");
    seen[0] = '\0';
    observer = mb_observer_new(b->conn, take, NULL);
    mb_observer_after(observer, 100);
    sql(b->conn, "CREATE INDEX ON t (slow(x))");
    assert_non_null(strstr(seen, "index on public.t: building index"));
    assert_non_null(strstr(seen, "%"));
    mb_observer_free(observer);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_observer__names_who_blocks),
        TEST(test_observer__shows_the_text_as_it_is),
        TEST(test_observer__says_what_it_may_not_see),
        TEST(test_observer__shows_the_phase_of_an_index),
    };

    return RUN_SERVER_TESTS(tests);
}

#include "moonbird/history/lock.h"
#include "project.h"

#include <string.h>
#include <unistd.h>

static bool take(mb_lock **lock, mb_conn *conn, const char *schema, int wait_ms)
{
    const mb_lock_request request = {.conn = conn, .schema = schema, .wait_ms = wait_ms};
    mb_error err = {0};
    bool ok = mb_lock_take(lock, &request, NULL, &err);

    assert_true(ok || err.code == MB_ERR_LOCKED);
    return ok;
}

static void test_lock__is_of_one_history_and_until_it_is_released(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    mb_lock *first, *second;

    assert_true(take(&first, b->conn, "moonbird", 0));
    assert_false(take(&second, other, "moonbird", 0));
    assert_true(take(&second, other, "another", 0));
    mb_lock_release(second);
    mb_lock_release(first);
    assert_true(take(&second, other, "moonbird", 0));
    mb_lock_release(second);
    mb_conn_close(other);
}

/* As two runners do on a server that gives all its clients one session, such as PGlite. */
static void test_lock__excludes_a_second_runner_in_the_same_session(void **state)
{
    bench *b = *state;
    const mb_lock_request request = {.conn = b->conn, .schema = "moonbird"};
    mb_lock *first, *second;

    assert_true(take(&first, b->conn, "moonbird", 0));
    assert_false(mb_lock_take(&second, &request, NULL, &b->err));
    assert_int_equal(b->err.code, MB_ERR_LOCKED);
    assert_non_null(strstr(b->err.message, "this server shares among its clients"));
    mb_lock_release(first);
    assert_true(take(&second, b->conn, "moonbird", 0));
    mb_lock_release(second);
}

typedef struct holder {
    mb_lock *lock;
    int told;
} holder;

static void release(void *self, const char *text, const mb_error *why)
{
    holder *h = self;

    assert_non_null(
        strstr(text, "waiting for another moonbird process to release the run lock: backend pid "));
    assert_non_null(
        strstr(why->message, "another moonbird process holds the run lock: backend pid "));
    h->told++;
    mb_lock_release(h->lock);
}

static void test_lock__is_waited_for(void **state)
{
    static const int waits[] = {MB_UNSET, 30000};
    bench *b = *state;
    mb_conn *other = bench_connect(b);

    alarm(60); /* ends the test that would wait for ever */
    for (size_t i = 0; i < COUNT(waits); i++) {
        holder h = {0};
        const mb_lock_request request = {.conn = other, .schema = "moonbird", .wait_ms = waits[i],
                                         .waiting = release, .self = &h};
        mb_lock *lock;

        assert_true(take(&h.lock, b->conn, "moonbird", 0));
        EXPECT(mb_lock_take(&lock, &request, NULL, &b->err));
        assert_int_equal(h.told, 1);
        mb_lock_release(lock);
    }
    alarm(0);
    mb_conn_close(other);
}

/* The lock that another session releases after a try to take it, and before a look at the holder. */
static mb_lock *passing;

bool __real_mb_conn_exec_limited(mb_result **out, mb_conn *conn, const char *sql, mb_error *err);
bool __wrap_mb_conn_exec_limited(mb_result **out, mb_conn *conn, const char *sql, mb_error *err);

bool __wrap_mb_conn_exec_limited(mb_result **out, mb_conn *conn, const char *sql, mb_error *err)
{
    if (passing && strstr(sql, "pg_stat_activity")) {
        mb_lock_release(passing);
        passing = NULL;
    }
    return __real_mb_conn_exec_limited(out, conn, sql, err);
}

static void count(void *self, const char *text, const mb_error *why)
{
    (void)text;
    (void)why;
    ++*(int *)self;
}

static void test_lock__that_is_free_again_is_not_reported_as_held(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    int told = 0;
    const mb_lock_request request = {.conn = other, .schema = "moonbird", .wait_ms = MB_UNSET,
                                     .waiting = count, .self = &told};
    mb_lock *lock;

    assert_true(take(&passing, b->conn, "moonbird", 0));
    EXPECT(mb_lock_take(&lock, &request, NULL, &b->err));
    assert_null(passing);
    assert_int_equal(told, 0);
    mb_lock_release(lock);
    mb_conn_close(other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_lock__is_of_one_history_and_until_it_is_released),
        TEST(test_lock__excludes_a_second_runner_in_the_same_session),
        TEST(test_lock__is_waited_for),
        TEST(test_lock__that_is_free_again_is_not_reported_as_held),
    };

    return RUN_SERVER_TESTS(tests);
}

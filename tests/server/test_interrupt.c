/* After an interrupt the wait for the server's answer has an end. */
#include "moonbird/os/interrupt.h"
#include "server.h"

#include <signal.h>
#include <string.h>
#include <sys/types.h>

/* The clock of the program: a second passes with each look at it, from the interrupt on. */
static int64_t ahead;

int64_t __real_mb_now_us(void);
int64_t __wrap_mb_now_us(void);

int64_t __wrap_mb_now_us(void)
{
    if (mb_interrupted())
        ahead += 1000000;
    return __real_mb_now_us() + ahead;
}

static void interrupt(void *arg)
{
    (void)arg;
    if (!mb_interrupted())
        raise(SIGINT);
}

/*
 * The server takes the request to cancel, and the process that runs the statement does not act on
 * it.
 */
static void test_interrupt__a_server_that_does_not_answer_is_left(void **state)
{
    mb_conn *conn = open_session();
    pid_t backend = (pid_t)sql_int(conn, "select pg_backend_pid()");
    mb_error err;
    bool ok;

    (void)state;
    mb_interrupt_install();
    mb_conn_on_wait(conn, interrupt, NULL);
    assert_int_equal(kill(backend, SIGSTOP), 0);
    ok = mb_conn_exec(NULL, conn, "select pg_sleep(600)", &err);
    kill(backend, SIGCONT);
    mb_interrupt_clear();
    assert_false(ok);
    assert_int_equal(err.code, MB_ERR_INTERRUPTED);
    assert_non_null(strstr(err.detail, "did not answer"));
    assert_int_equal(mb_conn_tx(conn), MB_TX_LOST);
    mb_conn_close(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_interrupt__a_server_that_does_not_answer_is_left,
                                        open_schema, close_schema),
    };

    return RUN_SERVER_TESTS(tests);
}

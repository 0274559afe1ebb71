/* The login beside servers that do not answer. */
#include "moonbird/buf.h"
#include "moonbird/log.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64]; /* with a socket that takes a login and says nothing to it */
static int silent;

static int open_silent(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (start_server(state) != 0)
        return -1;
    snprintf(folder, sizeof folder, "/tmp/mb-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    silent = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(silent, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(silent, 8), 0);
    return 0;
}

static int close_silent(void **state)
{
    char *path = mb_format("%s/.s.PGSQL.5432", folder);

    close(silent);
    unlink(path);
    rmdir(folder);
    free(path);
    return report_and_stop(state);
}

static void test_login__ends_when_nobody_answers(void **state)
{
    char *target = mb_format("host=%s connect_timeout=1", folder);
    mb_conn *conn = NULL;
    mb_error err;

    (void)state;
    assert_false(mb_conn_open(&conn, target, &err));
    assert_int_equal(err.code, MB_ERR_CONNECT);
    assert_string_equal(err.message, "the server did not answer within 1 s");
    assert_true(err.hint[0]);
    free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login__ends_when_nobody_answers),
    };

    return cmocka_run_group_tests(tests, open_silent, close_silent);
}

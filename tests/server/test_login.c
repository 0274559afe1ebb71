/* The login beside servers that do not answer. */
#include "moonbird/base/buf.h"
#include "server.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
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

/* $ is the silent one's folder, @ the server's. */
static char *fill(const char *text)
{
    char server[256];
    mb_buf out = {0};

    assert_int_equal(sscanf(server_conninfo(), "host=%255s", server), 1);
    for (; *text; text++) {
        if (*text == '$' || *text == '@')
            mb_buf_puts(&out, *text == '$' ? folder : server);
        else
            mb_buf_putc(&out, *text);
    }
    mb_buf_puts(&out, strstr(server_conninfo(), " "));
    return out.data;
}

/* As PGlite does, which takes one client at a time. */
static void test_login__that_the_server_closes_says_what_it_may_be(void **state)
{
    char *conninfo = fill("host=$");
    mb_error err = {0};
    mb_conn *conn;
    pid_t child = fork();

    (void)state;
    for (int fd; child == 0 && (fd = accept(silent, NULL, NULL)) >= 0; close(fd))
        if (read(fd, (char[8]){0}, 8) < 0)
            break;
    if (child == 0)
        _exit(0);
    assert_false(mb_conn_open(&conn, conninfo, &err));
    assert_non_null(strstr(err.hint, "A server that takes one connection"));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    free(conninfo);
}

static void test_login__ends_when_nobody_answers(void **state)
{
    static const char *const cases[] = {"host=$ connect_timeout=1", "host=$,$ connect_timeout=1"};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *target = fill(cases[i]);
        mb_conn *conn = NULL;
        mb_error err;

        current_case = cases[i];
        assert_false(mb_conn_open(&conn, target, &err));
        assert_int_equal(err.code, MB_ERR_CONNECT);
        assert_string_equal(err.message, "the server did not answer within 1 s");
        assert_true(err.hint[0]);
        free(target);
    }
    current_case = NULL;
}

static void test_login__goes_on_to_the_next_host(void **state)
{
    static const char *const cases[] = {
        "host=$,@ connect_timeout=1",
        "host=$,$,@ port=5432,5432,5432 connect_timeout=1",
        "host=/nowhere,$,@,$ port=5432 connect_timeout=1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *target = fill(cases[i]);
        mb_conn *conn = NULL;
        mb_error err = {0};

        current_case = cases[i];
        assert_true(mb_conn_open(&conn, target, &err));
        assert_string_not_equal(mb_conn_host(conn), folder);
        assert_int_equal(sql_int(conn, "select 1"), 1);
        mb_conn_close(conn);
        free(target);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login__that_the_server_closes_says_what_it_may_be),
        cmocka_unit_test(test_login__ends_when_nobody_answers),
        cmocka_unit_test(test_login__goes_on_to_the_next_host),
    };

    return cmocka_run_group_tests(tests, open_silent, close_silent);
}

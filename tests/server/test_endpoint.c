#include "moonbird/base/buf.h"
#include "moonbird/os/file.h"
#include "server.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the server on a TCP port: throw-away ones have a socket alone ---- */

static char folder[64]; /* with a socket of the same port beside it */
static char sockets[256];
static int port;
static pid_t forwarder;

static bool pass(int from, int to)
{
    char block[8192];
    ssize_t got = read(from, block, sizeof block);

    return got > 0 && write(to, block, (size_t)got) == got;
}

static void serve(int client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    struct pollfd ends[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool ok;

    snprintf(address.sun_path, sizeof address.sun_path, "%.90s/.s.PGSQL.5432", sockets);
    ok = connect(server, (struct sockaddr *)&address, sizeof address) == 0;
    while (ok && poll(ends, 2, -1) > 0)
        for (int i = 0; i < 2 && ok; i++)
            ok = !ends[i].revents || pass(ends[i].fd, ends[1 - i].fd);
    _exit(0);
}

static void forward(int listener)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(listener, NULL, NULL);

        if (fork() == 0)
            serve(client);
        close(client);
    }
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    port = ntohs(address.sin_port);
    return listener;
}

static void put_service(void)
{
    char *path = mb_format("%s/services", folder);
    char *text = mb_format("[here]\nhost=localhost\nport=%d\ndbname=postgres\n", port);
    mb_error err;

    assert_true(mb_file_write(path, text, strlen(text), true, &err));
    setenv("PGSERVICEFILE", path, 1);
    free(text);
    free(path);
}

static int open_port(void **state)
{
    char *link, *target;
    int listener;

    if (start_server(state) != 0)
        return -1;
    assert_int_equal(sscanf(server_conninfo(), "host=%255s", sockets), 1);
    snprintf(folder, sizeof folder, "/tmp/mb-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    listener = listen_somewhere();
    link = mb_format("%s/.s.PGSQL.%d", folder, port);
    target = mb_format("%s/.s.PGSQL.5432", sockets);
    assert_int_equal(symlink(target, link), 0);
    put_service();
    forwarder = fork();
    if (forwarder == 0)
        forward(listener);
    close(listener);
    free(target);
    free(link);
    return 0;
}

static int close_port(void **state)
{
    char *command = mb_format("rm -rf %s", folder);
    int status = system(command);

    free(command);
    kill(forwarder, SIGKILL);
    waitpid(forwarder, NULL, 0);
    return report_and_stop(state) || status;
}

/* ---- tests ---- */

/* $F is the folder, $P the port, $S the server's own folder. */
static char *fill(const char *text)
{
    mb_buf out = {0};

    for (; *text; text++) {
        if (*text != '$') {
            mb_buf_putc(&out, *text);
            continue;
        }
        text++;
        if (*text == 'P')
            mb_buf_printf(&out, "%d", port);
        else
            mb_buf_puts(&out, *text == 'F' ? folder : sockets);
    }
    return out.data ? out.data : mb_format("%s", "");
}

static mb_conn *open_one(const char *text)
{
    char *conninfo = fill(text);
    mb_conn *conn = NULL;
    mb_error err;

    if (!mb_conn_open(&conn, conninfo, &err))
        fail_msg("%s: %s", conninfo, err.message);
    free(conninfo);
    return conn;
}

#define TCP    "host=127.0.0.1 port=$P user=postgres dbname=postgres"
#define SOCKET "host=$S port=5432 user=postgres dbname=postgres"

static const struct {
    const char *name, *session, *conninfo;
    bool ask, is;
} cases[] = {
    {"the same", TCP, TCP, false, true},
    {"a name of this machine", TCP, "host=localhost port=$P dbname=postgres", false, true},
    {"a URL, and IPv6", TCP, "postgres://app:secret@[::1]:$P/postgres", false, true},
    {"the database is the user's", TCP, "postgres://postgres@localhost:$P", false, true},
    {"hostaddr", TCP, "host=db.example hostaddr=127.0.0.1 port=$P dbname=postgres", false, true},
    {"another hostaddr", TCP, "host=db.example hostaddr=192.0.2.1 port=$P dbname=postgres", true,
     false},
    {"one of several hosts", TCP, "host=db.invalid,localhost port=1,$P dbname=postgres", false,
     true},
    {"several hosts, one port", TCP, "host=192.0.2.1,localhost port=$P dbname=postgres", false,
     true},
    {"several hosts, the port of another", TCP,
     "host=192.0.2.1,localhost port=$P,1 dbname=postgres", false, false},
    {"a service", TCP, "service=here", false, true},
    {"a socket of this port", TCP, "host=$F port=$P dbname=postgres", false, true},
    {"a folder without a socket", TCP, "host=/ port=$P dbname=postgres", false, false},
    {"another port", TCP, "host=127.0.0.1 port=1 dbname=postgres", true, false},
    {"another database", TCP, "host=127.0.0.1 port=$P dbname=template1", true, false},
    {"another machine", TCP, "host=192.0.2.1 port=$P dbname=postgres", true, false},
    {"a name that nobody knows", TCP, "host=db.invalid port=$P dbname=postgres", true, false},
    {"every host of this machine", TCP, "host=0.0.0.0 port=$P dbname=postgres", false, true},
    {"the same, as IPv6", TCP, "postgres://[::]:$P/postgres", false, true},
    {"the same, as a number", TCP, "host=0 port=$P dbname=postgres", false, true},
    {"IPv4 written as IPv6", TCP, "postgres://[::ffff:127.0.0.1]:$P/postgres", false, true},
    {"the same, as hexadecimal", TCP, "host=0:0:0:0:0:ffff:7f00:1 port=$P dbname=postgres", false,
     true},
    {"the same, as hostaddr", TCP, "hostaddr=::ffff:127.0.0.1 port=$P dbname=postgres", false,
     true},
    {"an address that leaves out zeros", TCP, "host=127.1 port=$P dbname=postgres", false, true},
    {"a port with a zero", TCP, "host=127.0.0.1 port=0$P dbname=postgres", false, true},
    {"a port between spaces", TCP, "host=127.0.0.1 port=' $P ' dbname=postgres", false, true},
    {"a session with every host", "host=0.0.0.0 port=$P user=postgres dbname=postgres", TCP, false,
     true},
    {"a session with a number", "host=0 port=$P user=postgres dbname=postgres", TCP, false, true},
    {"a session whose port has a zero", "host=127.0.0.1 port=0$P user=postgres dbname=postgres",
     TCP, false, true},
    {"a session whose port has spaces", "host=127.0.0.1 port=' $P ' user=postgres dbname=postgres",
     TCP, false, true},
    {"a session with IPv4 as IPv6", "host=::ffff:127.0.0.1 port=$P user=postgres dbname=postgres",
     TCP, false, true},
    {"a session with hexadecimal",
     "host=0:0:0:0:0:ffff:7f00:1 port=$P user=postgres dbname=postgres", TCP, false, true},
    {"a session of another machine's name",
     "host=db.example hostaddr=127.0.0.1 port=$P user=postgres dbname=postgres", TCP, false, true},
    {"by socket, a link to the file", SOCKET, "host=$F port=$P dbname=postgres", false, true},
    {"by socket, the same", SOCKET, SOCKET, false, true},
    {"by socket, a way round", SOCKET, "host=$S/../. port=5432 dbname=postgres", false, false},
    {"by socket, a detour", SOCKET, "host=$S/. port=5432 dbname=postgres", false, true},
    {"by socket, another folder", SOCKET, "host=$F port=5432 dbname=postgres", true, false},
    {"by socket, an empty port of the session", "host=$S port='' user=postgres dbname=postgres",
     SOCKET, false, true},
    {"by socket, an empty port in a list of the session",
     "host=$S,$S port=,$P user=postgres dbname=postgres", SOCKET, false, true},
    {"by socket, an empty port in both", "host=$S port='' user=postgres dbname=postgres",
     "host=$S port='' dbname=postgres", false, true},
    {"by socket, an empty port", SOCKET, "host=$S port='' dbname=postgres", false, true},
    {"by socket, an empty port in a list", SOCKET, "host=$S,$F port=,$P dbname=postgres", false,
     true},
    {"by socket, an empty database", SOCKET, "host=$S user=postgres dbname=''", false, true},
    {"by socket, of a server without TCP", SOCKET, "host=localhost dbname=postgres", true, false},
};

/* Some containers have a kernel without it. */
static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);

    close(fd);
    return fd >= 0;
}

static void test_endpoint__is_the_session_by_any_of_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_conn *conn;
        char *conninfo = fill(cases[i].conninfo);
        mb_error err;
        bool is;

        current_case = cases[i].name;
        if (strstr(cases[i].session, "host=::") || strstr(cases[i].session, "host=0:"))
            if (!has_ipv6()) {
                free(conninfo);
                continue;
            }
        conn = open_one(cases[i].session);
        if (!mb_conn_is(&is, conn, conninfo, cases[i].ask, &err))
            fail_msg("%s", err.message);
        assert_int_equal(is, cases[i].is);
        free(conninfo);
        mb_conn_close(conn);
    }
    current_case = NULL;
}

/* The machine's own name is known to its resolver, but for some containers. */
static void test_endpoint__asks_for_names_only_when_told_to(void **state)
{
    mb_conn *conn = open_one(TCP);
    char host[256], *conninfo;
    mb_error err;
    bool is;

    struct addrinfo *found = NULL;

    (void)state;
    assert_int_equal(gethostname(host, sizeof host), 0);
    if (getaddrinfo(host, NULL, NULL, &found) != 0) {
        mb_conn_close(conn);
        skip();
    }
    freeaddrinfo(found);
    conninfo = mb_format("host=%s port=%d dbname=postgres", host, port);
    assert_true(mb_conn_is(&is, conn, conninfo, false, &err));
    assert_false(is);
    assert_true(mb_conn_is(&is, conn, conninfo, true, &err));
    assert_true(is);
    free(conninfo);
    mb_conn_close(conn);
}

static void test_endpoint__what_cannot_be_read_is_an_error(void **state)
{
    static const char *const wrong[] = {"host=x prot=1", "postgres://a:b@c@d/e", "service=absent",
                                        "host=a,b,c port=1,2 dbname=postgres"};
    mb_conn *conn = open_one(TCP);

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        mb_error err;
        bool is;

        current_case = wrong[i];
        assert_false(mb_conn_is(&is, conn, wrong[i], true, &err));
        assert_int_equal(err.code, MB_ERR_USAGE);
    }
    current_case = NULL;
    mb_conn_close(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint__is_the_session_by_any_of_its_names),
        cmocka_unit_test(test_endpoint__asks_for_names_only_when_told_to),
        cmocka_unit_test(test_endpoint__what_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, open_port, close_port);
}

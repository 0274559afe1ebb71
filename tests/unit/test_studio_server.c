/*
 * test_studio_server.c -- the studio's server over real sockets: who gets in, what bounds a request, and
 * that neither a slow page nor one that dies stops it.
 *
 * The server runs in a process of its own. Its workers are this program with the argument "worker".
 */
#include "moonbird/base/mem.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/web/guard.h"
#include "moonbird/web/server.h"
#include "test.h"
#include "web/pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MS = 20000, MANY = 80 };

static pid_t server;
static int port;
static char token[MB_GUARD_SECRET], cookie[256], path[64];

/* ---- a worker ---- */

static int work(void)
{
    mb_buf request = {0};
    mb_error err;
    bool more = true;

    mb_interrupt_install();
    while (mb_web_next(&request, &more, &err) && more) {
        const char *text = mb_buf_str(&request);

        if (strstr(text, "\"/slow\"") && !mb_sleep(600, &err))
            break;
        if (strstr(text, "\"/dies\"")) {
            fprintf(stderr, "its last words\n");
            fflush(stderr);
            _exit(3);
        }
        if (strstr(text, "\"/nonsense\""))
            (void)!write(3, "what is this\n", 13);
        else if (strstr(text, "\"/large\"")) {
            char *large = mb_alloc(3 << 20);

            memset(large, 'x', 3 << 20);
            (void)!mb_web_reply(200, "text/plain", large, 3 << 20, &err);
            free(large);
        } else if (!mb_web_reply(200, "text/plain", text, request.len, &err))
            break;
        mb_buf_clear(&request);
    }
    mb_buf_free(&request);
    return 0;
}

/* ---- the server ---- */

/* Orders are answered with their name and their body; "run" starts a run, which is `work` again. */
static void serve(const mb_web_settings *settings, int tell)
{
    static const char *const said[] = {"said", NULL};
    mb_buf address = {0};
    mb_web *web;
    mb_web_order order;
    mb_error err;

    mb_interrupt_install();
    if (!mb_web_open(&web, settings, &err) || !mb_web_address(web, &address, &err)) {
        dprintf(tell, "! %s\n", err.message);
        exit(1);
    }
    dprintf(tell, "%s\n", address.data);
    while (mb_web_wait(web, &order, &err)) {
        char *text;
        int number;

        if (order.number == 0) {
            mb_buf_clear(&address);
            if (mb_web_wants_address(web) && mb_web_address(web, &address, &err))
                dprintf(tell, "%s\n", address.data);
            continue;
        }
        if (strcmp(order.name, "run") == 0 &&
            !mb_web_run(web, &(mb_run_order){.argv = said, .command = "moonbird said"}, &number,
                        &err))
            number = 0;
        text = mb_format("[\"%s\",%s]", order.name, order.body);
        mb_web_answer(web, order.number, 200, text, strlen(text));
        free(text);
    }
    mb_interrupt_clear(); /* workers have longer to end than the two seconds of a signal */
    mb_web_close(web);
    mb_buf_free(&address);
    exit(0);
}

static int told; /* what the server tells us */

static void read_address(void)
{
    char line[256];
    size_t n = 0;
    char *hash;

    while (n + 1 < sizeof line && read(told, line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = '\0';
    hash = strchr(line, '#');
    if (!hash)
        fail_msg("%s", line);
    snprintf(token, sizeof token, "%s", hash + 1);
    if (strstr(line, "127.0.0.1:"))
        port = atoi(strstr(line, "127.0.0.1:") + 10);
}

static void start(const char *at_socket)
{
    static const mb_web_file files[] = {
        {MB_GUARD_PAGE, "text/html", "<p>enter</p>", 12},
        {MB_GUARD_SCRIPT, "text/javascript", "// enter", 8},
        {"/studio.js", "text/javascript", "// studio", 9},
        {0},
    };
    static const char *const worker[] = {"worker", NULL};
    const mb_web_settings settings = {.socket = at_socket, .worker = worker, .files = files};
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        close(ends[0]);
        serve(&settings, ends[1]);
    }
    close(ends[1]);
    told = ends[0];
    read_address();
}

static void stop(void)
{
    int status;

    kill(server, SIGTERM);
    assert_int_equal(waitpid(server, &status, 0), server);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(told);
}

/* ---- a browser ---- */

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = ANSWER_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server may refuse before it has read all */
        text += n;
        len -= (size_t)n;
    }
}

static void read_all(int fd, mb_buf *out)
{
    char part[65536];
    ssize_t n;

    while ((n = recv(fd, part, sizeof part, 0)) > 0)
        mb_buf_add(out, part, (size_t)n);
    close(fd);
}

static int status_of(const mb_buf *answer)
{
    const char *text = mb_buf_str(answer);

    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
}

/* The headers of the studio's own page, before the blank line. */
static char *our_headers(void)
{
    return mb_format("Host: 127.0.0.1:%d\r\nCookie: %s\r\nSec-Fetch-Site: same-origin\r\n"
                     "Connection: close\r\n", port, cookie);
}

/* Sends a request, and appends its answer; the headers are those of our page and `more`. */
static int ask(const char *method, const char *target, const char *more, const char *body,
               mb_buf *answer)
{
    char *headers = our_headers();
    char *length = body ? mb_format("Content-Length: %zu\r\n", strlen(body)) : mb_strdup("");
    char *text = mb_format("%s %s HTTP/1.1\r\n%s%s%s\r\n%s", method, target, headers, more, length,
                           body ? body : "");
    int fd = dial(), status;

    mb_buf_clear(answer);
    send_text(fd, text);
    read_all(fd, answer);
    status = status_of(answer);
    free(headers);
    free(length);
    free(text);
    return status;
}

static int get(const char *target, mb_buf *answer)
{
    return ask("GET", target, "", NULL, answer);
}

static int post(const char *target, const char *body, mb_buf *answer)
{
    char *more = mb_format("Origin: http://127.0.0.1:%d\r\nContent-Type: application/json\r\n", port);
    int status = ask("POST", target, more, body, answer);

    free(more);
    return status;
}

static void enter(mb_buf *answer)
{
    char *body = mb_format("\"%s\"", token);
    const char *at;

    assert_int_equal(post(MB_GUARD_EXCHANGE, body, answer), 200);
    at = strstr(answer->data, "Set-Cookie: ");
    assert_non_null(at);
    at += 12;
    snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(at, ";\r"), at);
    free(body);
}

static int open_studio(void **state)
{
    mb_buf answer = {0};

    (void)state;
    cookie[0] = '\0';
    start(NULL);
    enter(&answer);
    mb_buf_free(&answer);
    return 0;
}

static int close_studio(void **state)
{
    (void)state;
    stop();
    return 0;
}

static void expect_text(const mb_buf *answer, const char *text)
{
    if (!strstr(mb_buf_str(answer), text))
        fail_msg("\"%s\" is not in: %.2000s", text, mb_buf_str(answer));
}

/* ---- tests ---- */

static void test_server__the_cookie_is_for_the_studio_alone(void **state)
{
    mb_buf answer = {0};
    char *body = mb_format("\"%s\"", token), *first = mb_strdup(cookie);

    (void)state;
    assert_int_equal(post(MB_GUARD_EXCHANGE, body, &answer), 410); /* it was used */
    assert_null(strstr(answer.data, "Set-Cookie"));
    cookie[0] = '\0';
    assert_int_equal(get("/history", &answer), 403);
    assert_int_equal(get("/studio.js", &answer), 403);
    assert_int_equal(get("/events", &answer), 403);
    assert_int_equal(post("/do/run", "{}", &answer), 403);
    assert_int_equal(get("/", &answer), 200); /* the page that enters, and shows nothing */
    expect_text(&answer, "<p>enter</p>");
    read_address(); /* a new token, for the browser that asked */
    assert_int_equal(post(MB_GUARD_EXCHANGE, body, &answer), 410); /* the old one */
    enter(&answer);
    expect_text(&answer, "; HttpOnly; SameSite=Strict");
    assert_string_equal(cookie, first);
    free(body);
    free(first);
    mb_buf_free(&answer);
}

static void test_server__each_answer_has_the_headers_of_a_safe_page(void **state)
{
    static const char *const targets[] = {"/history", "/studio.js", "/no.file", "/", "/x?run=1"};
    static const char *const headers[] = {
        ("Content-Security-Policy: default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
         "form-action 'self'\r\n"),
        "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
        "Cache-Control: no-store\r\n", "Cross-Origin-Resource-Policy: same-origin\r\n",
    };
    mb_buf answer = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        current_case = targets[i];
        get(targets[i], &answer);
        for (size_t k = 0; k < COUNT(headers); k++)
            expect_text(&answer, headers[k]);
        assert_null(strcasestr(answer.data, "Access-Control"));
    }
    mb_buf_free(&answer);
}

/* libmicrohttpd 1.0 refuses some bodies itself, with 400, which older versions leave to us. */
static bool is_status(int wanted, int status)
{
    return status == wanted || (wanted == 411 && status == 400);
}

/* Requests with the cookie, as an attacker may make a browser send them. */
static void test_server__attacks_are_refused(void **state)
{
    static const char ours[] = "ours", evil[] = "evil.example";
    static const struct {
        const char *what, *line, *host, *more;
        int status;
    } cases[] = {
        {"a page", "GET /history HTTP/1.1", ours, "", 200},
        {"DNS rebinding", "GET /history HTTP/1.1", evil, "", 421},
        {"without Host", "GET /history HTTP/1.1", NULL, "", 400},
        {"an old version without Host", "GET /history HTTP/1.0", NULL, "", 421},
        {"two hosts", "GET /history HTTP/1.1", ours, "Host: evil.example\r\n", 400},
        {"two cookies", "GET /history HTTP/1.1", ours, "Cookie: a=b\r\n", 400},
        {"an absolute address", "GET http://evil.example/ HTTP/1.1", evil, "", 421},
        {"a link on another site", "GET /history HTTP/1.1", ours, "Sec-Fetch-Site: cross-site\r\n",
         403},
        {"a frame in another site", "GET / HTTP/1.1", ours,
         "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: iframe\r\n", 403},
        {"a form on another site", "POST /do/run HTTP/1.1", ours,
         "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n"
         "Content-Type: text/plain\r\nContent-Length: 0\r\n", 403},
        {"a preflight", "OPTIONS /do/run HTTP/1.1", ours, "Origin: https://evil.example\r\n", 405},
        {"a body of pieces", "POST /do/run HTTP/1.1", ours, "Transfer-Encoding: chunked\r\n", 411},
        {"an encoding that does not exist", "POST /do/run HTTP/1.1", ours,
         "Transfer-Encoding: xchunked\r\n", 411},
        {"a length and an encoding", "POST /do/run HTTP/1.1", ours,
         "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 411},
        {"two lengths", "POST /do/run HTTP/1.1", ours, "Content-Length: 0\r\nContent-Length: 9\r\n",
         400},
        {"a proxy", "CONNECT 127.0.0.1:1 HTTP/1.1", "127.0.0.1", "", 421},
    };
    mb_buf answer = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *own = mb_format("127.0.0.1:%d", port);
        const char *host = cases[i].host == ours ? own : cases[i].host;
        char *text = mb_format("%s\r\n%s%s%sCookie: %s\r\n%sConnection: close\r\n\r\n",
                               cases[i].line, host ? "Host: " : "", host ? host : "",
                               host ? "\r\n" : "", cookie, cases[i].more);
        int fd = dial();

        current_case = cases[i].what;
        send_text(fd, text);
        mb_buf_clear(&answer);
        read_all(fd, &answer);
        if (!is_status(cases[i].status, status_of(&answer)))
            fail_msg("%s: %.200s", cases[i].what, mb_buf_str(&answer));
        free(text);
        free(own);
    }
    mb_buf_free(&answer);
}

/* One request that hides another in what it calls its body: the second one is never read. */
static void test_server__no_request_is_hidden_in_another(void **state)
{
    static const char *const ends[] = {
        "Content-Length: 0\r\nContent-Length: 99\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 0\r\n", /* refused for its type */
    };
    mb_buf answer = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        char *text = mb_format("POST /do/run HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n"
                               "Origin: http://127.0.0.1:%d\r\nSec-Fetch-Site: same-origin\r\n"
                               "%s\r\n0\r\n\r\n"
                               "GET /history HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n\r\n",
                               port, cookie, port, ends[i], port, cookie);
        int fd = dial();

        current_case = ends[i];
        send_text(fd, text);
        mb_buf_clear(&answer);
        read_all(fd, &answer);
        expect_text(&answer, "Connection: close");
        assert_null(strstr(mb_buf_str(&answer) + 1, "HTTP/1.1 "));
        free(text);
    }
    mb_buf_free(&answer);
}

static void test_server__what_a_page_gets(void **state)
{
    mb_buf answer = {0};

    (void)state;
    assert_int_equal(get("/history?what=up&who=a%20b%22&environment=staging", &answer), 200);
    expect_text(&answer, "\"method\":\"GET\",\"path\":\"/history\"");
    expect_text(&answer, "\"environment\":\"staging\"");
    expect_text(&answer, "\"query\":{\"what\":\"up\",\"who\":\"a b\\\"\",\"environment\":\"staging\"}");
    expect_text(&answer, "\"runs\":[]");
    assert_int_equal(post("/history?a=1", "{\"x\": [1, null]}", &answer), 200);
    expect_text(&answer, "\"method\":\"POST\"");
    expect_text(&answer, "\"body\":{\"x\": [1, null]}}");
    assert_int_equal(get("/large", &answer), 200);
    assert_true(answer.len > 3 << 20);
    mb_buf_free(&answer);
}

static void test_server__bounds_of_a_request(void **state)
{
    char *many = mb_alloc((2 << 20) + 3);
    mb_buf answer = {0};
    char *header;

    (void)state;
    memset(many, 'a', 2 << 20);
    many[0] = '"';
    many[(2 << 20) - 1] = '"';
    assert_int_equal(post("/history", many, &answer), 413);
    many[100 << 10] = '\0';
    header = mb_format("X-Long: %s\r\n", many);
    assert_int_equal(ask("GET", "/history", header, NULL, &answer), 431);
    assert_int_equal(get("/history?environment=../../x", &answer), 400);
    assert_int_equal(get("/history?environment=-x", &answer), 400);
    assert_int_equal(get("/history?a=%ff", &answer), 400);
    assert_int_equal(post("/history", "{\"a\":", &answer), 400);
    assert_int_equal(post("/history", "", &answer), 400);
    assert_int_equal(post("/history", "1 2", &answer), 400);
    free(header);
    free(many);
    mb_buf_free(&answer);
}

static void test_server__orders_go_to_the_caller(void **state)
{
    mb_buf answer = {0};

    (void)state;
    assert_int_equal(post("/do/something", "{\"n\":1}", &answer), 200);
    expect_text(&answer, "[\"something\",{\"n\":1}]");
    mb_buf_free(&answer);
}

/* Sends the request and leaves the connection open. */
static int begin(const char *target)
{
    char *headers = our_headers(), *text = mb_format("GET %s HTTP/1.1\r\n%s\r\n", target, headers);
    int fd = dial();

    send_text(fd, text);
    free(headers);
    free(text);
    return fd;
}

static void test_server__slow_pages_stop_no_other_request(void **state)
{
    int slow[7];
    mb_buf answer = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(slow); i++)
        slow[i] = begin("/slow");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(get("/history", &answer), 200);
        assert_int_equal(get("/studio.js", &answer), 200);
        assert_int_equal(post("/do/something", "1", &answer), 200);
    }
    for (size_t i = 0; i < COUNT(slow); i++)
        close(slow[i]);
    mb_buf_free(&answer);
}

/* All eight workers are busy until their browsers go away: then a page is answered. */
static void test_server__a_browser_that_goes_away_frees_its_worker(void **state)
{
    int slow[8], page;
    mb_buf answer = {0};
    struct timespec while_busy = {.tv_nsec = 300000000};

    (void)state;
    for (size_t i = 0; i < COUNT(slow); i++)
        slow[i] = begin("/slow");
    nanosleep(&while_busy, NULL);
    page = begin("/history");
    assert_int_equal(get("/studio.js", &answer), 200); /* files need no worker */
    close(slow[3]);
    mb_buf_clear(&answer);
    read_all(page, &answer);
    assert_int_equal(status_of(&answer), 200);
    for (size_t i = 0; i < COUNT(slow); i++)
        if (i != 3)
            close(slow[i]);
    mb_buf_free(&answer);
}

static void test_server__more_requests_than_the_queue_holds(void **state)
{
    int slow[MANY], opened = 0, refused = 0;
    mb_buf answer = {0};

    (void)state;
    for (; opened < 8 + 45; opened++)
        slow[opened] = begin("/slow");
    assert_int_equal(get("/studio.js", &answer), 200);
    for (int i = 0; i < opened; i++)
        close(slow[i]);
    for (int i = 0; i < 50 && refused < 1; i++)
        refused = get("/history", &answer) == 200;
    assert_int_equal(refused, 1);
    mb_buf_free(&answer);
}

/*
 * More connections than there are places, of which some have sent a part of a request: a browser is
 * served, and an answer that is under way is not cut off.
 */
static void test_server__connections_without_a_request_leave_room(void **state)
{
    static const char *const parts[] = {"", "G", "GET / HTTP/1.1\r\nHost: a\r\nX: ",
                                        "POST /enter HTTP/1.1\r\nContent-Length: 9\r\n"};
    int idle[300], slow = begin("/slow");
    mb_buf answer = {0};
    char byte;

    (void)state;
    assert_int_equal(get("/history", &answer), 200); /* the slow page has arrived */
    for (size_t i = 0; i < COUNT(idle); i++) {
        idle[i] = dial();
        send_text(idle[i], parts[i % COUNT(parts)]);
        if (i % 50 == 49)
            assert_int_equal(get("/studio.js", &answer), 200);
    }
    assert_int_equal(get("/history", &answer), 200);
    assert_int_equal(recv(slow, &byte, 1, MSG_DONTWAIT), -1);
    for (size_t i = 0; i < COUNT(idle); i++)
        close(idle[i]);
    close(slow);
    mb_buf_free(&answer);
}

static void test_server__a_worker_that_dies_is_an_answer(void **state)
{
    mb_buf answer = {0};

    (void)state;
    assert_int_equal(get("/dies", &answer), 500);
    expect_text(&answer, "its last words");
    assert_int_equal(get("/nonsense", &answer), 500);
    assert_int_equal(get("/history", &answer), 200);
    mb_buf_free(&answer);
}

/* Reads from the stream until the text is there. */
static void await(int fd, mb_buf *out, const char *text)
{
    char part[4096];
    ssize_t n;

    while (!strstr(mb_buf_str(out), text)) {
        n = recv(fd, part, sizeof part, 0);
        if (n <= 0)
            fail_msg("\"%s\" did not come: %s", text, mb_buf_str(out));
        mb_buf_add(out, part, (size_t)n);
    }
}

static void test_server__events_of_a_run_reach_those_who_listen(void **state)
{
    mb_buf live = {0}, later = {0}, answer = {0};
    int fd = begin("/events"), again;

    (void)state;
    await(fd, &live, "retry: ");
    assert_int_equal(post("/do/run", "{}", &answer), 200);
    await(fd, &live, "event: run\ndata: {\"run\":1,\"command\":\"moonbird said\",\"environment\":null,");
    await(fd, &live, "data: {\"run\":1,\"event\":{\"event\":\"begin\"}}\n\n");
    await(fd, &live, "data: {\"run\":1,\"text\":\"it says <b>\"}\n\n");
    await(fd, &live, "event: end\ndata: {\"run\":1,\"status\":7}\n\n");
    close(fd);
    again = begin("/events?after=1"); /* as a browser that comes back */
    await(again, &later, "event: end\ndata: {\"run\":1,\"status\":7}\n\n");
    assert_null(strstr(later.data, "event: run\n"));
    close(again);
    assert_int_equal(get("/run?run=1", &answer), 200);
    expect_text(&answer, "\"status\":7}]");
    expect_text(&answer, "[\"event\",{\"run\":1,\"event\":{\"event\":\"begin\"}}]");
    expect_text(&answer, "[\"end\",{\"run\":1,\"status\":7}]");
    mb_buf_free(&live);
    mb_buf_free(&later);
    mb_buf_free(&answer);
}

static void test_server__a_socket_is_for_its_user(void **state)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    mb_buf answer = {0};

    (void)state;
    snprintf(path, sizeof path, "/tmp/moonbird-studio-%ld", (long)getpid());
    start(path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    memcpy(at.sun_path, path, strlen(path) + 1);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    send_text(fd, "GET / HTTP/1.1\r\nHost: localhost:9000\r\nConnection: close\r\n\r\n");
    read_all(fd, &answer);
    assert_int_equal(status_of(&answer), 200);
    stop();
    assert_int_equal(stat(path, &st), -1);
    mb_buf_free(&answer);
}

static void test_server__removes_only_its_own_socket(void **state)
{
    struct stat st;
    FILE *other;

    (void)state;
    snprintf(path, sizeof path, "/tmp/moonbird-studio-%ld", (long)getpid());
    start(path);
    assert_int_equal(unlink(path), 0);
    other = fopen(path, "w");
    assert_non_null(other);
    fclose(other);
    stop();
    assert_int_equal(stat(path, &st), 0);
    unlink(path);
}

/* ---- the workers alone ---- */

static bool answered;

static void on_answer(mb_pool_job *job)
{
    (void)job;
    answered = true;
}

/* Lets the workers run until the job is done and, for `gone`, until no process is left. */
static void turn_until(mb_pool *pool, bool gone)
{
    int64_t until = mb_now_us() + (int64_t)ANSWER_MS * 1000;
    struct pollfd fds[MB_POOL_FDS];

    while (!answered || (gone && mb_pool_poll(pool, fds) > 0)) {
        if (mb_now_us() > until)
            fail_msg("there was no end");
        poll(fds, mb_pool_poll(pool, fds), 20);
        mb_pool_turn(pool);
    }
}

static void ask_pool(mb_pool *pool, mb_pool_job *job, const char *path_of_page)
{
    *job = (mb_pool_job){.done = on_answer};
    answered = false;
    mb_buf_printf(&job->request, "{\"path\":\"%s\"}", path_of_page);
    assert_true(mb_pool_ask(pool, job));
}

static void free_job(mb_pool_job *job)
{
    mb_buf_free(&job->request);
    mb_buf_free(&job->answer);
}

static void test_pool__a_page_that_takes_too_long_is_cancelled(void **state)
{
    static const char *const argv[] = {"worker", NULL};
    const mb_pool_limits limits = {.workers = 1, .waiting = 4, .request_ms = 300, .idle_ms = 200};
    mb_pool *pool = mb_pool_new(argv, NULL, limits);
    mb_pool_job job;

    (void)state;
    ask_pool(pool, &job, "/slow");
    turn_until(pool, false);
    assert_int_equal(job.status, 504);
    free_job(&job);
    ask_pool(pool, &job, "/quick"); /* it waits until the late worker has ended */
    turn_until(pool, false);
    assert_int_equal(job.status, 200);
    free_job(&job);
    turn_until(pool, true); /* an idle worker ends */
    mb_pool_close(pool);
}

static void test_pool__requests_beyond_the_queue_are_refused(void **state)
{
    static const char *const argv[] = {"worker", NULL};
    const mb_pool_limits limits = {.workers = 1, .waiting = 2, .request_ms = 60000, .idle_ms = 60000};
    mb_pool *pool = mb_pool_new(argv, NULL, limits);
    mb_pool_job jobs[4];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        ask_pool(pool, &jobs[i], i == 0 ? "/slow" : "/quick");
    jobs[3] = (mb_pool_job){.done = on_answer};
    assert_false(mb_pool_ask(pool, &jobs[3]));
    mb_pool_cancel(pool, &jobs[1]); /* out of the queue */
    assert_true(mb_pool_ask(pool, &jobs[3]));
    mb_pool_cancel(pool, &jobs[3]);
    mb_pool_cancel(pool, &jobs[0]); /* its worker is interrupted, and the last one goes on */
    turn_until(pool, false);
    assert_int_equal(jobs[2].status, 200);
    mb_pool_close(pool);
    for (size_t i = 0; i < 4; i++)
        free_job(&jobs[i]);
}

/* A run: one event, a line of output, and the status 7. */
static int say(void)
{
    static const char event[] = "{\"event\":\"begin\"}\n{\"event\":";

    (void)!write(3, event, sizeof event - 1); /* the second line is incomplete, as of a killed one */
    (void)!write(1, "it says <b>\n", 12);
    return 7;
}

int main(int argc, char **argv)
{
#define STUDIO(test) cmocka_unit_test_setup_teardown(test, open_studio, close_studio)
    const struct CMUnitTest tests[] = {
        STUDIO(test_server__the_cookie_is_for_the_studio_alone),
        STUDIO(test_server__each_answer_has_the_headers_of_a_safe_page),
        STUDIO(test_server__attacks_are_refused),
        STUDIO(test_server__no_request_is_hidden_in_another),
        STUDIO(test_server__what_a_page_gets),
        STUDIO(test_server__bounds_of_a_request),
        STUDIO(test_server__orders_go_to_the_caller),
        STUDIO(test_server__slow_pages_stop_no_other_request),
        STUDIO(test_server__a_browser_that_goes_away_frees_its_worker),
        STUDIO(test_server__more_requests_than_the_queue_holds),
        STUDIO(test_server__connections_without_a_request_leave_room),
        STUDIO(test_server__a_worker_that_dies_is_an_answer),
        STUDIO(test_server__events_of_a_run_reach_those_who_listen),
        cmocka_unit_test(test_server__a_socket_is_for_its_user),
        cmocka_unit_test(test_server__removes_only_its_own_socket),
        cmocka_unit_test(test_pool__a_page_that_takes_too_long_is_cancelled),
        cmocka_unit_test(test_pool__requests_beyond_the_queue_are_refused),
    };

    if (argc > 1)
        return strcmp(argv[argc - 1], "worker") == 0 ? work() : say();
    return RUN_TESTS(tests);
}

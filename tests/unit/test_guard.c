/* test_guard.c -- which requests reach the studio: each row of the tables is an attack, or a browser. */
#include "moonbird/web/guard.h"

#include "test.h"

#include <string.h>

enum { PORT = 8321 };

#define OURS   "127.0.0.1:8321"
#define ORIGIN "http://127.0.0.1:8321"
#define JSON   "application/json"

static mb_guard guard;
static char cookie[256]; /* as a browser sends it */

static int open_guard(void **state)
{
    mb_error err;

    (void)state;
    assert_true(mb_guard_open(&guard, PORT, &err));
    snprintf(cookie, sizeof cookie, "%s=%s", guard.name, guard.cookie);
    return 0;
}

/* A request for a page from the studio's own page, with the cookie. */
static mb_guard_request page(void)
{
    return (mb_guard_request){.method = "GET", .path = "/history", .host = OURS, .cookie = cookie,
                              .site = "same-origin", .mode = "navigate", .dest = "document"};
}

/* A POST of the studio's own script. */
static mb_guard_request post(void)
{
    return (mb_guard_request){.method = "POST", .path = "/do/command", .host = OURS,
                              .cookie = cookie, .site = "same-origin", .mode = "cors",
                              .dest = "empty", .origin = ORIGIN, .type = JSON};
}

static void expect(mb_guard_request request, mb_verdict wanted, int wanted_status)
{
    const char *why = NULL;
    int status = 0;
    mb_verdict verdict = mb_guard_judge(&guard, &request, &status, &why);

    if (verdict != wanted || status != wanted_status)
        fail_msg("%s: verdict %d, status %d (%s)", current_case, verdict, status, why);
}

static void test_guard__host_is_exactly_the_studio(void **state)
{
    static const struct {
        const char *host;
        bool ours;
    } cases[] = {
        {"127.0.0.1:8321", true},
        {"localhost:8321", true},
        {"LocalHost:8321", true},
        {"[::1]:8321", true},
        {NULL, false},
        {"", false},
        {"127.0.0.1", false},
        {"127.0.0.1:", false},
        {"127.0.0.1:8322", false},
        {"127.0.0.1:83210", false},
        {"127.0.0.1:08321", false},
        {"127.0.0.1:8321 ", false},
        {"127.0.0.1:8321.evil.example", false},
        {"127.0.0.1.evil.example:8321", false},
        {"127.0.0.1:8321@evil.example", false},
        {"localhost.evil.example:8321", false},
        {"localhost.:8321", false},
        {"evil.example:8321", false},
        {"evil-127.0.0.1:8321", false},
        {"127.0.0.2:8321", false},
        {"0.0.0.0:8321", false},
        {"[::]:8321", false},
        {"::1:8321", false},
        {"2130706433:8321", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_guard_request get = page(), enter = page();

        current_case = cases[i].host;
        get.host = enter.host = cases[i].host;
        enter.path = MB_GUARD_PAGE;
        enter.cookie = NULL;
        expect(get, cases[i].ours ? MB_VERDICT_SERVE : MB_VERDICT_REFUSE, cases[i].ours ? 0 : 421);
        expect(enter, cases[i].ours ? MB_VERDICT_ENTER : MB_VERDICT_REFUSE,
               cases[i].ours ? 0 : 421);
    }
}

/* A Unix socket can be forwarded to any port, but only of the loopback. */
static void test_guard__a_socket_has_any_port_of_the_loopback(void **state)
{
    static const struct {
        const char *host;
        bool ours;
    } cases[] = {
        {"localhost", true},       {"localhost:9000", true},  {"127.0.0.1:80", true},
        {"localhost:", false},     {"localhost:9x", false},   {"localhost:90@evil.example", false},
        {"evil.example", false},   {"localhostevil", false},  {"localhost.evil.example:9", false},
    };
    mb_error err;

    (void)state;
    assert_true(mb_guard_open(&guard, 0, &err));
    snprintf(cookie, sizeof cookie, "%s=%s", guard.name, guard.cookie);
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_guard_request get = page();

        current_case = cases[i].host;
        get.host = cases[i].host;
        expect(get, cases[i].ours ? MB_VERDICT_SERVE : MB_VERDICT_REFUSE, cases[i].ours ? 0 : 421);
    }
}

static void test_guard__nothing_is_served_without_the_cookie(void **state)
{
    char wrong[256], other[256], shorter[256], tossed[512], unequal[256];
    const struct {
        const char *cookie;
        bool ours;
    } cases[] = {
        {cookie, true}, {tossed, true},   {NULL, false},           {"", false},
        {wrong, false}, {other, false},   {shorter, false},        {guard.cookie, false},
        {unequal, false},
        {guard.name, false}, {"moonbird-8321=", false}, {"moonbird-8321=;", false},
    };

    (void)state;
    snprintf(wrong, sizeof wrong, "%s", cookie);
    wrong[strlen(wrong) - 1] = wrong[strlen(wrong) - 1] == '0' ? '1' : '0';
    snprintf(unequal, sizeof unequal, "%s-%s", guard.name, guard.cookie);
    snprintf(other, sizeof other, "moonbird-8322=%s", guard.cookie);
    snprintf(shorter, sizeof shorter, "%.*s", (int)strlen(cookie) - 1, cookie);
    /* a page on another port can add a cookie of the same name, before ours */
    snprintf(tossed, sizeof tossed, "a=b; moonbird-8321=x; %s; c=d", cookie);
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_guard_request get = page(), send = post();

        current_case = cases[i].cookie;
        get.cookie = send.cookie = cases[i].cookie;
        expect(get, cases[i].ours ? MB_VERDICT_SERVE : MB_VERDICT_REFUSE, cases[i].ours ? 0 : 403);
        expect(send, cases[i].ours ? MB_VERDICT_SERVE : MB_VERDICT_REFUSE,
               cases[i].ours ? 0 : 403);
        get.path = "/events";
        expect(get, cases[i].ours ? MB_VERDICT_SERVE : MB_VERDICT_REFUSE, cases[i].ours ? 0 : 403);
    }
}

/* Sec-Fetch-Site and -Mode of a GET with the cookie, and what the page "/" answers. */
static void test_guard__another_site_gets_no_page(void **state)
{
    static const struct {
        const char *site, *mode, *dest;
        bool served, enters;
    } cases[] = {
        {"same-origin", "navigate", "document", true, true},
        {"none", "navigate", "document", true, true},
        {NULL, NULL, NULL, true, true},
        {"same-origin", "cors", "empty", true, false},
        {"same-origin", "no-cors", "script", true, false},
        {"cross-site", "navigate", "document", false, true},
        {"same-site", "navigate", "document", false, true}, /* another port of localhost */
        {"cross-site", "navigate", "iframe", false, false},
        {"same-site", "navigate", "iframe", false, false},
        {"cross-site", "no-cors", "script", false, false},
        {"cross-site", "no-cors", "image", false, false},
        {"cross-site", "cors", "empty", false, false},
        {"same-site", "cors", "empty", false, false},
        {"cross-site", "cors", "document", false, false},
        {"cross-site", "websocket", "empty", false, false},
        {"", "navigate", "document", false, true},
        {"Same-Origin", "cors", "empty", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_guard_request get = page(), enter;

        current_case = cases[i].dest;
        get.site = cases[i].site;
        get.mode = cases[i].mode;
        get.dest = cases[i].dest;
        enter = get;
        expect(get, cases[i].served ? MB_VERDICT_SERVE : MB_VERDICT_REFUSE,
               cases[i].served ? 0 : 403);
        enter.path = MB_GUARD_PAGE;
        enter.cookie = NULL;
        expect(enter, cases[i].enters ? MB_VERDICT_ENTER : MB_VERDICT_REFUSE,
               cases[i].enters ? 0 : 403);
    }
}

static void test_guard__a_post_comes_from_the_studios_own_script(void **state)
{
    static const struct {
        const char *what, *origin, *site, *type;
        int status; /* 0: it is served */
    } cases[] = {
        {"our script", ORIGIN, "same-origin", JSON, 0},
        {"with a charset", ORIGIN, "same-origin", "Application/JSON; charset=UTF-8", 0},
        {"without Origin", NULL, "same-origin", JSON, 403},
        {"a sandboxed frame", "null", "same-origin", JSON, 403},
        {"another site", "https://evil.example", "cross-site", JSON, 403},
        {"that forges one header", ORIGIN, "cross-site", JSON, 403},
        {"and the other one", "https://evil.example", "same-origin", JSON, 403},
        {"another port", "http://127.0.0.1:3000", "same-site", JSON, 403},
        {"another scheme", "https://127.0.0.1:8321", "same-origin", JSON, 403},
        {"a longer port", "http://127.0.0.1:83210", "same-origin", JSON, 403},
        {"another name of this machine", "http://localhost:8321", "same-origin", JSON, 403},
        {"without Sec-Fetch-Site", ORIGIN, NULL, JSON, 403},
        {"from the address bar", ORIGIN, "none", JSON, 403},
        {"a form", ORIGIN, "same-origin", "application/x-www-form-urlencoded", 415},
        {"a form of text", ORIGIN, "same-origin", "text/plain", 415},
        {"a form of files", ORIGIN, "same-origin", "multipart/form-data; boundary=x", 415},
        {"without a type", ORIGIN, "same-origin", NULL, 415},
        {"two types", ORIGIN, "same-origin", "application/json, text/plain", 415},
        {"nearly JSON", ORIGIN, "same-origin", "application/jsonx", 415},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_guard_request send = post(), exchange;
        bool served = cases[i].status == 0;

        current_case = cases[i].what;
        send.origin = cases[i].origin;
        send.site = cases[i].site;
        send.type = cases[i].type;
        exchange = send;
        expect(send, served ? MB_VERDICT_SERVE : MB_VERDICT_REFUSE, cases[i].status);
        exchange.path = MB_GUARD_EXCHANGE;
        exchange.cookie = NULL;
        expect(exchange, served ? MB_VERDICT_EXCHANGE : MB_VERDICT_REFUSE, cases[i].status);
    }
}

static void test_guard__methods_and_repeated_headers(void **state)
{
    static const struct {
        const char *method;
        int status;
    } cases[] = {
        {"GET", 0}, {"HEAD", 0}, {"OPTIONS", 405}, {"PUT", 405}, {"DELETE", 405}, {"PATCH", 405},
        {"TRACE", 405}, {"CONNECT", 405}, {"get", 405}, {"", 405},
    };
    mb_guard_request repeated = page();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_guard_request request = page();

        current_case = request.method = cases[i].method;
        expect(request, cases[i].status ? MB_VERDICT_REFUSE : MB_VERDICT_SERVE, cases[i].status);
    }
    current_case = "repeated";
    repeated.repeated = true;
    expect(repeated, MB_VERDICT_REFUSE, 400);
}

static void test_guard__the_token_is_valid_once(void **state)
{
    char first[MB_GUARD_SECRET], wrong[MB_GUARD_SECRET];
    size_t len = MB_GUARD_SECRET - 1;
    mb_error err;

    (void)state;
    memcpy(first, guard.token, sizeof first);
    memcpy(wrong, first, sizeof wrong);
    wrong[0] = wrong[0] == 'a' ? 'b' : 'a';
    assert_string_not_equal(guard.token, guard.cookie);
    assert_false(mb_guard_exchange(&guard, wrong, len));
    assert_false(mb_guard_exchange(&guard, first, len - 1));
    assert_false(mb_guard_exchange(&guard, "", 0));
    assert_false(mb_guard_exchange(&guard, guard.cookie, len));
    assert_true(mb_guard_exchange(&guard, first, len));
    assert_false(mb_guard_exchange(&guard, first, len));
    assert_true(mb_guard_renew(&guard, &err));
    assert_false(mb_guard_exchange(&guard, first, len));
    assert_true(mb_guard_exchange(&guard, guard.token, len));
}

static void test_guard__secrets_differ_each_time(void **state)
{
    mb_guard other;
    mb_error err;

    (void)state;
    assert_true(mb_guard_open(&other, PORT, &err));
    assert_int_equal(strlen(guard.token), MB_GUARD_SECRET - 1);
    assert_int_equal(strlen(guard.cookie), MB_GUARD_SECRET - 1);
    assert_string_not_equal(guard.token, other.token);
    assert_string_not_equal(guard.cookie, other.cookie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_guard__host_is_exactly_the_studio, open_guard),
        cmocka_unit_test_setup(test_guard__a_socket_has_any_port_of_the_loopback, open_guard),
        cmocka_unit_test_setup(test_guard__nothing_is_served_without_the_cookie, open_guard),
        cmocka_unit_test_setup(test_guard__another_site_gets_no_page, open_guard),
        cmocka_unit_test_setup(test_guard__a_post_comes_from_the_studios_own_script, open_guard),
        cmocka_unit_test_setup(test_guard__methods_and_repeated_headers, open_guard),
        cmocka_unit_test_setup(test_guard__the_token_is_valid_once, open_guard),
        cmocka_unit_test_setup(test_guard__secrets_differ_each_time, open_guard),
    };

    return RUN_TESTS(tests);
}

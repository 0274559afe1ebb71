/* exchange.c -- what becomes of a request: refused, a file, the feed, an order, or a worker's. */
#include "exchange.h"

#include "answer.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ORDERS "/do/"
#define FEED   "/events"
#define JSON   "application/json"

enum { MOST_BODY = 1 << 20 };

static enum MHD_Result result(bool ok)
{
    return ok ? MHD_YES : MHD_NO;
}

/* ---- reading ---- */

/* The headers that the guard judges, while they are read. */
typedef struct headers {
    mb_guard_request request;
    unsigned seen; /* a bit for each */
} headers;

static enum MHD_Result add_header(void *self, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    headers *h = self;
    const struct {
        const char *name;
        const char **to;
    } known[] = {
        {"Host", &h->request.host},           {"Origin", &h->request.origin},
        {"Cookie", &h->request.cookie},       {"Content-Type", &h->request.type},
        {"Sec-Fetch-Site", &h->request.site}, {"Sec-Fetch-Mode", &h->request.mode},
        {"Sec-Fetch-Dest", &h->request.dest}, {"Content-Length", &h->request.length},
        {"Transfer-Encoding", &h->request.encoding},
    };

    (void)kind;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcasecmp(name, known[i].name) != 0)
            continue;
        h->request.repeated |= (h->seen & 1U << i) != 0;
        h->seen |= 1U << i;
        *known[i].to = value ? value : "";
    }
    return MHD_YES;
}

static const char *header(const mb_exchange *e, const char *name)
{
    return mb_http.lookup_connection_value(e->connection, MHD_HEADER_KIND, name);
}

static const char *argument(const mb_exchange *e, const char *name)
{
    return mb_http.lookup_connection_value(e->connection, MHD_GET_ARGUMENT_KIND, name);
}

static mb_exchange *new_exchange(struct mb_web *web, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        mb_http.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    mb_exchange *e = mb_alloc(sizeof *e);

    e->web = web;
    e->connection = connection;
    e->fd = info ? info->connect_fd : -1;
    e->next = web->exchanges;
    if (e->next)
        e->next->before = e;
    web->exchanges = e;
    return e;
}

void mb_exchange_end(void *self, struct MHD_Connection *connection, void **exchange,
                     enum MHD_RequestTerminationCode why)
{
    struct mb_web *web = self;
    mb_exchange *e = *exchange;

    (void)why;
    mb_guests_answering(&web->guests, connection, false);
    if (!e)
        return;
    if (e->state == MB_EXCHANGE_WAITING && !e->order)
        mb_pool_cancel(web->pool, &e->job);
    *(e->before ? &e->before->next : &web->exchanges) = e->next;
    if (e->next)
        e->next->before = e->before;
    mb_buf_free(&e->job.request);
    mb_buf_free(&e->job.answer);
    mb_buf_free(&e->body);
    free(e);
    *exchange = NULL;
}

/* ---- waiting ---- */

static void suspend(mb_exchange *e)
{
    e->suspended = true;
    mb_http.suspend_connection(e->connection);
}

void mb_exchange_resume(mb_exchange *e)
{
    if (!e->suspended)
        return;
    e->suspended = false;
    mb_http.resume_connection(e->connection);
}

static void answered(mb_pool_job *job)
{
    mb_exchange *e = (mb_exchange *)job;

    e->state = MB_EXCHANGE_ANSWERED;
    mb_exchange_resume(e);
}

void mb_exchange_finish(mb_exchange *e, int status, const char *type, const char *text, size_t len)
{
    e->job.status = status;
    snprintf(e->job.type, sizeof e->job.type, "%s", type);
    mb_buf_add(&e->job.answer, text, len);
    answered(&e->job);
}

/* ---- a page ---- */

static enum MHD_Result add_argument(void *self, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    mb_buf *out = self;

    (void)kind;
    if (out->data[out->len - 1] != '{')
        mb_buf_putc(out, ',');
    mb_json_add_string(out, name, strlen(name));
    mb_buf_putc(out, ':');
    mb_json_add_string(out, value ? value : "", value ? strlen(value) : 0);
    return MHD_YES;
}

/* The JSON that mb_web_next describes. */
static void make_request(mb_exchange *e)
{
    mb_buf *out = &e->job.request;
    const char *run = argument(e, "run");

    mb_buf_printf(out, "{\"method\":\"%s\"", e->post ? "POST" : "GET");
    mb_json_add_member(out, "path", e->path);
    mb_json_add_member(out, "accept", header(e, "Accept"));
    mb_json_add_member(out, "environment", *e->job.environment ? e->job.environment : NULL);
    mb_buf_puts(out, ",\"query\":{");
    mb_http.get_connection_values(e->connection, MHD_GET_ARGUMENT_KIND, add_argument, out);
    mb_buf_printf(out, "},\"last\":%lld,\"runs\":", (long long)e->web->feed.last);
    mb_runs_list(e->web->runs, out);
    if (run) {
        mb_buf_puts(out, ",\"run\":");
        mb_feed_list(&e->web->feed, atoi(run), out);
    }
    if (e->post) {
        mb_buf_puts(out, ",\"body\":");
        mb_buf_add(out, e->body.data, e->body.len);
    }
    mb_buf_putc(out, '}');
}

/* A name that can go into a command line. */
static bool is_name(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               strlen(text) &&
           strlen(text) < sizeof((mb_pool_job *)0)->environment;
}

static bool ask_worker(mb_exchange *e)
{
    const char *environment = argument(e, "environment"), *own = e->web->settings->environment;

    if (environment && !is_name(environment))
        return mb_http_say(e->connection, 400, "this is not the name of an environment");
    /* The studio's own environment, named or not, has the same workers. */
    if (environment && !(own && strcmp(environment, own) == 0))
        snprintf(e->job.environment, sizeof e->job.environment, "%s", environment);
    make_request(e);
    if (mb_text_bad(e->job.request.data, e->job.request.len) < e->job.request.len)
        return mb_http_say(e->connection, 400, "the request is not UTF-8");
    /* The body is JSON, and one level deeper in the request. */
    if (e->post && !mb_json_is_valid(e->job.request.data, e->job.request.len))
        return mb_http_say(e->connection, 400, "the body is nested too deep");
    e->job.done = answered;
    e->state = MB_EXCHANGE_WAITING;
    suspend(e); /* before it is asked, since it may be answered at once */
    if (!mb_pool_ask(e->web->pool, &e->job)) {
        static const char busy[] = "too many requests are waiting; try again";

        mb_exchange_finish(e, 503, "text/plain; charset=utf-8", busy, sizeof busy - 1);
    }
    return true;
}

/* ---- other answers ---- */

static bool send_file(const mb_exchange *e, const char *path, bool *found)
{
    for (const mb_web_file *f = e->web->settings->files; f->path; f++) {
        if (strcmp(f->path, path) != 0)
            continue;
        *found = true;
        return mb_http_answer(e->connection, 200, f->type, f->data, f->len, NULL);
    }
    *found = false;
    return mb_http_say(e->connection, 404, "there is no such page");
}

/* The page for a browser that is not known. Without a valid token, a person needs a new address. */
static bool send_entry(const mb_exchange *e)
{
    bool found;

    if (e->web->guard.spent && strcmp(e->path, MB_GUARD_PAGE) == 0)
        e->web->wants_address = true;
    return send_file(e, e->path, &found);
}

static bool exchange_token(const mb_exchange *e)
{
    struct mb_web *web = e->web;
    size_t len = e->body.len;
    const char *text = mb_buf_str(&e->body);
    char *cookie;
    bool ok;

    /* The body is a JSON string. */
    if (len < 2 || text[0] != '"' || !mb_guard_exchange(&web->guard, text + 1, len - 2))
        return mb_http_say(e->connection, 410, "the address is not valid any more");
    cookie = mb_format("%s=%s; Path=/; HttpOnly; SameSite=Strict", web->guard.name,
                       web->guard.cookie);
    ok = mb_http_answer(e->connection, 200, JSON, "true", 4, cookie);
    free(cookie);
    return ok;
}

static ssize_t read_feed(void *self, uint64_t at, char *out, size_t max)
{
    mb_exchange *e = self;
    size_t len = mb_feed_copy(&e->web->feed, &e->place, out, max);

    if (e->gone)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (at == 0 && len == 0) { /* the header and something after it: the browser sees that it is open */
        static const char hello[] = "retry: 1000\n\n";

        memcpy(out, hello, sizeof hello - 1);
        return sizeof hello - 1;
    }
    if (len == 0)
        suspend(e);
    return (ssize_t)len;
}

/* From the message after Last-Event-ID, or after the argument `after`, or from now on. */
static bool listen_to_feed(mb_exchange *e)
{
    const char *id = header(e, "Last-Event-ID");

    if (!id)
        id = argument(e, "after");
    e->place.number = id ? strtoll(id, NULL, 10) + 1 : e->web->feed.last + 1;
    if (e->place.number > e->web->feed.last + 1)
        e->place.number = 1; /* the number comes from an earlier studio */
    e->state = MB_EXCHANGE_STREAMING;
    return mb_http_stream(e->connection, read_feed, e);
}

static bool route(mb_exchange *e)
{
    bool found;

    mb_guests_answering(&e->web->guests, e->connection, true);
    if (e->verdict == MB_VERDICT_ENTER)
        return send_entry(e);
    if (e->too_long)
        return mb_http_say(e->connection, 413, "the body is longer than 1 MiB");
    if (e->verdict == MB_VERDICT_EXCHANGE)
        return exchange_token(e);
    if (e->post && !mb_json_is_valid(mb_buf_str(&e->body), e->body.len))
        return mb_http_say(e->connection, 400, "the body is not JSON");
    if (e->post && strncmp(e->path, ORDERS, sizeof ORDERS - 1) == 0) {
        e->order = ++e->web->last_order;
        e->state = MB_EXCHANGE_WAITING;
        suspend(e);
        return true;
    }
    if (!e->post && strcmp(e->path, FEED) == 0)
        return listen_to_feed(e);
    if (strchr(e->path, '.')) /* the name of a page has no dot */
        return send_file(e, e->path, &found);
    return ask_worker(e);
}

/* ---- from the library ---- */

/* The first call for a request: its headers are there. */
static bool begin(struct mb_web *web, struct MHD_Connection *connection, const char *path,
                  const char *method, void **exchange)
{
    headers h = {.request = {.method = method, .path = path}};
    mb_exchange *e;
    mb_verdict verdict;
    const char *why = "";
    int status = 0;

    mb_http.get_connection_values(connection, MHD_HEADER_KIND, add_header, &h);
    verdict = mb_guard_judge(&web->guard, &h.request, &status, &why);
    if (verdict == MB_VERDICT_REFUSE) {
        mb_guests_answering(&web->guests, connection, true);
        return mb_http_refuse(connection, status, why);
    }
    *exchange = e = new_exchange(web, connection);
    e->verdict = verdict;
    e->post = strcmp(method, "POST") == 0;
    e->path = path;
    return true;
}

static bool take_body(mb_exchange *e, const char *part, size_t *len)
{
    e->too_long |= e->body.len + *len > MOST_BODY;
    if (!e->too_long)
        mb_buf_add(&e->body, part, *len);
    *len = 0;
    return true;
}

enum MHD_Result mb_exchange_handle(void *self, struct MHD_Connection *connection, const char *path,
                                   const char *method, const char *version, const char *part,
                                   size_t *len, void **exchange)
{
    mb_exchange *e = *exchange;

    (void)version;
    if (!e)
        return result(begin(self, connection, path, method, exchange));
    e->path = path;
    if (*len > 0)
        return result(take_body(e, part, len));
    if (e->state == MB_EXCHANGE_READING)
        return result(route(e));
    if (e->state == MB_EXCHANGE_ANSWERED) {
        e->state = MB_EXCHANGE_SENT;
        return result(
            mb_http_give(connection, e->job.status, e->job.type, &e->job.answer));
    }
    return MHD_YES;
}

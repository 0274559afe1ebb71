#include "moonbird/web/guard.h"

#include "moonbird/base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static bool make_secret(char out[MB_GUARD_SECRET], mb_error *err)
{
    enum { BYTES = (MB_GUARD_SECRET - 1) / 2 };
    unsigned char bytes[BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return mb_fail(err, MB_ERR_FAILED, "the system has no random bytes: %s", strerror(errno));
    for (size_t i = 0; i < BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

bool mb_guard_open(mb_guard *out, int port, mb_error *err)
{
    *out = (mb_guard){.port = port};
    snprintf(out->name, sizeof out->name, "moonbird-%d", port);
    return make_secret(out->token, err) && make_secret(out->cookie, err);
}

bool mb_guard_renew(mb_guard *guard, mb_error *err)
{
    guard->spent = false;
    return make_secret(guard->token, err);
}

/* Compares all bytes, so that the time does not tell how many of them are right. */
static bool is_secret(const char *secret, const char *given, size_t len)
{
    volatile unsigned char different = 0;

    if (len != MB_GUARD_SECRET - 1)
        return false;
    for (size_t i = 0; i < len; i++)
        different |= (unsigned char)(secret[i] ^ given[i]);
    return different == 0;
}

bool mb_guard_exchange(mb_guard *guard, const char *token, size_t len)
{
    bool valid = is_secret(guard->token, token, len) && !guard->spent;

    guard->spent |= valid;
    return valid;
}

/* ---- headers ---- */

/*
 * Host must be equal to a name of the loopback with our port: a comparison of its beginning or end
 * only would accept the name of another site.
 */
static bool is_own_host(const mb_guard *guard, const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};

    for (size_t i = 0; host && i < sizeof names / sizeof names[0]; i++) {
        size_t len = strlen(names[i]);
        const char *port = host + len;
        char own[16];

        if (strncasecmp(host, names[i], len) != 0)
            continue;
        if (guard->port == 0)
            return *port == '\0' ||
                   (*port == ':' && port[1] && strspn(port + 1, "0123456789") == strlen(port + 1));
        snprintf(own, sizeof own, ":%d", guard->port);
        return strcmp(port, own) == 0 || (guard->port == 80 && *port == '\0');
    }
    return false;
}

static bool is_own_origin(const mb_guard_request *r)
{
    static const char scheme[] = "http://";
    size_t len = sizeof scheme - 1;

    return r->origin && strncmp(r->origin, scheme, len) == 0 &&
           strcmp(r->origin + len, r->host) == 0;
}

static bool is(const char *value, const char *wanted)
{
    return value && strcmp(value, wanted) == 0;
}

/* Another value of a cookie with our name may come from a page on another port: one must be right. */
static bool has_cookie(const mb_guard *guard, const char *cookies)
{
    size_t name = strlen(guard->name);

    while (cookies && *cookies) {
        size_t len;

        cookies += strspn(cookies, " ;");
        len = strcspn(cookies, ";");
        if (len > name && cookies[name] == '=' && strncmp(cookies, guard->name, name) == 0 &&
            is_secret(guard->cookie, cookies + name + 1, len - name - 1))
            return true;
        cookies += len;
    }
    return false;
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t len = sizeof json - 1;

    return type && strncasecmp(type, json, len) == 0 &&
           (type[len] == '\0' || strcasecmp(type + len, "; charset=utf-8") == 0 ||
            strcasecmp(type + len, ";charset=utf-8") == 0);
}

static mb_verdict refuse(int *status, const char **why, int code, const char *reason)
{
    *status = code;
    *why = reason;
    return MB_VERDICT_REFUSE;
}

/* Is it the page that exchanges the token, opened as a page of its own, from wherever? */
static bool opens_page(const mb_guard_request *r)
{
    return is(r->path, MB_GUARD_PAGE) && (!r->mode || is(r->mode, "navigate")) &&
           (!r->dest || is(r->dest, "document"));
}

static mb_verdict judge_post(const mb_guard *guard, const mb_guard_request *r, int *status,
                             const char **why)
{
    bool exchange = is(r->path, MB_GUARD_EXCHANGE);

    if (!exchange && !has_cookie(guard, r->cookie))
        return refuse(status, why, 403, "the studio does not know this browser");
    if (!is_own_origin(r) || !is(r->site, "same-origin"))
        return refuse(status, why, 403, "the request comes from another site");
    if (!is_json(r->type))
        return refuse(status, why, 415, "the body is not application/json");
    return exchange ? MB_VERDICT_EXCHANGE : MB_VERDICT_SERVE;
}

static mb_verdict judge_get(const mb_guard *guard, const mb_guard_request *r, int *status,
                            const char **why)
{
    bool own = !r->site || is(r->site, "same-origin") || is(r->site, "none");

    if (own && has_cookie(guard, r->cookie))
        return MB_VERDICT_SERVE;
    if (opens_page(r) || (own && is(r->path, MB_GUARD_SCRIPT)))
        return MB_VERDICT_ENTER;
    return own ? refuse(status, why, 403, "the studio does not know this browser")
               : refuse(status, why, 403, "the request comes from another site");
}

mb_verdict mb_guard_judge(const mb_guard *guard, const mb_guard_request *r, int *status,
                          const char **why)
{
    if (r->repeated)
        return refuse(status, why, 400, "a header is repeated");
    /* Two ways to find the end of a body are how one request is hidden in another. */
    if (r->encoding)
        return refuse(status, why, 411, "a body needs Content-Length, not Transfer-Encoding");
    if (!is_own_host(guard, r->host))
        return refuse(status, why, 421, "the header Host does not name the studio");
    if (is(r->method, "POST"))
        return judge_post(guard, r, status, why);
    if (is(r->method, "GET") || is(r->method, "HEAD"))
        return judge_get(guard, r, status, why);
    return refuse(status, why, 405, "the studio answers GET, HEAD and POST");
}

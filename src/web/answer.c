#include "answer.h"

#include <string.h>

/*
 * A page can load only what the studio serves, and be in no frame. Nothing is kept in a cache or
 * named to another site. There is no CORS header: no other site may read an answer.
 */
static const char *const headers[][2] = {
    {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
                                "form-action 'self'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static bool send_response(struct MHD_Connection *to, int status, struct MHD_Response *response,
                          const char *type, const char *cookie)
{
    bool ok = response != NULL;

    for (size_t i = 0; ok && i < sizeof headers / sizeof headers[0]; i++)
        ok = mb_http.add_response_header(response, headers[i][0], headers[i][1]) == MHD_YES;
    ok = ok && mb_http.add_response_header(response, "Content-Type", type) == MHD_YES &&
         (!cookie || mb_http.add_response_header(response, "Set-Cookie", cookie) == MHD_YES) &&
         mb_http.queue_response(to, (unsigned)status, response) == MHD_YES;
    if (response)
        mb_http.destroy_response(response);
    return ok;
}

bool mb_http_answer(struct MHD_Connection *to, int status, const char *type, const char *data,
                    size_t len, const char *cookie)
{
    return send_response(
        to, status,
        mb_http.create_response_from_buffer(len, (void *)data, MHD_RESPMEM_MUST_COPY), type,
        cookie);
}

bool mb_http_give(struct MHD_Connection *to, int status, const char *type, mb_buf *text)
{
    struct MHD_Response *response = mb_http.create_response_from_buffer(
        text->len, text->data, text->data ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);

    if (response)
        *text = (mb_buf){0};
    return send_response(to, status, response, type, NULL);
}

bool mb_http_say(struct MHD_Connection *to, int status, const char *text)
{
    return mb_http_answer(to, status, "text/plain; charset=utf-8", text, strlen(text), NULL);
}

bool mb_http_refuse(struct MHD_Connection *to, int status, const char *text)
{
    struct MHD_Response *response =
        mb_http.create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);

    if (response && mb_http.add_response_header(response, "Connection", "close") != MHD_YES) {
        mb_http.destroy_response(response);
        response = NULL;
    }
    return send_response(to, status, response, "text/plain; charset=utf-8", NULL);
}

bool mb_http_stream(struct MHD_Connection *to, MHD_ContentReaderCallback read, void *self)
{
    enum { BLOCK = 16 << 10 };

    return send_response(
        to, 200, mb_http.create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read, self, NULL),
        "text/event-stream", NULL);
}

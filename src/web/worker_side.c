/* worker_side.c -- requests and answers, as a worker reads and writes them; see pool.h. */
#include "moonbird/web/server.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/streams.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHANNEL = 3, LONGEST_REQUEST = 32 << 20 };

static bool is_worker(mb_error *err)
{
    struct stat st;

    if (fstat(CHANNEL, &st) == 0 && S_ISSOCK(st.st_mode))
        return true;
    return mb_fail(err, MB_ERR_USAGE, "this process was not started by the studio");
}

/* Reads exactly `len` bytes; *got is less at the end of the channel. */
static bool read_bytes(mb_buf *out, size_t len, size_t *got, mb_error *err)
{
    mb_buf_reserve(out, len);
    for (*got = 0; *got < len;) {
        struct pollfd ready = {.fd = CHANNEL, .events = POLLIN};
        ssize_t n;

        if (!mb_interrupt_check(err))
            return false;
        if (poll(&ready, 1, 1000) <= 0)
            continue;
        n = read(CHANNEL, out->data + out->len, len - *got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        out->len += (size_t)n;
        *got += (size_t)n;
    }
    out->data[out->len] = '\0';
    return true;
}

static bool read_length(size_t *len, bool *more, mb_error *err)
{
    mb_buf digits = {0};
    size_t got = 1;
    bool ok = true;

    while (ok && got == 1 && (digits.len == 0 || digits.data[digits.len - 1] != '\n') &&
           digits.len < 20)
        ok = read_bytes(&digits, 1, &got, err);
    *more = ok && got == 1;
    *len = *more ? strtoul(mb_buf_str(&digits), NULL, 10) : 0;
    mb_buf_free(&digits);
    return ok;
}

bool mb_web_next(mb_buf *request, bool *more, mb_error *err)
{
    size_t len, got;

    if (!is_worker(err) || !read_length(&len, more, err))
        return false;
    if (!*more)
        return true;
    if (len > LONGEST_REQUEST)
        return mb_fail(err, MB_ERR_USAGE, "the studio's request has %zu bytes", len);
    if (!read_bytes(request, len, &got, err))
        return false;
    *more = got == len;
    return true;
}

bool mb_web_reply(int status, const char *type, const char *body, size_t len, mb_error *err)
{
    mb_buf head = {0};
    bool ok;

    mb_buf_printf(&head, "%d %zu %s\n", status, len, type);
    ok = mb_stream_write(CHANNEL, head.data, head.len) && mb_stream_write(CHANNEL, body, len);
    mb_buf_free(&head);
    return ok || mb_fail(err, MB_ERR_FAILED, "cannot answer the studio: %s", strerror(errno));
}

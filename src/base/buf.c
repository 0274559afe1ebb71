#include "moonbird/base/buf.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mb_buf_reserve(mb_buf *buf, size_t more)
{
    size_t need = buf->len + more + 1;

    if (need <= buf->cap)
        return;
    buf->cap = need < 2 * buf->cap ? 2 * buf->cap : need;
    buf->data = mb_realloc(buf->data, buf->cap);
    buf->data[buf->len] = '\0';
}

void mb_buf_fit(mb_buf *buf)
{
    if (buf->data)
        buf->data = mb_realloc(buf->data, buf->cap = buf->len + 1);
}

void mb_buf_add(mb_buf *buf, const char *data, size_t len)
{
    mb_buf_reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void mb_buf_puts(mb_buf *buf, const char *s)
{
    mb_buf_add(buf, s, strlen(s));
}

void mb_buf_putc(mb_buf *buf, char c)
{
    mb_buf_reserve(buf, 1);
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}

/* Nearly all texts, statements too, fit into `small`, so they are formatted once. */
static MB_PRINTF(2, 0) void add_formatted(mb_buf *buf, const char *fmt, va_list ap)
{
    char small[4096];
    va_list again;
    int len;

    va_copy(again, ap);
    len = vsnprintf(small, sizeof small, fmt, ap);
    if (len >= (int)sizeof small) {
        mb_buf_reserve(buf, (size_t)len);
        vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, again);
        buf->len += (size_t)len;
    } else if (len >= 0) {
        mb_buf_add(buf, small, (size_t)len);
    }
    va_end(again);
}

void mb_buf_printf(mb_buf *buf, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add_formatted(buf, fmt, ap);
    va_end(ap);
}

void mb_buf_clear(mb_buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void mb_buf_free(mb_buf *buf)
{
    free(buf->data);
    *buf = (mb_buf){0};
}

const char *mb_buf_str(const mb_buf *buf)
{
    return buf->data ? buf->data : "";
}

char *mb_format(const char *fmt, ...)
{
    mb_buf buf = {0};
    va_list ap;

    va_start(ap, fmt);
    add_formatted(&buf, fmt, ap);
    va_end(ap);
    return buf.data;
}

#include "reader.h"

#include "moonbird/base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void start(mb_reader *in, size_t chunk)
{
    in->chunk = chunk;
    in->cap = chunk + 1;
    in->buf = mb_realloc(NULL, in->cap); /* not zeroed: it is filled before it is read */
    in->data = in->buf;
    in->raw = mb_hash_new();
}

void mb_reader_of_fd(mb_reader *in, int fd, size_t chunk)
{
    *in = (mb_reader){.fd = fd, .left = SIZE_MAX};
    start(in, chunk);
}

void mb_reader_limit(mb_reader *in, size_t most)
{
    in->left = most;
}

void mb_reader_of_text(mb_reader *in, const char *text, size_t len, size_t chunk)
{
    *in = (mb_reader){.fd = -1, .rest = text, .rest_len = len};
    start(in, chunk);
}

mb_reader mb_reader_over(const char *text, size_t len)
{
    return (mb_reader){.data = text, .len = len, .ended = true, .fd = -1};
}

void mb_reader_close(mb_reader *in)
{
    if (in->fd >= 0)
        close(in->fd);
    mb_hash_free(in->raw);
    free(in->buf);
}

void mb_reader_unhashed(mb_reader *in)
{
    mb_hash_free(in->raw);
    in->raw = NULL;
}

/*
 * Moves the window to the front of the buffer and makes room after it, with one byte more for a
 * NUL.  Returns how many bytes to read: a chunk, or what fits when that is more than half of one.
 */
static size_t make_room(mb_reader *in)
{
    size_t room;

    if (in->start > 0) {
        memmove(in->buf, in->buf + in->start, in->len);
        in->start = 0;
    }
    room = in->cap - in->len - 1;
    if (room <= in->chunk / 2) {
        in->cap = 2 * in->cap + in->chunk;
        in->buf = mb_realloc(in->buf, in->cap);
        room = in->cap - in->len - 1;
    }
    in->data = in->buf;
    return room < in->chunk ? room : in->chunk;
}

static size_t read_memory(mb_reader *in, char *to, size_t most)
{
    size_t n = in->rest_len < most ? in->rest_len : most;

    if (n)
        memcpy(to, in->rest, n);
    in->rest += n;
    in->rest_len -= n;
    return n;
}

static size_t read_file(mb_reader *in, char *to, size_t most)
{
    ssize_t got;

    do
        got = read(in->fd, to, most < in->left ? most : in->left);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        in->failed = errno;
        return 0;
    }
    in->left -= (size_t)got;
    return (size_t)got;
}

bool mb_reader_more(mb_reader *in)
{
    char *to;
    size_t n;

    if (in->ended)
        return false;
    n = make_room(in);
    to = in->buf + in->len;
    n = in->fd < 0 ? read_memory(in, to, n) : read_file(in, to, n);
    if (in->raw)
        mb_hash_add(in->raw, to, n);
    in->len += n;
    in->ended = n == 0;
    return n > 0;
}

void mb_reader_drop(mb_reader *in, size_t n)
{
    in->start += n;
    in->len -= n;
    in->data += n;
}

char mb_reader_put(mb_reader *in, size_t at, char c)
{
    char old = in->buf[in->start + at];

    in->buf[in->start + at] = c;
    return old;
}

size_t mb_reader_find(mb_reader *in, size_t at, char c)
{
    for (;;) {
        const char *hit = at < in->len ? memchr(in->data + at, c, in->len - at) : NULL;

        if (hit)
            return (size_t)(hit - in->data);
        if (at < in->len)
            at = in->len;
        if (!mb_reader_more(in))
            return in->len;
    }
}

void mb_reader_checksum(const mb_reader *in, char hex[MB_HASH_HEX])
{
    mb_hash_hex(in->raw, hex);
}

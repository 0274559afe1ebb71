/*
 * reader.h -- bytes of a file or of memory, through a window.
 *
 * Offsets count from the first byte that is still wanted; they stay valid when
 * the window moves or grows, and shift only with mb_reader_drop.  An error of
 * read() looks like the end of the text to a lexer; `failed` tells them apart.
 */
#ifndef MOONBIRD_SQL_READER_H
#define MOONBIRD_SQL_READER_H

#include "moonbird/base/hash.h"

#include <stdbool.h>
#include <stddef.h>

enum { MB_READER_CHUNK = 128 * 1024 };

typedef struct mb_reader {
    const char *data; /* the window's bytes */
    size_t len;
    bool ended; /* nothing follows the window */
    int failed; /* errno of read(), or 0 */

    /* private */
    char *buf; /* data is buf + start */
    size_t start, cap, chunk;
    int fd; /* -1: the rest is in memory */
    const char *rest;
    size_t rest_len;
    mb_hash *raw;
} mb_reader;

/* `fd` becomes the reader's; `text` is borrowed; `chunk` bytes are read at a time. */
void mb_reader_of_fd(mb_reader *in, int fd, size_t chunk);
void mb_reader_of_text(mb_reader *in, const char *text, size_t len, size_t chunk);
void mb_reader_close(mb_reader *in);

/* A window that is the whole text, nothing owned: for a statement at hand. */
mb_reader mb_reader_over(const char *text, size_t len);

/* One more chunk; false at the end. */
bool mb_reader_more(mb_reader *in);

/* Forget the first n bytes of the window. */
void mb_reader_drop(mb_reader *in, size_t n);

/* Put a byte into the window, `at` <= len; gives the one that stood there. */
char mb_reader_put(mb_reader *in, size_t at, char c);

/* The first `c` at or after `at`; the length of the text when there is none. */
size_t mb_reader_find(mb_reader *in, size_t at, char c);

/* SHA-256 of what was read so far. */
void mb_reader_raw_sum(const mb_reader *in, char hex[MB_HASH_HEX]);

/* The byte at an offset, or -1 past the end. */
static inline int mb_reader_at(mb_reader *in, size_t at)
{
    while (at >= in->len)
        if (!mb_reader_more(in))
            return -1;
    return (unsigned char)in->data[at];
}

#endif

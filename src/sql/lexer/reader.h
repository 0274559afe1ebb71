/*
 * reader.h -- the bytes of a file or of memory, through a window.
 *
 * Offsets count from the window's first byte; they stay valid when the window grows, and shift only
 * with mb_reader_drop.  A failed read() looks like the end of the text; `failed` tells them apart.
 */
#ifndef MOONBIRD_SQL_LEXER_READER_H
#define MOONBIRD_SQL_LEXER_READER_H

#include "moonbird/base/hash.h"

#include <stdbool.h>
#include <stddef.h>

enum { MB_READER_CHUNK = 128 * 1024 };

typedef struct mb_reader {
    const char *data; /* the window's bytes */
    size_t len;
    bool ended; /* the text ends with the window */
    int failed; /* errno of read(), or 0 */

    /* private */
    char *buf;        /* owned; data is buf + start.  NULL for mb_reader_over */
    size_t start, cap;
    size_t chunk;     /* bytes to read at a time */
    int fd;           /* owned; -1: the rest is in memory */
    size_t left;      /* the number of bytes of `fd` that belong to the text */
    const char *rest; /* borrowed */
    size_t rest_len;
    mb_hash *raw;     /* of all bytes that were read; NULL: not wanted */
} mb_reader;

/*
 * Takes over `fd`, or borrows `text`; reads `chunk` bytes at a time.  The caller closes the reader.
 */
void mb_reader_of_fd(mb_reader *in, int fd, size_t chunk);
void mb_reader_of_text(mb_reader *in, const char *text, size_t len, size_t chunk);
void mb_reader_close(mb_reader *in);

/* Before anything is read from `fd`: the text ends after `most` bytes. */
void mb_reader_limit(mb_reader *in, size_t most);

/* A reader whose window is the whole text: it owns nothing and need not be closed. */
mb_reader mb_reader_over(const char *text, size_t len);

/* Before anything is read: mb_reader_checksum will not be asked for. */
void mb_reader_unhashed(mb_reader *in);

/* Reads one more chunk into the window.  False at the end, and when read() failed. */
bool mb_reader_more(mb_reader *in);

/* Removes the first n bytes of the window. */
void mb_reader_drop(mb_reader *in, size_t n);

/* Replaces the byte at offset `at` <= len; returns the byte that it replaced. */
char mb_reader_put(mb_reader *in, size_t at, char c);

/* The offset of the first `c` at or after `at`; the length of the text when there is none. */
size_t mb_reader_find(mb_reader *in, size_t at, char c);

/* SHA-256 of the bytes that were read so far. */
void mb_reader_checksum(const mb_reader *in, char hex[MB_HASH_HEX]);

/* The byte at an offset, or -1 past the end. */
static inline int mb_reader_at(mb_reader *in, size_t at)
{
    while (at >= in->len)
        if (!mb_reader_more(in))
            return -1;
    return (unsigned char)in->data[at];
}

#endif

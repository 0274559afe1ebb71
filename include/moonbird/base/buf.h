/*
 * buf.h -- a string that grows.
 *
 * `{ 0 }` is a valid empty buffer, with `data` NULL.  After the first addition `data` ends with a
 * NUL that `len` does not count, so it reads as a C string; the content may hold NUL bytes too.
 * No function here fails: out of memory ends the process (mem.h).  The owner of the struct calls
 * mb_buf_free, or takes `data` and frees it with free().
 */
#ifndef MOONBIRD_BASE_BUF_H
#define MOONBIRD_BASE_BUF_H

#include "moonbird/base/error.h"

typedef struct mb_buf {
    char *data;
    size_t len, cap; /* bytes in use without the final NUL; bytes allocated */
} mb_buf;

/* Each appends: `len` bytes, a C string, one byte, or text formatted as by printf. */
void mb_buf_add(mb_buf *buf, const char *data, size_t len);
void mb_buf_puts(mb_buf *buf, const char *s);
void mb_buf_putc(mb_buf *buf, char c);
void mb_buf_printf(mb_buf *buf, const char *fmt, ...) MB_PRINTF(2, 3);
/* Makes room for `more` bytes after `len`, and a NUL; `len` does not change. */
void mb_buf_reserve(mb_buf *buf, size_t more);

void mb_buf_fit(mb_buf *buf);   /* gives back the memory after the content */
void mb_buf_clear(mb_buf *buf); /* empties the buffer and keeps its memory for reuse */
void mb_buf_free(mb_buf *buf);  /* frees the memory and leaves a valid empty buffer */

/* The content, "" when there is none; borrowed until the next call that changes the buffer. */
const char *mb_buf_str(const mb_buf *buf);

/* The formatted text in memory of its own; the caller frees it with free(). */
char *mb_format(const char *fmt, ...) MB_PRINTF(1, 2);

#endif

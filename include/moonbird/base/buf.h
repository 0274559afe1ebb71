/*
 * buf.h -- a string that grows.
 *
 * `{ 0 }` is a valid empty buffer.  `data` is NUL-terminated once there is any
 * (NULL before), so it reads as a C string; it may hold NUL bytes too.
 */
#ifndef MOONBIRD_BUF_H
#define MOONBIRD_BUF_H

#include "moonbird/base/error.h"

typedef struct mb_buf {
    char *data;
    size_t len, cap;
} mb_buf;

void mb_buf_add(mb_buf *buf, const char *data, size_t len);
void mb_buf_puts(mb_buf *buf, const char *s);
void mb_buf_putc(mb_buf *buf, char c);
void mb_buf_printf(mb_buf *buf, const char *fmt, ...) MB_PRINTF(2, 3);
void mb_buf_reserve(mb_buf *buf, size_t more); /* room for `more` bytes beyond len */
void mb_buf_clear(mb_buf *buf);                /* empty, memory kept */
void mb_buf_free(mb_buf *buf);                 /* empty, memory gone */
const char *mb_buf_str(const mb_buf *buf);     /* never NULL; borrowed */

char *mb_format(const char *fmt, ...) MB_PRINTF(1, 2); /* the caller frees it */

#endif

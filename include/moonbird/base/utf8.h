/* utf8.h -- UTF-8 (RFC 3629). */
#ifndef MOONBIRD_BASE_UTF8_H
#define MOONBIRD_BASE_UTF8_H

#include "moonbird/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the character at `text`, which has `len` bytes, at least one.  0: no complete and
 * valid character begins there; a NUL counts as invalid.
 */
size_t mb_utf8_length(const char *text, size_t len);

/* The code point of the character at `s`; `length` comes from mb_utf8_length and is not 0. */
uint32_t mb_utf8_point(const char *s, size_t length);

/* The offset of the first NUL or invalid byte; `len` when the text is valid. */
size_t mb_text_bad(const char *text, size_t len);

/*
 * Append the text with a space in place of each blank that is not ASCII, such as a no-break space,
 * and of each control or other character that shows nothing.  false: there is none.
 */
bool mb_utf8_plain_blanks(mb_buf *out, const char *text, size_t len);

#endif

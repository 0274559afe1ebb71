/* utf8.h -- characters in bytes (RFC 3629). */
#ifndef MOONBIRD_UTF8_H
#define MOONBIRD_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length of the character at `text`, which is at most `len`; 0 where there is none. NUL is none. */
size_t mb_utf8_length(const char *text, size_t len);

/* The code point of a character of that length. */
uint32_t mb_utf8_point(const char *s, size_t length);

/* Where the first byte that is not UTF-8, or a NUL, stands; `len` where there is none. */
size_t mb_text_bad(const char *text, size_t len);

#endif

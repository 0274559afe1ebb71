/* number.h -- decimal numbers as JSON writes them (RFC 8259), and the types that hold them. */
#ifndef MOONBIRD_BASE_NUMBER_H
#define MOONBIRD_BASE_NUMBER_H

#include "moonbird/base/buf.h"

#include <stdint.h>

/* The length in bytes of the number at the start of a text, 0 when there is none. */
size_t mb_number_length(const char *text, size_t len);

/* The C type that holds a number exactly: written back, it gives the same value. */
typedef enum mb_number_kind { MB_NUMBER_INTEGER, MB_NUMBER_DOUBLE, MB_NUMBER_TEXT } mb_number_kind;

/*
 * Reads `text`, which must be one whole number.  Sets *integer for MB_NUMBER_INTEGER and *number
 * for MB_NUMBER_DOUBLE; MB_NUMBER_TEXT means that neither type can hold the number; then neither is
 * set.
 */
mb_number_kind mb_number_read(const char *text, size_t len, int64_t *integer, double *number);

/*
 * Appends the first of %.15g, %.16g and %.17g that reads back as the same double.  A value that an
 * int64_t holds has no fraction and no exponent.  `number` must be finite.
 */
void mb_number_add(mb_buf *out, double number);
void mb_number_add_integer(mb_buf *out, int64_t number);

/* Appends a duration for people: "1 min 5 s". */
void mb_number_add_time(mb_buf *out, double seconds);

#endif

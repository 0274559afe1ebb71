/* number.h -- decimal numbers as JSON writes them (RFC 8259), and what holds them exactly. */
#ifndef MOONBIRD_NUMBER_H
#define MOONBIRD_NUMBER_H

#include "moonbird/base/buf.h"

#include <stdint.h>

/* The length of the number at the start of a text, 0 when there is none. */
size_t mb_number_length(const char *text, size_t len);

/* What holds a number exactly, in the sense that writing it gives the same value. */
typedef enum mb_number_kind { MB_NUMBER_INTEGER, MB_NUMBER_DOUBLE, MB_NUMBER_TEXT } mb_number_kind;

/* `text` is a number; *integer or *number is set, as the answer says. */
mb_number_kind mb_number_read(const char *text, size_t len, int64_t *integer, double *number);

/*
 * The first of %.15g, %.16g and %.17g that reads back as the same (finite)
 * double; no fraction and no exponent where an int64_t holds it.
 */
void mb_number_add(mb_buf *out, double number);
void mb_number_add_integer(mb_buf *out, int64_t number);

/* How long, for a person: "1 min 5 s". */
void mb_number_add_time(mb_buf *out, double seconds);

#endif

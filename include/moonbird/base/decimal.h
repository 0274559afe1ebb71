/*
 * decimal.h -- exact arithmetic with decimal numbers, which are texts as in number.h.
 *
 * Results follow PostgreSQL's numeric: they have no exponent, a sum has as many digits after the
 * point as the operand with more of them, and a product as many as both.
 */
#ifndef MOONBIRD_BASE_DECIMAL_H
#define MOONBIRD_BASE_DECIMAL_H

#include "moonbird/base/buf.h"
#include "moonbird/base/error.h"

/* Operands and results have at most so many digits before the point, and after it. */
enum { MB_DECIMAL_DIGITS = 1000 };

/* *order is negative, 0 or positive.  false: an exponent has more than nine digits. */
MB_MUST_CHECK bool mb_decimal_compare(int *order, const char *a, const char *b, mb_error *err);

/* Each appends its result.  false: an operand or the result has too many digits. */
MB_MUST_CHECK bool mb_decimal_add(mb_buf *out, const char *a, const char *b, mb_error *err);
MB_MUST_CHECK bool mb_decimal_subtract(mb_buf *out, const char *a, const char *b, mb_error *err);
MB_MUST_CHECK bool mb_decimal_multiply(mb_buf *out, const char *a, const char *b, mb_error *err);

#endif

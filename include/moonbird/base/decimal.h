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

/* How a number is rounded. */
typedef enum mb_rounding {
    MB_ROUND_HALF_UP,   /* to the nearest, a half away from zero: PostgreSQL's round(numeric) */
    MB_ROUND_HALF_EVEN, /* to the nearest, a half to the even digit */
    MB_ROUND_TRUNC,     /* towards zero: PostgreSQL's trunc(numeric) */
} mb_rounding;

/* Appends the number with `places` digits after the point, 0 to MB_DECIMAL_DIGITS. */
MB_MUST_CHECK bool mb_decimal_round(mb_buf *out, const char *a, int places, mb_rounding how,
                                    mb_error *err);

#endif

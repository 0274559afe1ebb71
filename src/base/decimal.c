#include "moonbird/base/decimal.h"

#include <stdlib.h>
#include <string.h>

enum {
    DIGITS = MB_DECIMAL_DIGITS,
    MOST = 4 * DIGITS,        /* of a product: each operand has DIGITS on both sides of its point */
    LONGEST_EXPONENT = 9,     /* digits; no sum of such exponents and lengths overflows */
};

/* ---- a number as its text has it ---- */

typedef struct number {
    bool negative;
    const char *digits, *end; /* from the first digit that is not 0; with the point */
    long top, low;            /* the powers of ten of the first and the last digit */
} number;

static bool fail_digits(mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "a decimal has more than %d digits before or after the point",
            DIGITS);
    return mb_fail_hint(err, "Calculate it in SQL, as numeric.");
}

static bool read_exponent(long *out, const char *text, mb_error *err)
{
    const char *digits = text + strspn(text, "+-0");

    *out = 0;
    if (strlen(digits) > LONGEST_EXPONENT)
        return fail_digits(err);
    *out = strtol(text, NULL, 10);
    return true;
}

static bool read_number(number *out, const char *text, mb_error *err)
{
    const char *s = text + (*text == '-'), *end = s + strcspn(s, "eE");
    const char *point = memchr(s, '.', (size_t)(end - s));
    long exponent = 0;

    if (*end != '\0' && !read_exponent(&exponent, end + 1, err))
        return false;
    *out = (number){.negative = *text == '-', .end = end};
    out->low = exponent - (point ? end - point - 1 : 0);
    out->top = exponent + ((point ? point : end) - s) - 1;
    for (; s < end && (*s == '0' || *s == '.'); s++)
        out->top -= *s == '0';
    out->digits = s;
    return true;
}

static bool is_zero(const number *x)
{
    return x->digits == x->end;
}

/* The next digit; 0 after the last one. */
static int next_digit(const char **at, const char *end)
{
    if (*at < end && **at == '.')
        ++*at;
    return *at < end ? *(*at)++ - '0' : 0;
}

/* Compares without the signs. */
static int compare_sizes(const number *a, const number *b)
{
    const char *s = a->digits, *t = b->digits;
    int order = 0;

    if (is_zero(a) || is_zero(b))
        return is_zero(b) - is_zero(a);
    if (a->top != b->top)
        return a->top < b->top ? -1 : 1;
    while (order == 0 && (s < a->end || t < b->end))
        order = next_digit(&s, a->end) - next_digit(&t, b->end);
    return order;
}

bool mb_decimal_compare(int *order, const char *a, const char *b, mb_error *err)
{
    number x, y;
    bool below, above;

    if (!read_number(&x, a, err) || !read_number(&y, b, err))
        return false;
    below = x.negative && !is_zero(&x);
    above = y.negative && !is_zero(&y);
    if (below != above)
        *order = below ? -1 : 1;
    else
        *order = below ? compare_sizes(&y, &x) : compare_sizes(&x, &y);
    return true;
}

/* ---- a number as its digits ---- */

typedef struct big {
    int n;   /* number of digits */
    int low; /* the power of ten of digit[0], the last one; it is not above 0 */
    unsigned char digit[MOST];
} big;

static bool read_big(big *out, const number *x, mb_error *err)
{
    const char *s = x->digits;

    if (x->low < -DIGITS || (!is_zero(x) && x->top >= DIGITS))
        return fail_digits(err);
    *out = (big){.low = x->low < 0 ? (int)x->low : 0};
    if (is_zero(x))
        return true;
    out->n = (int)x->top - out->low + 1;
    for (int i = out->n - 1; i >= 0; i--)
        out->digit[i] = (unsigned char)next_digit(&s, x->end);
    return true;
}

static unsigned digit_at(const big *x, int power)
{
    int i = power - x->low;

    return i >= 0 && i < x->n ? x->digit[i] : 0;
}

/* Sets the shape of a sum: the operands' longest fraction, and a digit for the carry. */
static void shape_sum(big *out, const big *a, const big *b)
{
    int top = a->n + a->low > b->n + b->low ? a->n + a->low : b->n + b->low;

    out->low = a->low < b->low ? a->low : b->low;
    out->n = (top > out->low ? top : out->low) - out->low + 1;
}

static void add_sizes(big *out, const big *a, const big *b)
{
    unsigned carry = 0;

    shape_sum(out, a, b);
    for (int i = 0; i < out->n; i++) {
        carry += digit_at(a, out->low + i) + digit_at(b, out->low + i);
        out->digit[i] = (unsigned char)(carry % 10);
        carry /= 10;
    }
}

/* a is not smaller than b. */
static void subtract_sizes(big *out, const big *a, const big *b)
{
    unsigned borrow = 0;

    shape_sum(out, a, b);
    for (int i = 0; i < out->n; i++) {
        unsigned x = 10 + digit_at(a, out->low + i) - digit_at(b, out->low + i) - borrow;

        out->digit[i] = (unsigned char)(x % 10);
        borrow = x < 10;
    }
}

static void multiply_sizes(big *out, const big *a, const big *b)
{
    *out = (big){.n = a->n + b->n, .low = a->low + b->low};
    for (int i = 0; i < a->n; i++) {
        unsigned carry = 0;

        for (int k = 0; k < b->n; k++) {
            carry += out->digit[i + k] + (unsigned)a->digit[i] * b->digit[k];
            out->digit[i + k] = (unsigned char)(carry % 10);
            carry /= 10;
        }
        out->digit[i + b->n] = (unsigned char)carry;
    }
}

static bool write_big(mb_buf *out, const big *x, bool negative, mb_error *err)
{
    int n = x->n, integers;

    while (n > 0 && x->digit[n - 1] == 0)
        n--;
    integers = n + x->low;
    if (-x->low > DIGITS || integers > DIGITS)
        return fail_digits(err);
    if (negative && n > 0)
        mb_buf_putc(out, '-');
    for (int power = integers > 0 ? integers - 1 : 0; power >= x->low; power--) {
        mb_buf_puts(out, power == -1 ? "." : "");
        mb_buf_putc(out, (char)('0' + digit_at(x, power)));
    }
    return true;
}

static bool sum(mb_buf *out, const number *x, const number *y, mb_error *err)
{
    bool swap = compare_sizes(x, y) < 0;
    big a, b, result;

    if (!read_big(&a, swap ? y : x, err) || !read_big(&b, swap ? x : y, err))
        return false;
    if (x->negative == y->negative)
        add_sizes(&result, &a, &b);
    else
        subtract_sizes(&result, &a, &b);
    return write_big(out, &result, swap ? y->negative : x->negative, err);
}

bool mb_decimal_add(mb_buf *out, const char *a, const char *b, mb_error *err)
{
    number x, y;

    return read_number(&x, a, err) && read_number(&y, b, err) && sum(out, &x, &y, err);
}

bool mb_decimal_subtract(mb_buf *out, const char *a, const char *b, mb_error *err)
{
    number x, y;

    if (!read_number(&x, a, err) || !read_number(&y, b, err))
        return false;
    y.negative = !y.negative;
    return sum(out, &x, &y, err);
}

bool mb_decimal_multiply(mb_buf *out, const char *a, const char *b, mb_error *err)
{
    number x, y;
    big m, n, result;

    if (!read_number(&x, a, err) || !read_number(&y, b, err) || !read_big(&m, &x, err) ||
        !read_big(&n, &y, err))
        return false;
    multiply_sizes(&result, &m, &n);
    return write_big(out, &result, x.negative != y.negative, err);
}

/* True if rounding x at the power `low` increases the digit there, which is `last`. */
static bool rounds_up(const big *x, int low, unsigned last, mb_rounding how)
{
    unsigned first = digit_at(x, low - 1);
    bool rest = false;

    for (int power = x->low; power < low - 1 && !rest; power++)
        rest = digit_at(x, power) > 0;
    if (how == MB_ROUND_TRUNC || first < 5)
        return false;
    return first > 5 || rest || how == MB_ROUND_HALF_UP || last % 2 == 1;
}

bool mb_decimal_round(mb_buf *out, const char *a, int places, mb_rounding how, mb_error *err)
{
    big exact, result = {.low = -places};
    unsigned carry;
    number x;

    if (!read_number(&x, a, err) || !read_big(&exact, &x, err))
        return false;
    result.n = exact.n + exact.low + places > 0 ? exact.n + exact.low + places + 1 : 1;
    carry = rounds_up(&exact, result.low, digit_at(&exact, result.low), how);
    for (int i = 0; i < result.n; i++) {
        carry += digit_at(&exact, result.low + i);
        result.digit[i] = (unsigned char)(carry % 10);
        carry /= 10;
    }
    return write_big(out, &result, x.negative, err);
}

#include "moonbird/base/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_DIGITS = 17,     /* of a double's shortest decimal text */
    LONGEST_INTEGER = 20, /* -9223372036854775808 */
    FAR = 100000,         /* read_exponent returns it in place of any greater exponent */
};

static size_t count_digits(const char *s, const char *end)
{
    size_t n = 0;

    while (s + n < end && s[n] >= '0' && s[n] <= '9')
        n++;
    return n;
}

size_t mb_number_length(const char *text, size_t len)
{
    const char *s = text, *end = text + len;
    size_t digits;

    if (s < end && *s == '-')
        s++;
    digits = count_digits(s, end);
    if (digits == 0 || (digits > 1 && *s == '0'))
        return 0;
    s += digits;
    if (s < end && *s == '.') {
        digits = count_digits(s + 1, end);
        if (digits == 0)
            return 0;
        s += 1 + digits;
    }
    if (s < end && (*s == 'e' || *s == 'E')) {
        s++;
        if (s < end && (*s == '+' || *s == '-'))
            s++;
        digits = count_digits(s, end);
        if (digits == 0)
            return 0;
        s += digits;
    }
    return (size_t)(s - text);
}

typedef struct decimal {
    char digits[MOST_DIGITS + 1]; /* without leading and trailing zeros */
    size_t n;
    long exponent; /* the value is 0.DIGITS times 10 to this power */
} decimal;

/*
 * FAR is large enough that no digit count added to it gives an exponent of a double, or overflows.
 */
static long read_exponent(const char *text)
{
    long exponent = strtol(text, NULL, 10);

    return exponent > FAR ? FAR : exponent < -FAR ? -FAR : exponent;
}

/* false: the number has more digits than the shortest text of a double can have. */
static bool read_decimal(decimal *out, const char *text, size_t len)
{
    const char *s = text, *end = text + len;
    size_t zeros = 0;
    bool fraction = false;

    *out = (decimal){0};
    for (; s < end && *s != 'e' && *s != 'E'; s++) {
        if (*s == '.')
            fraction = true;
        if (*s < '0' || *s > '9')
            continue;
        if (*s != '0') {
            if (out->n + zeros >= MOST_DIGITS)
                return false;
            memset(out->digits + out->n, '0', zeros);
            out->n += zeros;
            zeros = 0;
            out->digits[out->n++] = *s;
        } else if (out->n > 0) {
            zeros++;
        }
        out->exponent += !fraction && (out->n > 0);
        out->exponent -= fraction && out->n == 0;
    }
    if (s < end)
        out->exponent += read_exponent(s + 1);
    if (out->n == 0)
        out->exponent = 0;
    return true;
}

static bool same_decimal(const char *a, size_t a_len, const char *b, size_t b_len)
{
    decimal x, y;

    return read_decimal(&x, a, a_len) && read_decimal(&y, b, b_len) && x.n == y.n &&
           x.exponent == y.exponent && memcmp(x.digits, y.digits, x.n) == 0;
}

/* Writes the shortest text that reads back as `number` to `out`, which has 32 bytes; its length. */
static size_t shortest(char *out, double number)
{
    int n = 0;

    for (int digits = 15; digits <= MOST_DIGITS; digits++) {
        n = snprintf(out, 32, "%.*g", digits, number);
        if (strtod(out, NULL) == number)
            break;
    }
    return (size_t)n;
}

mb_number_kind mb_number_read(const char *text, size_t len, int64_t *integer, double *number)
{
    char copy[512], back[32]; /* jsonb writes 1e300 out in full */
    char *end;

    if (len >= sizeof copy)
        return MB_NUMBER_TEXT;
    memcpy(copy, text, len);
    copy[len] = '\0';
    errno = 0;
    *integer = strtoll(copy, &end, 10);
    if (*end == '\0' && errno == 0 && !(*integer == 0 && copy[0] == '-'))
        return MB_NUMBER_INTEGER;
    *number = strtod(copy, NULL);
    if (isfinite(*number) && same_decimal(copy, len, back, shortest(back, *number)))
        return MB_NUMBER_DOUBLE;
    return MB_NUMBER_TEXT;
}

void mb_number_add_integer(mb_buf *out, int64_t number)
{
    char text[LONGEST_INTEGER], *s = text + sizeof text;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do
        *--s = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--s = '-';
    mb_buf_add(out, s, (size_t)(text + sizeof text - s));
}

/*
 * A fast path for numbers with few digits.  number = digits / 10^places, and doubles hold both
 * exactly, so their quotient is the double that reading the text gives.
 */
static bool add_short(mb_buf *out, double number)
{
    static const int64_t powers[] = {1, 10, 100, 1000, 10000};
    char fraction[8];

    for (int places = 0; places < 5; places++) {
        double digits = nearbyint(fabs(number) * (double)powers[places]);
        int64_t rest = (int64_t)(digits < 1e15 ? digits : 0);

        if (digits >= 1e15)
            return false;
        if (digits / (double)powers[places] != fabs(number))
            continue;
        if (signbit(number))
            mb_buf_putc(out, '-');
        mb_number_add_integer(out, rest / powers[places]);
        for (int i = places; i > 0; i--, rest /= 10)
            fraction[i] = (char)('0' + rest % 10);
        fraction[0] = '.';
        mb_buf_add(out, fraction, places ? (size_t)places + 1 : 0);
        return true;
    }
    return false;
}

void mb_number_add(mb_buf *out, double number)
{
    char text[32];

    if (add_short(out, number))
        return;
    if (number == floor(number) && fabs(number) < 9223372036854775808.0)
        mb_buf_printf(out, "%.0f", number);
    else
        mb_buf_add(out, text, shortest(text, number));
}

void mb_number_add_time(mb_buf *out, double seconds)
{
    long s = (long)(seconds + 0.5);

    if (s < 60)
        mb_buf_printf(out, "%ld s", s);
    else if (s < 3600)
        mb_buf_printf(out, "%ld min %ld s", s / 60, s % 60);
    else
        mb_buf_printf(out, "%ld h %ld min", s / 3600, s / 60 % 60);
}

#include "moonbird/base/show.h"

#include "moonbird/base/utf8.h"

#include <stdint.h>

/*
 * C1 controls (a terminal reads U+009B as CSI), and overrides of Unicode's bidirectional algorithm.
 */
static bool is_wide_control(uint32_t c)
{
    return (c >= 0x80 && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_narrow_control(unsigned char c, mb_show_how how)
{
    if (c == '\n' || c == '\t')
        return how == MB_SHOW_LINE;
    return c < 0x20 || c == 0x7F;
}

static void add_control(mb_buf *out, unsigned char c, mb_show_how how)
{
    if (how == MB_SHOW_JSON)
        mb_buf_printf(out, "\\u%04x", c);
    else if (c == '\n' || c == '\t' || c == '\r')
        mb_buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
    else
        mb_buf_printf(out, "\\x%02X", c);
}

/* The length of the character at `s` if it is shown unchanged; 0 if it must be escaped. */
static size_t plain_at(const char *s, size_t len, mb_show_how how)
{
    size_t n;

    if ((unsigned char)*s < 0x80)
        return is_narrow_control((unsigned char)*s, how) ? 0 : 1;
    n = mb_utf8_length(s, len);
    return n && is_wide_control(mb_utf8_point(s, n)) ? 0 : n;
}

/* The length of the beginning that is shown unchanged.  Nearly all bytes are printable ASCII. */
static size_t plain_run(const char *text, size_t len, mb_show_how how)
{
    size_t at = 0, n = 1;

    while (n) {
        while (at < len && text[at] >= ' ' && text[at] < 0x7F)
            at++;
        n = at < len ? plain_at(text + at, len - at, how) : 0;
        at += n;
    }
    return at;
}

bool mb_show_is_plain(const char *text, size_t len, mb_show_how how)
{
    return plain_run(text, len, how) == len;
}

/* Appends the escape for the character or byte at `s`; returns its length in the input. */
static size_t write_out(mb_buf *out, const char *s, size_t len, mb_show_how how)
{
    size_t n = (unsigned char)*s < 0x80 ? 0 : mb_utf8_length(s, len);

    if (n)
        mb_buf_printf(out, how == MB_SHOW_JSON ? "\\u%04x" : "\\u%04X", mb_utf8_point(s, n));
    else if ((unsigned char)*s < 0x80)
        add_control(out, (unsigned char)*s, how);
    else if (how == MB_SHOW_JSON)
        mb_buf_puts(out, "\\ufffd");
    else
        mb_buf_printf(out, "\\x%02X", (unsigned char)*s);
    return n ? n : 1;
}

void mb_show(mb_buf *out, const char *text, size_t len, mb_show_how how)
{
    while (len > 0) {
        size_t n = plain_run(text, len, how);

        mb_buf_add(out, text, n);
        if (n < len)
            n += write_out(out, text + n, len - n, how);
        text += n;
        len -= n;
    }
}

#include "moonbird/sql/quote.h"

#include <string.h>

/*
 * Appends `text` between `quote`s. A quote in it, and a backslash if `backslashes`, comes twice if
 * `doubled`, else behind a backslash. What lies between is copied at once: a backfill quotes every
 * value here.
 */
static void add_quoted(mb_buf *out, const char *text, size_t len, char quote, bool backslashes,
                       bool doubled)
{
    size_t from = 0;

    mb_buf_reserve(out, len + 2);
    mb_buf_putc(out, quote);
    for (size_t i = 0; i < len; i++) {
        if (text[i] != quote && (text[i] != '\\' || !backslashes))
            continue;
        mb_buf_add(out, text + from, i - from);
        mb_buf_putc(out, doubled ? text[i] : '\\');
        from = i; /* the byte itself comes with the next ones */
    }
    mb_buf_add(out, text + from, len - from);
    mb_buf_putc(out, quote);
}

void mb_quote_identifier(mb_buf *out, const char *name)
{
    add_quoted(out, name, strlen(name), '"', false, true);
}

void mb_quote_element(mb_buf *out, const char *text, size_t len)
{
    add_quoted(out, text, len, '"', true, false);
}

void mb_quote_literal_len(mb_buf *out, const char *text, size_t len)
{
    bool escapes = len > 0 && memchr(text, '\\', len) != NULL;

    if (escapes)
        mb_buf_putc(out, 'E');
    add_quoted(out, text, len, '\'', escapes, true);
}

void mb_quote_literal(mb_buf *out, const char *text)
{
    if (text)
        mb_quote_literal_len(out, text, strlen(text));
    else
        mb_buf_puts(out, "NULL");
}

void mb_quote_relation(mb_buf *out, const char *name)
{
    const char *dot = strchr(name, '.');

    if (dot) {
        add_quoted(out, name, (size_t)(dot - name), '"', false, true);
        mb_buf_putc(out, '.');
        name = dot + 1;
    }
    mb_quote_identifier(out, name);
}

#include "moonbird/sql/quote.h"

#include <string.h>

/* Appends `text` between `quote`s, with each byte of `doubled` twice. */
static void add_quoted(mb_buf *out, const char *text, size_t len, char quote, const char *doubled)
{
    mb_buf_putc(out, quote);
    for (size_t i = 0; i < len; i++) {
        if (text[i] && strchr(doubled, text[i]))
            mb_buf_putc(out, text[i]);
        mb_buf_putc(out, text[i]);
    }
    mb_buf_putc(out, quote);
}

void mb_quote_identifier(mb_buf *out, const char *name)
{
    add_quoted(out, name, strlen(name), '"', "\"");
}

void mb_quote_literal_len(mb_buf *out, const char *text, size_t len)
{
    bool escapes = len > 0 && memchr(text, '\\', len) != NULL;

    if (escapes)
        mb_buf_putc(out, 'E');
    add_quoted(out, text, len, '\'', escapes ? "'\\" : "'");
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
        add_quoted(out, name, (size_t)(dot - name), '"', "\"");
        mb_buf_putc(out, '.');
        name = dot + 1;
    }
    mb_quote_identifier(out, name);
}

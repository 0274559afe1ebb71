#include "sum.h"

#include "moonbird/sql/script.h"

#include <string.h>

void mb_canon_start(mb_canon *canon)
{
    *canon = (mb_canon){.stmts = mb_hash_new()};
}

void mb_canon_free(mb_canon *canon)
{
    mb_hash_free(canon->stmts);
    mb_buf_free(&canon->head);
}

void mb_canon_text(mb_canon *canon, const char *text, size_t len)
{
    const char *end = text + len, *cr = text;

    while (cr < end && (cr = memchr(cr, '\r', (size_t)(end - cr)))) {
        if (cr + 1 < end && cr[1] == '\n') {
            mb_hash_add(canon->stmts, text, (size_t)(cr - text));
            text = cr + 1;
        }
        cr++;
    }
    mb_hash_add(canon->stmts, text, (size_t)(end - text));
}

void mb_canon_mark(mb_canon *canon, const char *mark)
{
    mb_hash_add(canon->stmts, mark, strlen(mark));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

void mb_canon_directive(mb_canon *canon, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_blank(text[i]))
            mb_buf_putc(&canon->head, text[i]);
        else if (!is_blank(text[i + 1]))
            mb_buf_putc(&canon->head, ' ');
    mb_buf_putc(&canon->head, '\n');
}

void mb_canon_stmts_sum(const mb_canon *canon, char hex[MB_HASH_HEX])
{
    mb_hash_hex(canon->stmts, hex);
}

void mb_canon_sum(const mb_canon *canon, char hex[MB_HASH_HEX])
{
    mb_hash *whole = mb_hash_new();

    mb_hash_add(whole, mb_buf_str(&canon->head), canon->head.len);
    mb_canon_stmts_sum(canon, hex);
    mb_hash_add(whole, hex, MB_HASH_HEX - 1);
    mb_hash_hex(whole, hex);
    mb_hash_free(whole);
}

/* Of a Lua file line ends and BOM are all that does not count: Lua reads CRLF as LF itself. */
void mb_sums_of_lua(mb_sums *out, const char *text, size_t len)
{
    mb_hash *canonical = mb_hash_new();
    const char *end = text + len, *cr;

    mb_sha256_hex(text, len, out->raw);
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    while (text < end && (cr = memchr(text, '\r', (size_t)(end - text)))) {
        mb_hash_add(canonical, text, (size_t)(cr - text));
        text = cr + 1;
    }
    mb_hash_add(canonical, text, (size_t)(end - text));
    mb_hash_hex(canonical, out->canonical);
    mb_hash_free(canonical);
}

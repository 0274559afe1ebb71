#include "checksum.h"

#include "moonbird/sql/script.h"

#include <string.h>

void mb_normalizer_start(mb_normalizer *to)
{
    *to = (mb_normalizer){.stmts = mb_hash_new()};
}

void mb_normalizer_free(mb_normalizer *to)
{
    mb_hash_free(to->stmts);
    mb_buf_free(&to->head);
}

void mb_normalizer_stop(mb_normalizer *to)
{
    mb_hash_free(to->stmts);
    to->stmts = NULL;
}

void mb_normalizer_text(mb_normalizer *to, const char *text, size_t len)
{
    const char *end = text + len, *cr = text;

    if (!to->stmts)
        return;
    while (cr < end && (cr = memchr(cr, '\r', (size_t)(end - cr)))) {
        if (cr + 1 < end && cr[1] == '\n') {
            mb_hash_add(to->stmts, text, (size_t)(cr - text));
            text = cr + 1;
        }
        cr++;
    }
    mb_hash_add(to->stmts, text, (size_t)(end - text));
}

void mb_normalizer_mark(mb_normalizer *to, const char *mark)
{
    if (to->stmts)
        mb_hash_add(to->stmts, mark, strlen(mark));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

void mb_normalizer_directive(mb_normalizer *to, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_blank(text[i]))
            mb_buf_putc(&to->head, text[i]);
        else if (!is_blank(text[i + 1]))
            mb_buf_putc(&to->head, ' ');
    mb_buf_putc(&to->head, '\n');
}

void mb_normalizer_statements(const mb_normalizer *to, char hex[MB_HASH_HEX])
{
    mb_hash_hex(to->stmts, hex);
}

void mb_normalizer_whole(const mb_normalizer *to, char hex[MB_HASH_HEX])
{
    mb_hash *whole = mb_hash_new();

    mb_hash_add(whole, mb_buf_str(&to->head), to->head.len);
    mb_normalizer_statements(to, hex);
    mb_hash_add(whole, hex, MB_HASH_HEX - 1);
    mb_hash_hex(whole, hex);
    mb_hash_free(whole);
}

/* Only the line ends and the byte order mark of a Lua file do not count: Lua reads CRLF as LF. */
void mb_checksums_of_lua(mb_checksums *out, const char *text, size_t len)
{
    mb_hash *normalized = mb_hash_new();
    const char *end = text + len, *cr;

    mb_sha256_hex(text, len, out->file);
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    while (text < end && (cr = memchr(text, '\r', (size_t)(end - text)))) {
        mb_hash_add(normalized, text, (size_t)(cr - text));
        text = cr + 1;
    }
    mb_hash_add(normalized, text, (size_t)(end - text));
    mb_hash_hex(normalized, out->normalized);
    mb_hash_free(normalized);
}

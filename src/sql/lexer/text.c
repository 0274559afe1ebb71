#include "text.h"

#include "moonbird/sql/script.h"
#include "moonbird/base/utf8.h"

#include <stdint.h>
#include <string.h>

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* How many of eight bytes are tails (10xxxxxx). */
static int tails(const char *s)
{
    uint64_t w;

    memcpy(&w, s, sizeof w);
    return __builtin_popcountll(w & ~(w << 1) & 0x8080808080808080u);
}

static int count_chars(const char *s, const char *end)
{
    int n = 0;

    for (; end - s >= 8; s += 8)
        n += 8 - tails(s);
    for (; s < end; s++)
        n += !is_tail(*s);
    return n;
}

void mb_place_pass(mb_place *place, const char *text, size_t len)
{
    const char *end = text + len, *line = text, *newline;

    while (line < end && (newline = memchr(line, '\n', (size_t)(end - line)))) {
        place->line++;
        place->column = 1;
        line = newline + 1;
    }
    place->column += count_chars(line, end);
}

bool mb_text_fail(mb_error *err, const char *text)
{
    if (*text == '\0')
        return mb_fail(err, MB_ERR_FILE, "the file contains a NUL byte");
    mb_fail(err, MB_ERR_FILE, "the file is not valid UTF-8 (byte 0x%02x)", (unsigned char)*text);
    return mb_fail_hint(err, "Convert the file, for example with iconv -f LATIN1 -t UTF-8.");
}

bool mb_text_bom(const char *text, size_t len, size_t *skip, mb_error *err)
{
    *skip = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (len < 2)
        return true;
    if (memcmp(text, "\xFF\xFE", 2) != 0 && memcmp(text, "\xFE\xFF", 2) != 0 &&
        (text[0] == '\0') == (text[1] == '\0'))
        return true;
    mb_fail(err, MB_ERR_FILE, "the file is UTF-16, not UTF-8");
    return mb_fail_hint(err, "Convert the file, for example with iconv -f UTF-16 -t UTF-8.");
}

size_t mb_text_cut(const char *text, size_t len, size_t room)
{
    if (len <= room)
        return len;
    while (room > 0 && is_tail(text[room]))
        room--;
    return room;
}

bool mb_text_check(const char *text, size_t len, const char *file, size_t *skip, mb_error *err)
{
    mb_place place = {1, 1};
    size_t bad;

    if (!mb_text_bom(text, len, skip, err))
        return mb_fail_at(err, file, 1, 1);
    bad = *skip + mb_text_bad(text + *skip, len - *skip);
    if (bad == len)
        return true;
    mb_place_pass(&place, text + *skip, bad - *skip);
    mb_text_fail(err, text + bad);
    return mb_fail_at(err, file, place.line, place.column);
}

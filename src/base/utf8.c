#include "moonbird/base/utf8.h"

#include <stdbool.h>
#include <string.h>

/* True when none of eight bytes is NUL or above 127. */
static bool plain(const char *s)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t w;

    memcpy(&w, s, sizeof w);
    return ((w | (w - ones)) & tops) == 0;
}

size_t mb_utf8_length(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

    if (s[0] == 0 || s[0] > 0xF4 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

uint32_t mb_utf8_point(const char *s, size_t length)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t point = (unsigned char)s[0] & lead[length];

    for (size_t i = 1; i < length; i++)
        point = point << 6 | ((unsigned char)s[i] & 0x3F);
    return point;
}

size_t mb_text_bad(const char *text, size_t len)
{
    size_t at = 0, n = 1;

    while (at < len && n > 0) {
        while (len - at >= 8 && plain(text + at))
            at += 8;
        if (at == len)
            break;
        n = mb_utf8_length(text + at, len - at);
        at += n;
    }
    return at;
}

#include "moonbird/base/utf8.h"

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

/* Blanks and characters that show nothing (White_Space, Default_Ignorable_Code_Point), sorted. */
static bool is_hidden(uint32_t point)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x01, 0x08},     {0x0E, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},     {0x034F, 0x034F},
        {0x061C, 0x061C}, {0x115F, 0x1160}, {0x1680, 0x1680}, {0x17B4, 0x17B5}, {0x180B, 0x180F},
        {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F}, {0x2800, 0x2800}, {0x3000, 0x3000},
        {0x3164, 0x3164}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
        {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && ranges[i].from <= point; i++)
        if (point <= ranges[i].to)
            return true;
    return false;
}

bool mb_utf8_plain_blanks(mb_buf *out, const char *text, size_t len)
{
    size_t from = 0, n;
    bool found = false;

    for (size_t at = 0; at < len; at += n) {
        n = mb_utf8_length(text + at, len - at);
        n = n ? n : 1;
        if (!is_hidden(mb_utf8_point(text + at, n)))
            continue;
        mb_buf_add(out, text + from, at - from);
        mb_buf_putc(out, ' ');
        from = at + n;
        found = true;
    }
    mb_buf_add(out, text + from, len - from);
    return found;
}

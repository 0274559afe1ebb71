#include "comment.h"

#include "chars.h"

#include <string.h>

static const char breakpoint[] = "--> statement-breakpoint";
static const char prefix[] = "moonbird:";

static bool starts(const char *text, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

bool mb_comment_is_breakpoint(const char *text, size_t len)
{
    return starts(text, len, breakpoint);
}

const char *mb_comment_directive(const char *text, size_t len, size_t *rest_len)
{
    const char *s = text + 2, *end = text + len;

    while (s < end && mb_char_is((unsigned char)*s, MB_CHAR_SPACE))
        s++;
    if (!starts(s, (size_t)(end - s), prefix))
        return NULL;
    s += sizeof prefix - 1;
    while (s < end && mb_char_is((unsigned char)*s, MB_CHAR_SPACE))
        s++;
    while (end > s && mb_char_is((unsigned char)end[-1], MB_CHAR_SPACE))
        end--;
    *rest_len = (size_t)(end - s);
    return s;
}

bool mb_directive_is_down(const char *rest, size_t len)
{
    return len == 4 && memcmp(rest, "down", 4) == 0;
}

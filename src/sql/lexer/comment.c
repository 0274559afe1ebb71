#include "comment.h"

#include "chars.h"

#include <string.h>
#include <strings.h>

static const char breakpoint[] = "--> statement-breakpoint";

static bool starts(const char *text, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

bool mb_comment_is_breakpoint(const char *text, size_t len)
{
    return starts(text, len, breakpoint);
}

static const char *find_breakpoint(const char *text, const char *end)
{
    return memmem(text, (size_t)(end - text), breakpoint, sizeof breakpoint - 1);
}

const char *mb_comment_behind_breakpoint(const char *text, size_t len)
{
    const char *end = text + len, *s = find_breakpoint(text, end);

    while (s) {
        s += sizeof breakpoint - 1;
        while (s < end && mb_char_is((unsigned char)*s, MB_CHAR_SPACE))
            s++;
        if (s < end && !starts(s, (size_t)(end - s), "--"))
            return s;
        s = find_breakpoint(s, end);
    }
    return NULL;
}

/* `text` without the blanks at its ends. */
static const char *trim(const char *text, const char *end, size_t *len)
{
    while (text < end && mb_char_is((unsigned char)*text, MB_CHAR_SPACE))
        text++;
    while (end > text && mb_char_is((unsigned char)end[-1], MB_CHAR_SPACE))
        end--;
    *len = (size_t)(end - text);
    return text;
}

bool mb_comment_is(const char *text, size_t len, const char *word)
{
    size_t n;
    const char *s = trim(text + 2, text + len, &n);

    return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

const char *mb_comment_directive(const char *text, size_t len, size_t *rest_len)
{
    static const char prefix[] = "moonbird:";
    const char *end = text + len, *s = trim(text + 2, end, rest_len);

    return starts(s, *rest_len, prefix) ? trim(s + sizeof prefix - 1, end, rest_len) : NULL;
}

const char *mb_comment_expectation(const char *text, size_t len, size_t *rest_len)
{
    static const char prefix[] = "expect:";
    const size_t length = sizeof prefix - 1;
    const char *end = text + len, *s = trim(text + 2, end, rest_len);

    return *rest_len >= length && strncasecmp(s, prefix, length) == 0
               ? trim(s + length, end, rest_len)
               : NULL;
}

/* The first character that is neither a blank nor one of these. */
static const char *skip(const char *s, const char *end, const char *chars)
{
    while (s < end && (mb_char_is((unsigned char)*s, MB_CHAR_SPACE) || (*s && strchr(chars, *s))))
        s++;
    return s;
}

const char *mb_comment_near_expectation(const char *text, size_t len, size_t *rest_len)
{
    static const char word[] = "expect";
    static const char *const endings[] = {"", "s", "ed", "ing", "ation", "ations"};
    const char *end = text + len - (text[0] == '/' ? 2 : 0), *after;
    const char *s = text + 2;
    size_t letters = 0;
    bool known = false;

    while (s < end && *s == '-')
        s++;
    s = skip(s, end, "*!>@#\"'`");
    if ((size_t)(end - s) <= sizeof word - 1 || strncasecmp(s, word, sizeof word - 1) != 0)
        return NULL;
    s += sizeof word - 1;
    while (s + letters < end && mb_char_is((unsigned char)s[letters], MB_CHAR_LETTER))
        letters++;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        known =
            known || (letters == strlen(endings[i]) && strncasecmp(s, endings[i], letters) == 0);
    after = skip(s + letters, end, ":=>");
    while (end > after && strchr("*\"`", end[-1]))
        end--;
    return known && after > s + letters ? trim(after, end, rest_len) : NULL;
}

bool mb_directive_is_down(const char *rest, size_t len)
{
    return len == 4 && memcmp(rest, "down", 4) == 0;
}

bool mb_directive_counts(const char *rest, size_t len)
{
    return len < 6 || memcmp(rest, "empty=", 6) != 0;
}

/* lines.c -- a file as lines, in which other tools look for their annotations. */
#include "lines.h"

#include "listing.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool mb_line_next(mb_line *line, const mb_buf *text)
{
    const char *end;

    if (line->next >= text->len)
        return false;
    line->from = line->next;
    line->text = text->data + line->from;
    end = memchr(line->text, '\n', text->len - line->from);
    line->len = end ? (size_t)(end - line->text) : text->len - line->from;
    line->next = line->from + line->len + (end ? 1 : 0);
    line->number++;
    if (line->from == 0 && line->len >= 3 && memcmp(line->text, "\xEF\xBB\xBF", 3) == 0) {
        line->text += 3;
        line->len -= 3;
    }
    if (line->len && line->text[line->len - 1] == '\r')
        line->len--;
    return true;
}

mb_cut mb_cut_of(size_t from, int line, size_t to)
{
    return (mb_cut){.from = from, .len = to > from ? to - from : 0, .line = line};
}

bool mb_cut_is_blank(const mb_cut *cut, const mb_buf *text)
{
    for (size_t i = 0; i < cut->len; i++)
        if (!isspace((unsigned char)text->data[cut->from + i]))
            return false;
    return true;
}

bool mb_line_is_blank(const mb_line *line)
{
    size_t n = 0;

    while (n < line->len && isspace((unsigned char)line->text[n]))
        n++;
    return n == line->len;
}

bool mb_line_is_comment(const mb_line *line)
{
    const char *s = line->text, *end = s + line->len;

    while (s < end && isspace((unsigned char)*s))
        s++;
    return s == end || (end - s >= 2 && s[0] == '-' && s[1] == '-');
}

/* The comment behind these letters and digits; NULL: it has others. */
static const char *behind_letters(const mb_line *line, const char *letters)
{
    const char *s = line->text, *end = s + line->len;

    if (!mb_line_is_comment(line))
        return NULL;
    for (; s < end && *letters; s++) {
        if (!isalnum((unsigned char)*s))
            continue;
        if (tolower((unsigned char)*s) != *letters)
            return NULL;
        letters++;
    }
    return *letters ? NULL : s;
}

bool mb_line_begins(const mb_line *line, const char *letters)
{
    return behind_letters(line, letters) != NULL;
}

bool mb_line_says(const mb_line *line, const char *letters)
{
    const char *s = behind_letters(line, letters), *end = line->text + line->len;

    while (s && s < end && !isalnum((unsigned char)*s))
        s++;
    return s == end;
}

bool mb_is_comments(const char *text, size_t len)
{
    const char *s = text, *end = text + len, *close;

    for (;;) {
        while (s < end && isspace((unsigned char)*s))
            s++;
        if (end - s < 2 || (memcmp(s, "--", 2) != 0 && memcmp(s, "/*", 2) != 0))
            return s == end;
        close = *s == '-' ? memchr(s, '\n', (size_t)(end - s))
                          : memmem(s + 2, (size_t)(end - s - 2), "*/", 2);
        s = close ? close + (*s == '-' ? 1 : 2) : end;
    }
}

bool mb_fail_nearly(mb_error *err, const mb_listing *l, const char *file, const mb_line *line,
                    const char *tool, const char *exact)
{
    enum { SHOWN = 60 };

    mb_fail(err, MB_ERR_FILE, "%s ignores \"%.*s\"", tool,
            (int)(line->len < SHOWN ? line->len : SHOWN), line->text);
    mb_fail_hint(err, "Write \"%s\" exactly so and where %s expects it, or reword the comment.",
                 exact, tool);
    return mb_fail_in(err, l, file, line->number);
}

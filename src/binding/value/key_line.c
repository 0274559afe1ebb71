#include "key_line.h"

#include <stdbool.h>
#include <string.h>

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The place in `text`, from `from` on, where the key is set; NULL: there is none. */
static const char *find(const char *text, const char *from, const char *key)
{
    size_t len = strlen(key);

    for (const char *s = from; *s; s++) {
        bool found =
            strncmp(s, key, len) == 0 && !is_word(s[len]) && (s == text || !is_word(s[-1]));

        if (found && s[len + strspn(s + len, " \t\r\n\"']")] == '=')
            return s;
    }
    return NULL;
}

static int line_at(const char *text, const char *place)
{
    int line = 1;

    for (const char *s = text; place && s < place; s++)
        line += *s == '\n';
    return place ? line : 0;
}

int mb_key_line(const char *text, const char *key)
{
    return line_at(text, find(text, text, key));
}

int mb_key_line_within(const char *text, const char *within, const char *key)
{
    const char *outer = find(text, text, within);
    const char *inner = outer && key ? find(text, outer + strlen(within), key) : NULL;

    return line_at(text, inner ? inner : outer);
}

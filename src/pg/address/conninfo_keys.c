#include "conninfo_keys.h"

#include <ctype.h>
#include <string.h>

bool mb_conninfo_is_url(const char *conninfo)
{
    return strncmp(conninfo, "postgres://", 11) == 0 || strncmp(conninfo, "postgresql://", 13) == 0;
}

size_t mb_conninfo_list_known(const char *words[MB_CONNINFO_MOST], const PQconninfoOption *known)
{
    size_t n = 0;

    for (const PQconninfoOption *o = known; o && o->keyword && n < MB_CONNINFO_MOST; o++)
        words[n++] = o->keyword;
    return n;
}

bool mb_conninfo_is_among(const char *key, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], key) == 0)
            return true;
    return false;
}

/* The end of a value: of '...', or before white space; \ escapes in both. */
static const char *value_end(const char *s)
{
    bool quoted = *s == '\'';

    for (s += quoted; *s; s++) {
        if (*s == '\\' && s[1])
            s++;
        else if (quoted ? *s == '\'' : isspace((unsigned char)*s))
            return s + quoted;
    }
    return s;
}

const char *mb_conninfo_skip_space(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

bool mb_conninfo_next_pair(mb_buf *key, const char **s)
{
    const char *at = mb_conninfo_skip_space(*s);
    size_t len = strcspn(at, "= \t\r\n");

    mb_buf_clear(key);
    mb_buf_add(key, at, len);
    at = mb_conninfo_skip_space(at + len);
    if (!len || *at != '=')
        return false;
    *s = value_end(mb_conninfo_skip_space(at + 1));
    return true;
}

bool mb_conninfo_next_in_query(mb_buf *key, const char **s)
{
    size_t len = strcspn(*s, "=&");

    mb_buf_clear(key);
    mb_buf_add(key, *s, len);
    *s += strcspn(*s, "&");
    *s += **s == '&';
    return len > 0;
}

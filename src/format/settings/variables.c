#include "variables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static size_t name_length(const char *s, const char *end)
{
    size_t n = 0;

    if (s < end && isdigit((unsigned char)*s))
        return 0;
    while (s + n < end && (isalnum((unsigned char)s[n]) || s[n] == '_'))
        n++;
    return n;
}

/* The message is `before`, the text in quotes, and `after`. */
static bool refuse(mb_variable_error *why, const char *before, const char *s, size_t len,
                   const char *after)
{
    mb_format_into(why->message, sizeof why->message, "%s\"%.*s\"%s", before, (int)len, s, after);
    mb_format_into(why->hint, sizeof why->hint,
                   "Set the variable, write $V, ${V} or ${V:-default}, or put the line after "
                   "\"-- +goose ENVSUB OFF\".");
    return false;
}

static void add_value(mb_buf *out, mb_variable_error *why, const char *value)
{
    why->replaced = true;
    mb_buf_puts(out, value);
}

/* Replaces ${...}; `s` is after the brace, `close` at the other one. */
static bool replace_braced(mb_buf *out, mb_variable_error *why, const char *s, const char *close)
{
    size_t len = name_length(s, close);
    const char *rest = s + len, *value;
    char name[128];
    bool empty;

    if (len == 0 || len >= sizeof name)
        return refuse(why, "", s - 2, (size_t)(close + 3 - s), " is not a variable");
    memcpy(name, s, len);
    name[len] = '\0';
    value = getenv(name);
    empty = !value || !*value;
    if (rest == close) {
        add_value(out, why, value ? value : "");
    } else if (rest[0] == ':' && rest + 1 < close && rest[1] == '-') {
        add_value(out, why, empty ? "" : value);
        if (empty)
            mb_buf_add(out, rest + 2, (size_t)(close - rest - 2));
    } else if (rest[0] == '-') {
        add_value(out, why, value ? value : "");
        if (!value)
            mb_buf_add(out, rest + 1, (size_t)(close - rest - 1));
    } else if (rest[0] == '?' && value) {
        add_value(out, why, value);
    } else {
        return rest[0] == '?' ? refuse(why, "the variable ", s, len, " is not set")
                              : refuse(why, "", s - 2, (size_t)(close + 3 - s),
                                       " is not a form that moonbird replaces");
    }
    return true;
}

bool mb_replace_variables(mb_buf *out, mb_variable_error *why, const char *text, size_t len)
{
    const char *end = text + len, *s = text;

    while (s < end) {
        const char *dollar = memchr(s, '$', (size_t)(end - s)), *close;
        size_t name;
        char copy[128];

        mb_buf_add(out, s, (size_t)((dollar ? dollar : end) - s));
        if (!dollar)
            return true;
        s = dollar + 1;
        name = name_length(s, end);
        close = s < end && *s == '{' ? memchr(s, '}', (size_t)(end - s)) : NULL;
        if (close) {
            if (!replace_braced(out, why, s + 1, close))
                return false;
            s = close + 1;
        } else if (name && name < sizeof copy) {
            memcpy(copy, s, name);
            copy[name] = '\0';
            add_value(out, why, getenv(copy) ? getenv(copy) : "");
            s += name;
        } else {
            return refuse(why, "", dollar, end - dollar < 2 ? 1 : 2,
                          " is not a variable, and ENVSUB is on");
        }
    }
    return true;
}

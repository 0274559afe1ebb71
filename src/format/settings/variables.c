/*
 * variables.c -- variables of the environment, read as mfridman/interpolate does for goose: a
 * default is itself a text with variables, and a backslash takes the meaning from "$".
 */
#include "variables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 32 }; /* defaults within each other */

typedef struct reading {
    const char *s, *end; /* what is not read yet */
    mb_variable_error *why;
    int depth;  /* of the defaults that are being read */
    int unused; /* those of them that do not count: the variable has a value */
} reading;

/* The length of the name that begins at `s`; 0: there is none. */
static size_t name_length(const char *s, const char *end)
{
    size_t n = 0;

    if (s < end && !isalpha((unsigned char)*s))
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

/* `from` is at the "$" of ${...}. */
static bool refuse_braced(const reading *r, const char *from, const char *what)
{
    const char *close = memchr(from, '}', (size_t)(r->end - from));
    size_t len = close ? (size_t)(close + 1 - from) : strcspn(from, "\r\n");

    return refuse(r->why, "", from, len, what);
}

/*
 * Reads a name and the value of its variable: NULL if it is not set.  false: there is no name, or
 * one that goes on with another letter than those of ASCII, which goose would read as a part of it.
 */
static bool read_name(reading *r, const char **value)
{
    size_t len = name_length(r->s, r->end);
    char name[128];

    if (len == 0 || len >= sizeof name || (r->s + len < r->end && (r->s[len] & 0x80)))
        return false;
    memcpy(name, r->s, len);
    name[len] = '\0';
    r->s += len;
    *value = getenv(name);
    r->why->replaced = true;
    return true;
}

static bool replace(mb_buf *out, reading *r);

/* Reads the default, or the message, behind an operator; it is added only if it `counts`. */
static bool read_word(mb_buf *out, reading *r, bool counts)
{
    mb_buf word = {0};
    bool ok;

    r->depth++;
    r->unused += !counts;
    ok = r->depth < MOST_DEPTH && replace(&word, r);
    r->unused -= !counts;
    r->depth--;
    if (ok && counts)
        mb_buf_puts(out, mb_buf_str(&word));
    mb_buf_free(&word);
    return ok;
}

/* Replaces ${...}; `from` is at its "$", and what is behind the brace is not read yet. */
static bool replace_braced(mb_buf *out, reading *r, const char *from)
{
    static const char form[] = " is not a form that moonbird replaces";
    const char *name = r->s, *value = NULL;
    size_t len;
    bool absent, ok = true;

    if (!read_name(r, &value))
        return refuse_braced(r, from, " is not a variable");
    len = (size_t)(r->s - name);
    absent = !value;
    if (r->end - r->s >= 2 && r->s[0] == ':' && r->s[1] == '-') {
        absent = !value || !*value;
        r->s++;
    }
    if (r->s < r->end && *r->s == '-') {
        r->s++;
        ok = read_word(out, r, absent);
    } else if (r->s < r->end && *r->s == '?') {
        r->s++;
        if (!value && !r->unused)
            return refuse(r->why, "the variable ", name, len, " is not set");
        ok = read_word(out, r, false);
    }
    if (!ok)
        return *r->why->message ? false : refuse_braced(r, from, form);
    if (r->s == r->end || *r->s != '}')
        return refuse_braced(r, from, form);
    r->s++;
    if (value)
        mb_buf_puts(out, value);
    return true;
}

static bool replace_one(mb_buf *out, reading *r)
{
    const char *from = r->s++, *value = NULL;

    if (r->s < r->end && *r->s == '{') {
        r->s++;
        return replace_braced(out, r, from);
    }
    if (!read_name(r, &value))
        return refuse(r->why, "", from, r->end - from < 2 ? 1 : 2,
                      " is not a variable, and ENVSUB is on");
    if (value)
        mb_buf_puts(out, value);
    return true;
}

/* Reads to the end, or to the brace that ends a default. */
static bool replace(mb_buf *out, reading *r)
{
    while (r->s < r->end && !(r->depth && *r->s == '}')) {
        bool pair = r->end - r->s >= 2 && r->s[0] == '\\';

        if (*r->s == '$') {
            if (!replace_one(out, r))
                return false;
        } else if (pair && r->s[1] == '$') {
            r->why->replaced = true;
            mb_buf_putc(out, '$');
            r->s += 2;
        } else if (pair && r->s[1] == '\\') {
            mb_buf_puts(out, "\\\\");
            r->s += 2;
        } else {
            mb_buf_putc(out, *r->s++);
        }
    }
    return true;
}

bool mb_replace_variables(mb_buf *out, mb_variable_error *why, const char *text, size_t len)
{
    reading r = {.s = text, .end = text + len, .why = why};

    return replace(out, &r);
}

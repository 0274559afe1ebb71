#include "contexts.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { MOST_DEPTH = 100 }; /* parentheses and "not" within each other */

typedef struct expression {
    const char *s; /* what is not read yet */
    const char *given;
    bool none; /* nothing is given */
    int depth;
    bool bad;
} expression;

static bool read_or(expression *e);
static bool read_not(expression *e);

static void skip_blanks(expression *e)
{
    while (isspace((unsigned char)*e->s))
        e->s++;
}

static size_t word_length(const char *s)
{
    return strcspn(s, " \t,()!");
}

/* Skips the word, if it comes next. */
static bool accept_word(expression *e, const char *word)
{
    size_t len = strlen(word);

    skip_blanks(e);
    if (word_length(e->s) != len || strncasecmp(e->s, word, len) != 0)
        return false;
    e->s += len;
    return true;
}

static bool accept(expression *e, char c)
{
    skip_blanks(e);
    if (*e->s != c)
        return false;
    e->s++;
    return true;
}

static bool is_blank(const char *given)
{
    return !given || strspn(given, " \t,") == strlen(given);
}

static bool is_given(const char *given, const char *name, size_t len)
{
    for (const char *s = given; s && *s;) {
        size_t n = word_length(s);

        if (n > 0 && *s == '@')
            s++, n--;
        if (n == len && strncasecmp(s, name, n) == 0)
            return true;
        s += n;
        s += *s != '\0';
    }
    return false;
}

static bool is_nocontexts(const char *name, size_t len)
{
    static const char word[] = "nocontexts";

    return len == sizeof word - 1 && strncasecmp(name, word, len) == 0;
}

/* If nothing is given, each name holds that has no "@". */
static bool read_name(expression *e)
{
    size_t len;
    const char *name;

    skip_blanks(e);
    name = e->s;
    len = word_length(name);
    e->s += len;
    e->bad = e->bad || len == 0;
    if (e->none || is_nocontexts(name, len))
        return e->none && len > 0 && *name != '@';
    if (len > 0 && *name == '@')
        name++, len--;
    return is_given(e->given, name, len);
}

/* Reads what is behind "!".  If nothing is given, that holds, too, but not !nocontexts. */
static bool read_negated(expression *e)
{
    bool no = is_nocontexts(e->s, word_length(e->s));
    bool holds = read_not(e);

    return e->none ? !no : !holds;
}

static bool read_not(expression *e)
{
    bool holds;

    if (++e->depth > MOST_DEPTH) {
        e->bad = true;
        return false;
    }
    if (accept(e, '!') || accept_word(e, "not")) {
        skip_blanks(e);
        holds = read_negated(e);
    } else if (accept(e, '(')) {
        holds = read_or(e);
        e->bad = e->bad || !accept(e, ')');
    } else {
        holds = read_name(e);
    }
    e->depth--;
    return holds;
}

static bool read_and(expression *e)
{
    bool holds = read_not(e);

    while (!e->bad && accept_word(e, "and"))
        holds = read_not(e) && holds;
    return holds;
}

static bool read_or(expression *e)
{
    bool holds = read_and(e);

    while (!e->bad && (accept(e, ',') || accept_word(e, "or")))
        holds = read_and(e) || holds;
    return holds;
}

bool mb_contexts_hold(bool *holds, const char *text, const char *given)
{
    expression e = {.s = text, .given = given, .none = is_blank(given)};

    *holds = read_or(&e);
    skip_blanks(&e);
    return !e.bad && *e.s == '\0';
}

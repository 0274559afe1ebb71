/*
 * changeset_attributes.c -- the regular expressions of AbstractFormattedChangeLogParser.java.
 */
#include "changeset_attributes.h"

#include "format/listing.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool mb_attribute_is(const mb_line *line, const char *from, const char *name, const char *value)
{
    const char *end = line->text + line->len, *s = from;
    size_t len = strlen(name);

    for (; s + len < end; s++)
        if (isspace((unsigned char)s[-1]) && strncasecmp(s, name, len) == 0 && s[len] == ':' &&
            strncasecmp(s + len + 1, value, strlen(value)) == 0)
            return true;
    return false;
}

char *mb_attribute(const mb_line *line, const char *from, const char *name)
{
    const char *end = line->text + line->len, *value, *close;
    size_t len = strlen(name);

    for (const char *s = from; s + len < end; s++) {
        if (!isspace((unsigned char)s[-1]) || strncasecmp(s, name, len) != 0 || s[len] != ':')
            continue;
        value = s + len + 1;
        for (s = value; s < end && !isspace((unsigned char)*s);)
            s++;
        if (*value == '"' && (close = memchr(value + 1, '"', (size_t)(end - value - 1))))
            s = close, value++;
        return mb_strndup(value, (size_t)(s - value));
    }
    return NULL;
}

bool mb_has_postgresql(const char *list)
{
    bool named = false, only_others = false;

    for (const char *s = list; *s; s += *s == ',') {
        size_t len = strcspn(s, ",");
        bool not = *s == '!';
        const char *name = s + not;
        size_t n = len - not;

        if ((n == 10 && strncasecmp(name, "postgresql", n) == 0) ||
            (n == 3 && strncasecmp(name, "all", n) == 0)) {
            if (not)
                return false;
            named = true;
        }
        only_others = only_others || !not;
        s += len;
    }
    return named || !only_others;
}

/* ---- checks ---- */

/* What an attribute does that moonbird does not. */
static const struct {
    const char *name, *value; /* the beginning of the value; "": any */
    const char *what, *hint;
} unread[] = {
    {"runAlways", "true", "runAlways, which runs a changeset each time",
     "Write it as a hook, or use runOnChange:true."},
    {"failOnError", "false", "failOnError:false, which ignores errors",
     "Rewrite the changeset so that it does not fail, for example in Lua with db:try."},
    {"runOrder", "", "runOrder, which moves a changeset",
     "Remove it, and put the changeset where it runs."},
    {"runWith", "", "runWith, which runs a changeset with another program",
     "Rewrite its statements so that they need no psql, and remove it."},
};

/* Besides those that moonbird reads; Liquibase passes over any other name. */
static const char *const known[] = {
    "runAlways", "failOnError", "endDelimiter", "rollbackEndDelimiter", "runOnChange",
    "runInTransaction", "context", "contextFilter", "labels", "dbms", "ignore", "stripComments",
    "splitStatements", "rollbackSplitStatements", "logicalFilePath", "runWithSpoolFile", "onFail",
    "onError", "objectQuotingStrategy", "created", "validCheckSum",
};

static bool refuse(mb_error *err, const mb_listing *l, const char *file, int line, const char *hint)
{
    mb_fail_hint(err, "%s", hint);
    return mb_fail_in(err, l, file, line);
}

static bool ends_with_semicolon(const mb_line *line, const char *from, const char *name)
{
    char *delimiter = mb_attribute(line, from, name);
    bool ok = !delimiter || strcmp(delimiter, ";") == 0 || strcmp(delimiter, "\\;") == 0;

    free(delimiter);
    return ok;
}

static bool is_known(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i]) == len && strncasecmp(known[i], name, len) == 0)
            return true;
    return false;
}

/* The next word's end; a value in quotes may have blanks. */
static const char *end_of_word(const char *s, const char *end)
{
    bool quoted = false;

    for (; s < end && (quoted || !isspace((unsigned char)*s)); s++)
        quoted = quoted != (*s == '"');
    return s;
}

static bool check_names(const mb_listing *l, const char *file, const mb_line *line,
                        const char *from, mb_error *err)
{
    const char *end = line->text + line->len, *s = from, *stop;

    for (; s < end; s = stop + (stop < end)) {
        size_t len = 0;

        stop = end_of_word(s, end);
        while (s + len < stop && isalpha((unsigned char)s[len]))
            len++;
        if (len == 0 || s + len == stop || s[len] != ':' || is_known(s, len) ||
            strncmp(s + len, "://", 3) == 0)
            continue;
        mb_fail(err, MB_ERR_FILE, "Liquibase does not know the attribute \"%.*s\", and ignores it",
                (int)len, s);
        return refuse(err, l, file, line->number, "Correct its name, or remove it.");
    }
    return true;
}

bool mb_attributes_check(const mb_listing *l, const char *file, const mb_line *line,
                         const char *from, mb_error *err)
{
    for (size_t i = 0; i < sizeof unread / sizeof unread[0]; i++)
        if (mb_attribute_is(line, from, unread[i].name, unread[i].value)) {
            mb_fail(err, MB_ERR_FILE, "moonbird does not read %s", unread[i].what);
            return refuse(err, l, file, line->number, unread[i].hint);
        }
    if (!ends_with_semicolon(line, from, "endDelimiter") ||
        !ends_with_semicolon(line, from, "rollbackEndDelimiter")) {
        mb_fail(err, MB_ERR_FILE, "moonbird ends statements only with \";\"");
        return refuse(err, l, file, line->number,
                      "Remove endDelimiter, and end each statement with \";\". A function needs "
                      "no delimiter of its own.");
    }
    return check_names(l, file, line, from, err);
}

/*
 * changeset_attributes.c -- the regular expressions of AbstractFormattedChangeLogParser.java.
 */
#include "changeset_attributes.h"

#include "format/listing.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/suggest.h"
#include "moonbird/os/path.h"

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

/* ---- the identity ---- */

/* The end of a name, which may be in quotes; without quotes it ends before one of `stops`. */
static const char *end_of_name(const char *s, const char *end, const char *stops)
{
    const char *quote = s < end && *s == '"' ? memchr(s + 1, '"', (size_t)(end - s - 1)) : NULL;

    if (quote)
        return quote + 1;
    while (s < end && !strchr(stops, *s))
        s++;
    return s;
}

static char *without_quotes(const char *s, const char *end)
{
    while (s < end && isspace((unsigned char)*s))
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    if (end - s >= 2 && *s == '"')
        s++, end--;
    return mb_strndup(s, (size_t)(end - s));
}

/* Where the id ends that follows the colon. */
static const char *end_of_id(const char *colon, const char *end)
{
    const char *id = colon + 1;

    while (id < end && isspace((unsigned char)*id))
        id++;
    return end_of_name(id, end, " \t");
}

char *mb_changeset_id(const char **stop, const mb_line *line, const char *text)
{
    const char *end = line->text + line->len, *colon;
    char *author, *id, *both;

    while (text < end && isspace((unsigned char)*text))
        text++;
    colon = end_of_name(text, end, ":");
    if (colon == end || *colon != ':')
        return NULL;
    *stop = end_of_id(colon, end);
    author = without_quotes(text, colon);
    id = without_quotes(colon + 1, *stop);
    both = mb_format("%s:%s", author, id);
    free(author);
    free(id);
    return both;
}

/* As DatabaseChangeLog.java normalises it. */
char *mb_logical_path(const mb_line *line, const char *from)
{
    char *path = mb_attribute(line, from, "logicalFilePath"), *s = path, *plain;

    if (!path)
        return NULL;
    for (char *at = path; *at; at++)
        *at = *at == '\\' ? '/' : *at;
    s += strncmp(s, "classpath:", 10) == 0 ? 10 : 0;
    while (*s == '/' || strncmp(s, "./", 2) == 0)
        s += *s == '/' ? 1 : 2;
    plain = mb_strdup(s);
    free(path);
    return plain;
}

char *mb_listed_path(const mb_listing *l, const char *file)
{
    char *path = mb_path_join(l->path, file), *real = realpath(path, NULL);

    if (!real)
        return path;
    free(path);
    return real;
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

/* endDelimiter, rollbackEndDelimiter */
static bool may_be_empty(const char *name, size_t len)
{
    return len >= 9 && strncasecmp(name + len - 9, "delimiter", 9) == 0;
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
        if (len == 0 || s + len == stop || s[len] != ':' || strncmp(s + len, "://", 3) == 0)
            continue;
        if (is_known(s, len) && s + len + 1 == stop && !may_be_empty(s, len)) {
            mb_fail(err, MB_ERR_FILE, "the attribute \"%.*s\" has no value", (int)len, s);
            return refuse(err, l, file, line->number,
                          "Write the value behind the colon, without a "
                          "blank, or remove the attribute.");
        }
        if (is_known(s, len))
            continue;
        mb_fail(err, MB_ERR_FILE, "Liquibase does not know the attribute \"%.*s\", and ignores it",
                (int)len, s);
        return refuse(err, l, file, line->number, "Correct its name, or remove it.");
    }
    return true;
}

/* Liquibase reads another value than true as false, or does not read it. */
static bool check_booleans(const mb_listing *l, const char *file, const mb_line *line,
                           const char *from, mb_error *err)
{
    static const char *const names[] = {
        "runAlways", "failOnError",   "runOnChange",     "runInTransaction",
        "ignore",    "stripComments", "splitStatements", "rollbackSplitStatements"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!mb_attribute_is(line, from, names[i], "") ||
            mb_attribute_is(line, from, names[i], "true") ||
            mb_attribute_is(line, from, names[i], "false"))
            continue;
        mb_fail(err, MB_ERR_FILE, "the attribute \"%s\" is neither true nor false", names[i]);
        return refuse(err, l, file, line->number,
                      "Write true or false behind the colon, without "
                      "blanks and quotes.");
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
    return check_names(l, file, line, from, err) && check_booleans(l, file, line, from, err);
}

/* ---- misspelt words ---- */

/* The letters of the next word, or the next two, in lower case. */
static const char *read_word(char out[16], const char *s, const char *end, int words)
{
    size_t n = 0;

    while (words-- > 0) {
        while (s < end && isspace((unsigned char)*s))
            s++;
        for (; s < end && isalpha((unsigned char)*s) && n < 15; s++)
            out[n++] = (char)tolower((unsigned char)*s);
    }
    out[n] = '\0';
    return s;
}

/* Is the word one with one letter more or less, or with other letters behind the first one? */
static bool is_nearly(const char *word, const char *right)
{
    size_t n = strlen(word), len = strlen(right);

    return *word == *right && n + 1 >= len && n <= len + 1 && mb_nearest(word, &right, 1) != NULL;
}

bool mb_check_misspelt(const mb_listing *l, const char *file, const mb_line *line, mb_error *err)
{
    const char *s = line->text, *end = s + line->len, *rest;
    const char *found = NULL;
    char word[16];

    while (s < end && (*s == '-' || isspace((unsigned char)*s)))
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    for (int words = 1; !found && mb_line_is_comment(line) && words <= 2; words++) {
        rest = read_word(word, s, end, words);
        if (is_nearly(word, "rollback") && end > s && end[-1] == ';')
            found = "rollback";
        else if (is_nearly(word, "changeset") && memchr(rest, ':', (size_t)(end - rest)))
            found = "changeset";
    }
    if (!found)
        return true;
    mb_fail(err, MB_ERR_FILE, "Liquibase ignores this line, whose first word is nearly \"%s\"",
            found);
    return refuse(err, l, file, line->number, "Correct the word, or reword the comment.");
}

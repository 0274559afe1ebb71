/*
 * liquibase_sum.c -- the rules are those of AbstractSQLChange.java and NormalizingStreamV8.java;
 * the tests compare with what Liquibase 4.4 and 4.28 record.
 *
 * A checksum is VERSION:MD5(VERSION:m:), where m is the MD5 of the SQL without the annotations:
 * without any white space in version 9, and in version 8 with each white space as one blank, behind
 * endDelimiter:splitStatements:stripComments.
 */
#include "liquibase_sum.h"

#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the SQL of the changeset ---- */

/* Is the line, which ends at `end`, an annotation: -- WORD? */
static bool is_annotation(const char *s, const char *end, const char *word)
{
    size_t len = strlen(word);

    while (s < end && isspace((unsigned char)*s))
        s++;
    if (end - s < 2 || s[0] != '-' || s[1] != '-')
        return false;
    for (s += 2; s < end && isspace((unsigned char)*s);)
        s++;
    return (size_t)(end - s) >= len && strncasecmp(s, word, len) == 0 &&
           (s + len == end || !isalnum((unsigned char)s[len]));
}

static bool is_special(const char *s, const char *end)
{
    static const char *const words[] = {"rollback", "comment", "validCheckSum", "preconditions",
                                        "precondition-sql-check"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_annotation(s, end, words[i]))
            return true;
    return false;
}

/* Appends the lines that are not annotations; *accepts_any: one is --validCheckSum. */
static void add_sql(mb_buf *out, bool *accepts_any, const char *s, const char *end)
{
    for (const char *line = s, *next; line < end; line = next) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));

        line_end = line_end ? line_end : end;
        next = line_end + (line_end < end);
        *accepts_any = *accepts_any || is_annotation(line, line_end, "validCheckSum");
        if (!is_special(line, line_end))
            mb_buf_add(out, line, (size_t)(next - line));
    }
}

/* Without the block comment that has the rollback, as newer versions read it. */
static void drop_rollback_block(mb_buf *sql)
{
    static const char words[] = "liquibase";
    char *at = mb_buf_str(sql) ? sql->data : NULL, *close, *word;

    for (; at && (at = strstr(at, "/*")) != NULL; at += 2) {
        word = at + 2 + strspn(at + 2, " \t\r\n");
        if (strncasecmp(word, words, strlen(words)) != 0)
            continue;
        word += strlen(words);
        word += strspn(word, " \t\r\n");
        close = strncasecmp(word, "rollback", 8) == 0 ? strstr(word, "*/") : NULL;
        if (!close)
            continue;
        memmove(at, close + 2, strlen(close + 2) + 1);
        sql->len = strlen(sql->data);
        return;
    }
}

/* ---- the attributes of its line ---- */

/* The value of an attribute, in lower case if it is true or false; the caller frees it. */
static char *attribute(const char *line, const char *end, const char *name, const char *otherwise)
{
    size_t len = strlen(name);

    for (const char *s = line; s + len < end; s++) {
        const char *value = s + len + 1, *stop = value;
        char *found;

        if (s == line || !isspace((unsigned char)s[-1]) || strncasecmp(s, name, len) != 0 ||
            s[len] != ':')
            continue;
        while (stop < end && !isspace((unsigned char)*stop))
            stop++;
        found = mb_strndup(value, (size_t)(stop - value));
        if (strcasecmp(found, "true") == 0 || strcasecmp(found, "false") == 0)
            for (char *c = found; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return found;
    }
    return mb_strdup(otherwise);
}

/* ---- the checksums ---- */

static bool sum_is(const char *recorded, char version, const mb_buf *normal)
{
    char inner[MB_MD5_HEX], outer[MB_MD5_HEX], *text;
    bool ok = mb_md5_hex(mb_buf_str(normal), normal->len, inner);

    if (!ok)
        return true;
    text = mb_format("%c:%s:", version, inner);
    ok = !mb_md5_hex(text, strlen(text), outer) || strcasecmp(outer, recorded + 2) == 0;
    free(text);
    return ok;
}

static bool fits_9(const char *recorded, const mb_buf *sql)
{
    mb_buf normal = {0};
    bool fits;

    for (size_t i = 0; i < sql->len; i++)
        if (!strchr(" \t\r\n", sql->data[i]))
            mb_buf_putc(&normal, sql->data[i]);
    fits = sum_is(recorded, '9', &normal);
    mb_buf_free(&normal);
    return fits;
}

static bool fits_8(const char *recorded, const mb_buf *sql, const char *line, const char *end)
{
    char *delimiter = attribute(line, end, "endDelimiter", "null"),
         *split = attribute(line, end, "splitStatements", "true"),
         *strip = attribute(line, end, "stripComments", "true");
    mb_buf normal = {0};
    const char *s = mb_buf_str(sql), *stop = s + sql->len;
    bool fits;

    while (s < stop && (unsigned char)*s <= ' ')
        s++;
    while (stop > s && (unsigned char)stop[-1] <= ' ')
        stop--;
    mb_buf_printf(&normal, "%s:%s:%s:", delimiter, split, strip);
    for (; s < stop; s++)
        if (!isspace((unsigned char)*s))
            mb_buf_putc(&normal, *s);
        else if (!isspace((unsigned char)s[-1]))
            mb_buf_putc(&normal, ' ');
    fits = sum_is(recorded, '8', &normal);
    mb_buf_free(&normal);
    free(delimiter);
    free(split);
    free(strip);
    return fits;
}

bool mb_liquibase_sum_fits(const char *recorded, const mb_buf *text, const mb_cut *cut)
{
    const char *from, *line, *all = mb_buf_str(text);
    mb_buf sql = {0};
    bool any = false, is_9 = strncmp(recorded, "9:", 2) == 0, fits;

    if ((!is_9 && strncmp(recorded, "8:", 2) != 0) || !cut->line || cut->from > text->len ||
        cut->len > text->len - cut->from)
        return true;
    from = all + cut->from;
    for (line = from; line > all && (line == from || line[-1] != '\n');)
        line--;
    add_sql(&sql, &any, from, from + cut->len);
    any = any || strstr(mb_buf_str(&sql), "${");
    fits = any || (!is_9 && fits_8(recorded, &sql, line, from));
    drop_rollback_block(&sql);
    fits = fits || (is_9 ? fits_9(recorded, &sql) : fits_8(recorded, &sql, line, from));
    mb_buf_free(&sql);
    return fits;
}

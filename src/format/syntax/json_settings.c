/*
 * json_settings.c -- JSON and HCL, as one language: names, values after ":" or "=", and braces.
 *
 * A value of HCL ends with its line, and one of JSON with a comma or a brace.
 */
#include "json_settings.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 32 }; /* braces within each other */

typedef struct reading {
    mb_take_setting *take;
    void *self;
    const char *file;
    const char *s, *end; /* what is not read yet */
    int line;
    mb_buf names;              /* those of the open braces and of the setting, with dots */
    size_t starts[MOST_DEPTH]; /* their length before each open brace */
    int depth;
} reading;

static bool at(const reading *r, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(r->end - r->s) >= len && memcmp(r->s, text, len) == 0;
}

static void step(reading *r)
{
    r->line += *r->s == '\n';
    r->s++;
}

static void skip_comment(reading *r, const char *close)
{
    while (r->s < r->end && !at(r, close))
        step(r);
}

/* Skips blanks and comments; line ends, too, if `lines`. */
static void skip_blanks(reading *r, bool lines)
{
    while (r->s < r->end) {
        if (*r->s == '#' || at(r, "//"))
            skip_comment(r, "\n");
        else if (at(r, "/*")) {
            skip_comment(r, "*/");
            r->s += r->s < r->end ? 2 : 0;
        } else if (isspace((unsigned char)*r->s) && (lines || *r->s != '\n'))
            step(r);
        else
            return;
    }
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* Appends the character of \uXXXX, whose digits are at the front; others than ASCII as they are. */
static void read_code(reading *r, mb_buf *out)
{
    char digits[5] = {0};
    long code;

    if (r->end - r->s < 5)
        return;
    memcpy(digits, r->s + 1, 4);
    code = strtol(digits, NULL, 16);
    if (code > 0 && code < 128) {
        mb_buf_putc(out, (char)code);
        r->s += 5;
    } else {
        mb_buf_putc(out, '\\');
    }
}

/* Appends what a "\", which is read, and the characters behind it mean. */
static void read_escape(reading *r, mb_buf *out)
{
    static const char letters[] = "nrtbf", meant[] = "\n\r\t\b\f";
    const char *at = *r->s ? strchr(letters, *r->s) : NULL;

    if (*r->s == 'u') {
        read_code(r, out);
        return;
    }
    mb_buf_putc(out, at ? meant[at - letters] : *r->s);
    step(r);
}

/* Appends a string in quotes. */
static void read_string(reading *r, mb_buf *out)
{
    char quote = *r->s++;

    while (r->s < r->end && *r->s != quote) {
        if (*r->s == '\\' && r->s + 1 < r->end) {
            r->s++;
            read_escape(r, out);
            continue;
        }
        mb_buf_putc(out, *r->s);
        step(r);
    }
    r->s += r->s < r->end;
}

/* Appends other text up to one of `stops`, a blank or a comment. */
static void read_word(reading *r, mb_buf *out, const char *stops)
{
    while (r->s < r->end && !isspace((unsigned char)*r->s) && !strchr(stops, *r->s) &&
           !is_quote(*r->s) && !at(r, "//") && *r->s != '#')
        mb_buf_putc(out, *r->s++);
}

/* The items of an array, whose "[" is read, with commas; an object in it shows as "{". */
static void read_array(reading *r, mb_buf *out)
{
    int open = 1;

    while (r->s < r->end && open > 0) {
        skip_blanks(r, true);
        if (r->s == r->end)
            return;
        if (is_quote(*r->s)) {
            mb_buf_puts(out, out->len ? "," : "");
            read_string(r, out);
        } else if (strchr("[]", *r->s)) {
            open += *r->s++ == '[' ? 1 : -1;
        } else if (*r->s == ',') {
            r->s++;
        } else {
            const char *from = r->s;

            mb_buf_puts(out, out->len ? "," : "");
            read_word(r, out, ",[]");
            if (r->s == from)
                step(r);
        }
    }
}

/* Reads a value that is no object. */
static bool read_value(reading *r, mb_error *err)
{
    mb_buf value = {0};
    int line = r->line;
    bool literal = is_quote(*r->s) || *r->s == '[', ok;

    if (*r->s == '[') {
        r->s++;
        read_array(r, &value);
    }
    for (skip_blanks(r, false); r->s < r->end && !strchr("\n,}", *r->s); skip_blanks(r, false)) {
        const char *from = r->s;

        if (is_quote(*r->s))
            read_string(r, &value);
        else
            read_word(r, &value, "\n,}");
        if (r->s == from)
            step(r);
    }
    ok = r->take(r->self,
                 &(mb_setting){mb_buf_str(&r->names), mb_buf_str(&value), r->file, line, literal},
                 err);
    mb_buf_free(&value);
    return ok;
}

static void forget_names(reading *r)
{
    r->names.len = r->depth ? r->starts[r->depth - 1] : 0;
    if (r->names.data)
        r->names.data[r->names.len] = '\0';
}

/* false: there are too many braces, or `take` has failed. */
static bool open_brace(reading *r)
{
    if (r->depth == MOST_DEPTH)
        return false;
    if (r->names.len)
        mb_buf_putc(&r->names, '.');
    r->starts[r->depth++] = r->names.len;
    r->s++;
    return true;
}

static void close_brace(reading *r)
{
    r->depth -= r->depth > 0;
    forget_names(r);
    r->s++;
}

static void read_name(reading *r)
{
    const char *from = r->s;
    size_t start = r->depth ? r->starts[r->depth - 1] : 0;

    if (r->names.len > start)
        mb_buf_putc(&r->names, '.');
    if (is_quote(*r->s))
        read_string(r, &r->names);
    else
        read_word(r, &r->names, "{}[]=:,");
    if (r->s == from)
        step(r);
}

static bool fail_deep(const reading *r, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "there are more than %d braces within each other", MOST_DEPTH);
    mb_fail_hint(err, "Check the file, and move what is not needed elsewhere.");
    return mb_fail_at(err, r->file, r->line, 0);
}

static bool read_next(reading *r, mb_error *err)
{
    bool ok;

    if (*r->s == '{')
        return open_brace(r) || fail_deep(r, err);
    if (*r->s == '}') {
        close_brace(r);
        return true;
    }
    if (*r->s != '=' && *r->s != ':') {
        if (*r->s == ',' || *r->s == ';')
            r->s++;
        else
            read_name(r);
        return true;
    }
    r->s++;
    skip_blanks(r, true);
    if (r->s == r->end || *r->s == '{')
        return true;
    ok = read_value(r, err);
    forget_names(r);
    return ok;
}

bool mb_json_settings(const mb_buf *text, const char *file, mb_take_setting *take, void *self,
                      mb_error *err)
{
    const char *s = mb_buf_str(text);
    reading r = {.take = take, .self = self, .file = file, .s = s, .end = s + text->len, .line = 1};
    bool ok = true;

    if (at(&r, "\xEF\xBB\xBF")) /* a byte order mark */
        r.s += 3;
    for (skip_blanks(&r, true); ok && r.s < r.end; skip_blanks(&r, true))
        ok = read_next(&r, err);
    mb_buf_free(&r.names);
    return ok;
}

/*
 * toml_settings.c -- TOML 1.0 (toml.io), in which tools written in Rust and Go keep their settings.
 *
 * A text that is not TOML is refused, since the tool refuses it, too, or does not see its settings.
 * Numbers and times are not read: a setting has their text.
 */
#include "toml_settings.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 32 }; /* arrays and tables within each other */

typedef struct reading {
    mb_take_setting *take;
    void *self;
    const char *file;
    const char *s; /* what is not read yet; ends with a NUL */
    int line;
    int depth;
    int item, items; /* the table in an array that is read, 0 for none; how many there are so far */
    bool silent;     /* in an array in brackets: nothing is taken */
    mb_buf table;    /* the names of the table, with dots */
    mb_buf array;    /* those of the last [[table]] */
    mb_names taken; /* keys and tables so far, each with its `item`: two of them may have one key */
    mb_error *err;
} reading;

static bool fail(reading *r, const char *why)
{
    mb_fail(r->err, MB_ERR_FILE, "this is not TOML: %s", why);
    mb_fail_hint(r->err, "Correct the line; toml.io has the rules.");
    return mb_fail_at(r->err, r->file, r->line, 0);
}

/* ---- blanks and comments ---- */

static void skip_blanks(reading *r)
{
    r->s += strspn(r->s, " \t");
}

static bool at_end_of_line(const reading *r)
{
    return !*r->s || *r->s == '\n' || (r->s[0] == '\r' && r->s[1] == '\n');
}

/* Skips blanks, comments and ends of lines. */
static void skip_lines(reading *r)
{
    for (;; r->s++) {
        skip_blanks(r);
        if (*r->s == '#')
            r->s += strcspn(r->s, "\n");
        if (!*r->s || !at_end_of_line(r))
            return;
        r->line += *r->s == '\n';
    }
}

static bool end_line(reading *r)
{
    skip_blanks(r);
    return *r->s == '#' || at_end_of_line(r) || fail(r, "expected the end of the line");
}

/* ---- strings ---- */

static void add_point(mb_buf *out, uint32_t c)
{
    if (c < 0x80) {
        mb_buf_putc(out, (char)c);
        return;
    }
    if (c < 0x800) {
        mb_buf_putc(out, (char)(0xC0 | c >> 6));
    } else {
        if (c < 0x10000) {
            mb_buf_putc(out, (char)(0xE0 | c >> 12));
        } else {
            mb_buf_putc(out, (char)(0xF0 | c >> 18));
            mb_buf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        }
        mb_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
    }
    mb_buf_putc(out, (char)(0x80 | (c & 0x3F)));
}

/* Reads the digits of \uXXXX or \UXXXXXXXX. */
static bool read_point(reading *r, mb_buf *out, int digits)
{
    char code[9] = {0};
    uint32_t c;

    for (int i = 0; i < digits; i++) {
        if (!isxdigit((unsigned char)*r->s))
            return fail(r, "expected the digits of a character");
        code[i] = *r->s++;
    }
    c = (uint32_t)strtoul(code, NULL, 16);
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return fail(r, "there is no character with this number");
    add_point(out, c);
    return true;
}

/* Reads what follows a "\". */
static bool read_escape(reading *r, mb_buf *out, bool lines)
{
    static const char letters[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
    const char c = *r->s, *at = c ? strchr(letters, c) : NULL;

    if (lines && (isspace((unsigned char)c))) {
        skip_blanks(r);
        if (!at_end_of_line(r))
            return fail(r, "expected the end of the line after \"\\\"");
        for (; isspace((unsigned char)*r->s); r->s++)
            r->line += *r->s == '\n';
        return true;
    }
    if (!at && c != 'u' && c != 'U')
        return fail(r, "unknown character after \"\\\"");
    r->s++;
    if (!at)
        return read_point(r, out, c == 'u' ? 4 : 8);
    mb_buf_putc(out, meant[at - letters]);
    return true;
}

/* Reads a string that begins and ends with three quotes. */
static bool read_lines(reading *r, mb_buf *out)
{
    const char quote = *r->s, end[] = {quote, quote, quote, '\0'};

    r->s += 3;
    r->s += r->s[0] == '\r' && r->s[1] == '\n';
    if (*r->s == '\n')
        r->line++, r->s++;
    while (strncmp(r->s, end, 3) != 0 || r->s[3] == quote) {
        if (!*r->s)
            return fail(r, "a string does not end");
        if (*r->s == '\\' && quote == '"') {
            r->s++;
            if (!read_escape(r, out, true))
                return false;
            continue;
        }
        r->line += *r->s == '\n';
        mb_buf_putc(out, *r->s++);
    }
    r->s += 3;
    return true;
}

static bool read_string(reading *r, mb_buf *out)
{
    const char quote = *r->s++;

    while (*r->s != quote) {
        if (at_end_of_line(r))
            return fail(r, "a string does not end in its line");
        if (*r->s == '\\' && quote == '"') {
            r->s++;
            if (!read_escape(r, out, false))
                return false;
            continue;
        }
        mb_buf_putc(out, *r->s++);
    }
    r->s++;
    return true;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* ---- keys ---- */

static bool read_name(reading *r, mb_buf *out)
{
    const char *from = r->s;

    if (is_quote(*r->s))
        return read_string(r, out);
    while (isalnum((unsigned char)*r->s) || *r->s == '_' || *r->s == '-')
        r->s++;
    mb_buf_add(out, from, (size_t)(r->s - from));
    return r->s > from || fail(r, "expected a key");
}

/* Appends the names of a key to those that are there, with dots. */
static bool read_key(reading *r, mb_buf *out)
{
    for (;;) {
        skip_blanks(r);
        if (out->len)
            mb_buf_putc(out, '.');
        if (!read_name(r, out))
            return false;
        skip_blanks(r);
        if (*r->s != '.')
            return true;
        r->s++;
    }
}

/* A key, or a table with a "[" before it, may be there once. */
static bool take_once(reading *r, const char *mark, const mb_buf *key)
{
    char *name = mb_format("%d%s%s", r->item, mark, mb_buf_str(key));

    for (size_t i = 0; i < r->taken.n; i++)
        if (strcmp(r->taken.items[i], name) == 0) {
            free(name);
            return fail(r, *mark == '[' ? "this table is here for the second time"
                                        : "this key is here for the second time");
        }
    mb_names_add(&r->taken, name);
    return true;
}

/* ---- values ---- */

static bool read_setting(reading *r, const mb_buf *table);

static bool read_inline_table(reading *r, const mb_buf *table)
{
    r->s++;
    skip_blanks(r);
    while (*r->s != '}') {
        if (!read_setting(r, table))
            return false;
        skip_blanks(r);
        if (*r->s != ',' && *r->s != '}')
            return fail(r, "expected \",\" or \"}\" in a table");
        if (*r->s == ',')
            r->s++;
        skip_blanks(r);
    }
    r->s++;
    return true;
}

/* A boolean, a number or a time, whose text has no blank but that between a date and a time. */
static bool read_word(reading *r, mb_buf *out)
{
    const char *from = r->s;

    while (isalnum((unsigned char)*r->s) || (*r->s && strchr("+-_.:", *r->s)) ||
           (*r->s == ' ' && r->s - from == 10 && from[4] == '-' && isdigit((unsigned char)r->s[1])))
        r->s++;
    mb_buf_add(out, from, (size_t)(r->s - from));
    if (r->s > from && (strchr("+-", *from) || isdigit((unsigned char)*from)))
        return true;
    for (size_t i = 0; i < 4; i++) {
        static const char *const words[] = {"true", "false", "inf", "nan"};

        if (strcmp(mb_buf_str(out), words[i]) == 0)
            return true;
    }
    return fail(r, "expected a value");
}

static bool read_value(reading *r, mb_buf *out, const mb_buf *key);

/* Appends the values of an array. */
static bool read_array(reading *r, mb_buf *out, const mb_buf *key)
{
    bool silent = r->silent, ok = true;
    int item = r->item;

    r->silent = true;
    r->s++;
    for (skip_lines(r); ok && *r->s != ']'; skip_lines(r)) {
        mb_buf value = {0};

        r->item = ++r->items;
        ok = read_value(r, &value, key);
        mb_buf_puts(out, out->len ? "," : "");
        mb_buf_puts(out, mb_buf_str(&value));
        mb_buf_free(&value);
        skip_lines(r);
        if (ok && *r->s != ',' && *r->s != ']')
            ok = fail(r, "expected \",\" or \"]\" in an array");
        r->s += ok && *r->s == ',';
    }
    r->s += ok;
    r->item = item;
    r->silent = silent;
    return ok;
}

/* Reads a value; `out` has none after a table, whose settings are taken. */
static bool read_value(reading *r, mb_buf *out, const mb_buf *key)
{
    bool ok;

    if (++r->depth > MOST_DEPTH)
        return fail(r, "there are too many arrays and tables within each other");
    if (*r->s == '{')
        ok = read_inline_table(r, key);
    else if (*r->s == '[')
        ok = read_array(r, out, key);
    else if (is_quote(*r->s))
        ok = r->s[1] == *r->s && r->s[2] == *r->s ? read_lines(r, out) : read_string(r, out);
    else
        ok = read_word(r, out);
    r->depth--;
    return ok;
}

/* Reads `key = value`, and takes it unless it is in an array. */
static bool read_setting(reading *r, const mb_buf *table)
{
    mb_buf key = {0}, value = {0};
    int line = r->line;
    bool ok, is_table, literal;

    mb_buf_puts(&key, mb_buf_str(table));
    ok = read_key(r, &key) && take_once(r, "=", &key) &&
         (*r->s == '=' || fail(r, "expected \"=\" after a key"));
    r->s += ok;
    skip_blanks(r);
    is_table = *r->s == '{';
    literal = is_quote(*r->s) || *r->s == '[';
    ok = ok && read_value(r, &value, &key);
    if (ok && !is_table && !r->silent)
        ok = r->take(r->self,
                     &(mb_setting){mb_buf_str(&key), mb_buf_str(&value), r->file, line, literal},
                     r->err);
    mb_buf_free(&key);
    mb_buf_free(&value);
    return ok;
}

/* ---- the text ---- */

/* Reads [table], or [[table]] of an array. */
static bool read_table(reading *r)
{
    bool array = r->s[1] == '[';

    mb_buf_clear(&r->table);
    r->s += 1 + array;
    if (!read_key(r, &r->table))
        return false;
    if (*r->s != ']' || (array && r->s[1] != ']'))
        return fail(r, "expected \"]\" after the name of a table");
    r->s += 1 + array;
    if (array) {
        mb_buf_clear(&r->array);
        mb_buf_puts(&r->array, mb_buf_str(&r->table));
        r->item = ++r->items;
        return true;
    }
    if (!r->array.len || strncmp(mb_buf_str(&r->table), r->array.data, r->array.len) != 0)
        r->item = 0;
    return take_once(r, "[", &r->table);
}

bool mb_toml_settings(const mb_buf *text, const char *file, mb_take_setting *take, void *self,
                      mb_error *err)
{
    reading r = {
        .take = take, .self = self, .file = file, .s = mb_buf_str(text), .line = 1, .err = err};
    bool ok = true;

    if (strncmp(r.s, "\xEF\xBB\xBF", 3) == 0) /* a byte order mark */
        r.s += 3;
    for (skip_lines(&r); ok && *r.s; skip_lines(&r))
        ok = (*r.s == '[' ? read_table(&r) : read_setting(&r, &r.table)) && end_line(&r);
    if (ok && r.s != mb_buf_str(text) + text->len)
        ok = fail(&r, "it has a byte that is zero");
    mb_buf_free(&r.table);
    mb_buf_free(&r.array);
    mb_names_free(&r.taken);
    return ok;
}

#include "moonbird/os/env.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

typedef struct variable {
    char *name, *value;
} variable;

/* The names of variables that a file set.  It lives as long as they do: until the process ends. */
static mb_names from_file;

typedef struct reader {
    const char *path;
    const char *s;   /* the rest of the text */
    int line;
    variable *items; /* so far; the last one of each name */
    size_t n;
} reader;

/* Letters, digits, and the marks that dotenv and docker compose allow in names. */
static bool is_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c && strchr("_.-", c));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(reader *in)
{
    while (is_blank(*in->s))
        in->s++;
}

static void skip_line(reader *in)
{
    in->s += strcspn(in->s, "\n");
    if (*in->s == '\n') {
        in->s++;
        in->line++;
    }
}

static bool refuse(const reader *in, int line, const char *what, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    return mb_fail_at(err, in->path, line, 0);
}

/*
 * The meaning of a backslash and `c` inside "..."; 0: they mean themselves, as in a Windows path.
 */
static char unescaped(char c)
{
    static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
    const char *at = c ? strchr(from, c) : NULL;

    return at ? to[at - from] : '\0';
}

static bool read_quoted(mb_buf *value, reader *in, mb_error *err)
{
    char quote = *in->s++;
    int line = in->line;

    for (; *in->s != quote; in->s++) {
        bool escape = quote == '"' && in->s[0] == '\\' && unescaped(in->s[1]);

        if (!*in->s)
            return refuse(in, line, "unterminated quoted value", err);
        in->s += escape;
        in->line += *in->s == '\n';
        mb_buf_putc(value, escape ? unescaped(*in->s) : *in->s);
    }
    in->s++;
    skip_blanks(in);
    if (*in->s && *in->s != '\n' && *in->s != '#')
        return refuse(in, in->line, "unexpected characters after the closing quote", err);
    return true;
}

/*
 * Reads up to the end of the line.  A # begins a comment only after white space: URLs may contain
 * it.
 */
static void read_bare(mb_buf *value, reader *in)
{
    const char *from = in->s, *end = from;

    for (; *in->s && *in->s != '\n'; in->s++) {
        if (*in->s == '#' && is_blank(in->s[-1]))
            break;
        if (!is_blank(*in->s))
            end = in->s + 1;
    }
    mb_buf_add(value, from, (size_t)(end - from));
}

static void skip_export(reader *in)
{
    if (strncmp(in->s, "export", 6) != 0 || !is_blank(in->s[6]))
        return;
    in->s += 6;
    skip_blanks(in);
}

/* Reads "NAME =" or "NAME: "; false for another kind of line. */
static bool read_name(mb_buf *name, reader *in)
{
    const char *from;

    skip_export(in);
    from = in->s;
    while (is_name(*in->s))
        in->s++;
    mb_buf_add(name, from, (size_t)(in->s - from));
    skip_blanks(in);
    if (!name->len || !(*in->s == '=' || (*in->s == ':' && is_blank(in->s[1]))))
        return false;
    in->s++;
    skip_blanks(in);
    return true;
}

/* Variables that moonbird itself reads; other programs may expand the others. */
static bool is_ours(const char *name)
{
    return strncmp(name, "DATABASE_", 9) == 0 || strncmp(name, "PG", 2) == 0 ||
           strncmp(name, "MOONBIRD_", 9) == 0;
}

/* Refuses a # in a bare value: dotenv ends the value there, docker compose does not. */
static bool check_bare(const reader *in, const char *name, const char *value, mb_error *err)
{
    if (!strchr(value, '#') || !is_ours(name))
        return true;
    mb_fail(err, MB_ERR_FILE,
            "\"%s\" has an unquoted #, which some programs read as the start of a comment", name);
    mb_fail_hint(err, "Put the value in quotes.");
    return mb_fail_at(err, in->path, in->line, 0);
}

/* Refuses ${...}, which other programs expand. */
static bool check_value(const reader *in, int line, const char *name, const char *value,
                        mb_error *err)
{
    const char *dollar = strstr(value, "${");

    if (!dollar || !strchr(dollar, '}') || !is_ours(name))
        return true;
    mb_fail(err, MB_ERR_FILE,
            "\"%s\" refers to another variable, and variables are not expanded here", name);
    mb_fail_hint(err, "Write the value itself, or set the variable in the environment.");
    return mb_fail_at(err, in->path, line, 0);
}

/* Adds the variable, or replaces one with the same name. */
static void keep(reader *in, int line, const mb_buf *name, const mb_buf *value)
{
    size_t i = 0;

    while (i < in->n && strcmp(in->items[i].name, name->data) != 0)
        i++;
    if (i < in->n && is_ours(name->data)) {
        mb_log(MB_LOG_INFO, "note: %s:%d sets \"%s\" again, and this value is used", in->path, line,
               name->data);
    } else if (i == in->n) {
        in->items = mb_grow(in->items, in->n, sizeof *in->items);
        in->items[in->n++] = (variable){.name = mb_strdup(name->data)};
    }
    free(in->items[i].value);
    in->items[i].value = mb_strdup(mb_buf_str(value));
}

static bool read_variable(reader *in, mb_buf *name, mb_buf *value, mb_error *err)
{
    int line = in->line;

    if (!read_name(name, in)) {
        mb_log(MB_LOG_INFO, "note: %s:%d is ignored: it is not NAME=VALUE", in->path, line);
        return true;
    }
    if (*in->s && strchr("\"'`", *in->s)) {
        if (!read_quoted(value, in, err))
            return false;
    } else {
        read_bare(value, in);
        if (!check_bare(in, name->data, mb_buf_str(value), err))
            return false;
    }
    if (!check_value(in, line, name->data, mb_buf_str(value), err))
        return false;
    keep(in, line, name, value);
    return true;
}

static bool read_line(reader *in, mb_buf *name, mb_buf *value, mb_error *err)
{
    mb_buf_clear(name);
    mb_buf_clear(value);
    skip_blanks(in);
    if (*in->s && *in->s != '\n' && *in->s != '#' && !read_variable(in, name, value, err))
        return false;
    skip_line(in);
    return true;
}

/* Replaces CR and CRLF by LF. */
static void unify_ends(mb_buf *text)
{
    size_t to = 0;

    for (size_t i = 0; i < text->len; i++) {
        bool cr = text->data[i] == '\r';

        if (cr && i + 1 < text->len && text->data[i + 1] == '\n')
            continue;
        text->data[to++] = (char)(cr ? '\n' : text->data[i]);
    }
    text->len = to;
    if (text->data)
        text->data[to] = '\0';
}

static bool check_text(const mb_buf *text, const char *path, mb_error *err)
{
    if (!text->len || !memchr(text->data, '\0', text->len))
        return true;
    mb_fail(err, MB_ERR_FILE, "the file contains a NUL byte");
    mb_fail_hint(err, "It may be UTF-16. Save it as UTF-8.");
    return mb_fail_at(err, path, 0, 0);
}

static bool read_all(reader *in, mb_buf *text, mb_error *err)
{
    mb_buf name = {0}, value = {0};
    bool ok = true;

    unify_ends(text);
    in->s = mb_buf_str(text);
    if (strncmp(in->s, "\xEF\xBB\xBF", 3) == 0)
        in->s += 3;
    while (ok && *in->s)
        ok = read_line(in, &name, &value, err);
    mb_buf_free(&name);
    mb_buf_free(&value);
    return ok;
}

/* Sets the variable, unless the environment has it. */
static void set(const variable *v)
{
    if (getenv(v->name))
        return;
    setenv(v->name, v->value, 0);
    mb_names_add(&from_file, mb_strdup(v->name));
}

bool mb_env_read(const char *path, mb_error *err)
{
    reader in = {.path = path, .line = 1};
    mb_buf text = {0};
    bool found, ok;

    ok = mb_file_find(&found, path, err);
    if (!ok || !found)
        return ok;
    ok = mb_file_read(&text, path, err) && check_text(&text, path, err) &&
         read_all(&in, &text, err);
    for (size_t i = 0; i < in.n; i++) {
        if (ok)
            set(&in.items[i]);
        free(in.items[i].name);
        free(in.items[i].value);
    }
    free(in.items);
    mb_buf_free(&text);
    return ok;
}

bool mb_env_is_from_file(const char *name)
{
    for (size_t i = 0; i < from_file.n; i++)
        if (strcmp(from_file.items[i], name) == 0)
            return true;
    return false;
}

#include "moonbird/env.h"

#include "moonbird/buf.h"
#include "moonbird/file.h"
#include "moonbird/mem.h"
#include "moonbird/probe.h"

#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const char *path;
    const char *s; /* what is left */
    int line;
} reader;

static bool is_name(char c, bool first)
{
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (!first && c >= '0' && c <= '9');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
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

static char unescaped(char c)
{
    return (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c);
}

static bool read_quoted(mb_buf *value, reader *in, mb_error *err)
{
    char quote = *in->s++;
    int line = in->line;

    for (; *in->s != quote; in->s++) {
        bool escape = quote == '"' && in->s[0] == '\\' && in->s[1];

        if (!*in->s)
            return refuse(in, line, "the quote is not closed", err);
        in->s += escape;
        in->line += *in->s == '\n';
        mb_buf_putc(value, escape ? unescaped(*in->s) : *in->s);
    }
    in->s++;
    skip_blanks(in);
    if (*in->s && *in->s != '\n' && *in->s != '#')
        return refuse(in, in->line, "text after the closing quote", err);
    return true;
}

/* Up to the line's end; a # begins a comment only after white space, so that URLs keep theirs. */
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

static bool read_name(mb_buf *name, reader *in, mb_error *err)
{
    const char *from;

    if (strncmp(in->s, "export", 6) == 0 && (in->s[6] == ' ' || in->s[6] == '\t')) {
        in->s += 6;
        skip_blanks(in);
    }
    from = in->s;
    while (is_name(*in->s, in->s == from))
        in->s++;
    mb_buf_add(name, from, (size_t)(in->s - from));
    skip_blanks(in);
    if (!name->len || *in->s != '=')
        return refuse(in, in->line, "expected NAME=VALUE", err);
    in->s++;
    skip_blanks(in);
    return true;
}

static bool read_line(reader *in, mb_buf *name, mb_buf *value, mb_error *err)
{
    mb_buf_clear(name);
    mb_buf_clear(value);
    skip_blanks(in);
    if (*in->s && *in->s != '\n' && *in->s != '#') {
        if (!read_name(name, in, err))
            return false;
        if (*in->s != '"' && *in->s != '\'')
            read_bare(value, in);
        else if (!read_quoted(value, in, err))
            return false;
        setenv(mb_buf_str(name), mb_buf_str(value), 0);
    }
    skip_line(in);
    return true;
}

bool mb_env_read(const char *path, mb_error *err)
{
    mb_buf text = {0}, name = {0}, value = {0};
    reader in = {.path = path, .line = 1};
    bool found, ok;

    if (!mb_file_find(&found, path, err))
        return false;
    if (!found)
        return true;
    ok = mb_file_read(&text, path, err);
    in.s = mb_buf_str(&text);
    if (strncmp(in.s, "\xEF\xBB\xBF", 3) == 0)
        in.s += 3;
    while (ok && *in.s)
        ok = read_line(&in, &name, &value, err);
    mb_buf_free(&text);
    mb_buf_free(&name);
    mb_buf_free(&value);
    return ok;
}

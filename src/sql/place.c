/* place.c -- from a server's character position in a statement to a place in the file. */
#include "moonbird/sql/statement.h"

#include "moonbird/base/secret.h"
#include "moonbird/base/sqlstate.h"
#include "sql/lexer/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* So much of a statement goes through the masking of secrets, before the error cuts it. */
enum { SHOWN = 64 * 1024 };

/* The offset of a character, counted from 1; the statement's length when it is shorter. */
static size_t byte_of(const mb_stmt *stmt, int position)
{
    size_t at = 0;

    for (; position > 1 && at < stmt->len; position--)
        do
            at++;
        while (at < stmt->len && ((unsigned char)stmt->sql[at] & 0xC0) == 0x80);
    return at;
}

static mb_place place_of(const mb_stmt *stmt, size_t at)
{
    mb_place place = {stmt->line, stmt->column};

    mb_place_pass(&place, stmt->sql, at);
    return place;
}

void mb_stmt_place(const mb_stmt *stmt, int position, int *line, int *column)
{
    mb_place place = place_of(stmt, byte_of(stmt, position));

    *line = place.line;
    *column = place.column;
}

static int count_chars(const char *text, size_t len)
{
    mb_place place = {1, 1};

    mb_place_pass(&place, text, len);
    return place.column;
}

static void line_of(const mb_stmt *stmt, size_t at, size_t *from, size_t *to)
{
    *from = *to = at;
    while (*from > 0 && stmt->sql[*from - 1] != '\n')
        --*from;
    while (*to < stmt->len && stmt->sql[*to] != '\n' && stmt->sql[*to] != '\r')
        ++*to;
}

/* Shows the line with the byte `at`, or the part around `at` that fits. */
static void show_line(mb_error *err, const mb_stmt *stmt, size_t at, bool caret)
{
    const size_t room = sizeof err->source - 1;
    size_t from, to;

    line_of(stmt, at, &from, &to);
    if (to - from > room && at - from > room / 2) {
        from = to - at < room / 2 ? to - room : at - room / 2;
        while (((unsigned char)stmt->sql[from] & 0xC0) == 0x80)
            from++;
    }
    snprintf(err->source, sizeof err->source, "%.*s",
             (int)mb_text_cut(stmt->sql + from, to - from, room), stmt->sql + from);
    err->caret = caret ? count_chars(stmt->sql + from, at - from) : 0;
}

/* :name, :'name' and :"name" (psql, graphile-migrate), ${name} (Flyway, Liquibase), {{name}}. */
static bool is_variable(const char *s)
{
    return (s[0] == ':' && (isalpha((unsigned char)s[1]) || (s[1] && strchr("_'\"{", s[1])))) ||
           strncmp(s, "${", 2) == 0 || strncmp(s, "{{", 2) == 0;
}

/* Another tool would have replaced the variable; the server only says "syntax error". */
static void hint_variable(mb_error *err, const mb_stmt *stmt, size_t at)
{
    if (mb_error_is(err, MB_SQLSTATE_SYNTAX_ERROR) && err->position > 0 &&
        is_variable(stmt->sql + at))
        mb_fail_hint(err, "This is a psql variable or a placeholder of another tool. Write the "
                          "value, or pass it with --set NAME=VALUE and read "
                          "current_setting('moonbird.NAME').");
}

/*
 * Shows a line that holds a secret, masked, without a caret after the secret: it would tell its
 * length.
 */
static bool show_masked_line(mb_error *err, const mb_stmt *stmt, size_t at, bool caret)
{
    size_t from, to;
    int column;

    line_of(stmt, at, &from, &to);
    if (!mb_secret_in(stmt->sql + from, to - from))
        return false;
    mb_format_into(err->source, sizeof err->source, "%.*s", (int)(to - from), stmt->sql + from);
    column = count_chars(stmt->sql + from, at - from);
    caret = caret && (size_t)column < sizeof err->source &&
            !mb_secret_in(stmt->sql + from, at - from);
    err->caret = caret ? column : 0;
    return true;
}

bool mb_sql_fail(mb_error *err, const char *file, const mb_stmt *stmt)
{
    size_t at = byte_of(stmt, err->position);
    mb_place place = place_of(stmt, at);

    if (err->file[0]) /* the error has a better place already */
        return false;
    mb_fail_at(err, file, place.line, place.column);
    if (!show_masked_line(err, stmt, at, err->position > 0))
        show_line(err, stmt, at, err->position > 0);
    hint_variable(err, stmt, at);
    mb_format_into(err->sql, sizeof err->sql, "%.*s", (int)mb_text_cut(stmt->sql, stmt->len, SHOWN),
                   stmt->sql);
    return false;
}

/* copy_data.c -- COPY ... FROM STDIN: the data below the statement. */
#include "splitter.h"

#include "sql/lexer/chars.h"
#include "sql/lexer/comment.h"

#include <string.h>

bool mb_copy_line(mb_script *script, mb_reading *now, mb_error *err)
{
    for (;;) {
        int c = mb_reader_at(&script->in, now->at);
        mb_token token;

        if (c < 0 || c == '\n') {
            now->at += c == '\n';
            return mb_script_check(script, now->at, err);
        }
        if (mb_char_is(c, MB_CHAR_SPACE)) {
            now->at++;
            continue;
        }
        mb_lex(&script->lexer, now->at, &token);
        if (token.open)
            return mb_script_fail_open(script, &token, err);
        if (!mb_token_is_gap(token.kind) ||
            memchr(script->in.data + token.from, '\n', token.to - token.from)) {
            mb_fail(err, MB_ERR_FILE, "text follows COPY ... FROM STDIN on the same line");
            mb_fail_hint(err, "The data of COPY begins on the line after the \";\".");
            return mb_script_fail_at(script, now->at, err);
        }
        if (token.kind == MB_TOKEN_LINE_COMMENT && !mb_expect_comment(script, &token, true, err))
            return false;
        now->at = token.to;
    }
}

/* Is the line from `from` to `to`, with its newline, the "\." that ends the data? */
static bool is_copy_end(const char *from, const char *to)
{
    size_t len = (size_t)(to - from);

    len -= len > 0 && from[len - 1] == '\n';
    len -= len > 0 && from[len - 1] == '\r';
    return len == 2 && from[0] == '\\' && from[1] == '.';
}

/* Keeps the place of a line `-- moonbird:down`, from `from` to `to`: without "\.", it is data. */
static void note_down(mb_script *script, size_t from, size_t to)
{
    const char *line = script->in.data + from, *rest;
    size_t len = to - from;

    if (len < 2 || line[0] != '-' || line[1] != '-' || script->data_down.line)
        return;
    rest = mb_comment_directive(line, len, &len);
    if (!rest || !mb_directive_is_down(rest, len))
        return;
    script->data_down = script->place;
    mb_place_pass(&script->data_down, script->in.data, from);
}

/*
 * The length of the whole lines in the window before the end of the data: one line at least, which
 * is read from the file when it is not in the window.  *skip is the length of the "\." line after
 * them.
 */
static size_t find_lines(mb_script *script, size_t *skip, bool *last)
{
    mb_reader *in = &script->in;
    size_t to = mb_reader_find(in, 0, '\n'), from = 0;

    to += to < in->len;
    *skip = 0;
    *last = to == 0;
    while (to > from) {
        const char *next;

        if (is_copy_end(in->data + from, in->data + to)) {
            *skip = to - from;
            *last = true;
            break;
        }
        note_down(script, from, to);
        from = to;
        next = to < in->len ? memchr(in->data + to, '\n', in->len - to) : NULL;
        to = next ? (size_t)(next - in->data) + 1 : from;
    }
    return from;
}

static bool check_copy_data(mb_script *script, size_t len, mb_error *err)
{
    const char *nul = len ? memchr(script->in.data, '\0', len) : NULL;

    if (!nul)
        return true;
    mb_text_fail(err, nul);
    return mb_script_fail_at(script, (size_t)(nul - script->in.data), err);
}

static void sum_copy_data(mb_script *script, size_t len, bool last)
{
    if (!mb_script_wants(script))
        return;
    mb_normalizer_text(&script->normalizer, script->in.data, len);
    if (len > 0 && script->in.data[len - 1] != '\n')
        mb_normalizer_mark(&script->normalizer, "\n");
    if (last)
        mb_normalizer_mark(&script->normalizer, "\\.\n");
}

bool mb_script_copy_data(mb_script *script, const char **data, size_t *len, mb_error *err)
{
    size_t skip;
    bool last;

    *len = 0;
    if (!script->copying)
        return true;
    mb_script_drop(script, script->done);
    script->done = 0;
    *len = find_lines(script, &skip, &last);
    *data = script->in.data;
    if (script->in.failed)
        return mb_script_fail_read(script, err);
    if (!check_copy_data(script, *len, err))
        return false;
    if (last && skip == 0 && (script->part || script->data_down.line))
        return mb_script_fail_data(script, err);
    if (last)
        script->data_down = (mb_place){0};
    sum_copy_data(script, *len, last);
    script->done = *len + skip;
    script->copying = !last;
    script->line_start = true;
    return true;
}

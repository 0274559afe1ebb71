#include "lexer.h"

#include "chars.h"

#include <string.h>
#include <strings.h>

static int at(mb_lexer *lexer, size_t pos)
{
    return mb_reader_at(lexer->in, pos);
}

static size_t skip(mb_lexer *lexer, size_t pos, int classes)
{
    while (mb_char_is(at(lexer, pos), classes))
        pos++;
    return pos;
}

static void space(mb_lexer *lexer, mb_token *out)
{
    int c;

    out->kind = MB_TOKEN_SPACE;
    for (; mb_char_is(c = at(lexer, out->to), MB_CHAR_SPACE); out->to++)
        out->newline |= c == '\n' || c == '\r';
}

static void line_comment(mb_lexer *lexer, mb_token *out)
{
    int c;

    out->kind = MB_TOKEN_LINE_COMMENT;
    while ((c = at(lexer, out->to)) >= 0 && c != '\n' && c != '\r')
        out->to++;
}

static void block_comment(mb_lexer *lexer, mb_token *out)
{
    size_t depth = 1;

    out->kind = MB_TOKEN_BLOCK_COMMENT;
    out->to += 2;
    while (depth > 0) {
        int c = at(lexer, out->to), next = at(lexer, out->to + 1);

        if (c < 0)
            break;
        if (c == '*' && next == '/')
            depth--;
        else if (c == '/' && next == '*')
            depth++;
        else
            next = -1;
        out->to += next < 0 ? 1 : 2;
    }
    out->open = depth > 0;
}

/* Moves past the closing quote, the first `quote` that is not doubled. */
static void plain_quote(mb_lexer *lexer, mb_token *out, char quote)
{
    out->to++;
    for (;;) {
        out->to = mb_reader_find(lexer->in, out->to, quote);
        out->open = out->to == lexer->in->len;
        if (out->open || at(lexer, ++out->to) != quote)
            return;
        out->to++;
    }
}

static void escaped_quote(mb_lexer *lexer, mb_token *out)
{
    int c;

    out->to++;
    while ((c = at(lexer, out->to)) >= 0) {
        out->to++;
        if (c == '\\' && at(lexer, out->to) >= 0)
            out->to++;
        else if (c == '\'' && at(lexer, out->to) == '\'')
            out->to++;
        else if (c == '\'')
            return;
    }
    out->open = true;
}

static void string(mb_lexer *lexer, mb_token *out, mb_quote_rule rule)
{
    out->kind = MB_TOKEN_STRING;
    if (rule == MB_QUOTE_ESCAPES)
        escaped_quote(lexer, out);
    else
        plain_quote(lexer, out, '\'');
    lexer->before = rule;
    lexer->newline = false;
}

/* 'a' <newline> 'b' is one literal: the first part decides whether backslashes are escapes. */
static mb_quote_rule bare_rule(const mb_lexer *lexer)
{
    if (lexer->before != MB_QUOTE_NONE && lexer->newline)
        return lexer->before;
    return lexer->standard_strings ? MB_QUOTE_PLAIN : MB_QUOTE_ESCAPES;
}

static void name(mb_lexer *lexer, mb_token *out)
{
    out->kind = MB_TOKEN_NAME;
    plain_quote(lexer, out, '"');
}

/* The length of a quote's prefix: E'' B'' X'' U&'' U&"".  N'' is a word and a string. */
static size_t prefix(mb_lexer *lexer, size_t from)
{
    int c = at(lexer, from) | 0x20, next = at(lexer, from + 1);

    if (next == '\'' && strchr("ebx", c))
        return 1;
    if (c != 'u' || next != '&')
        return 0;
    next = at(lexer, from + 2);
    return next == '\'' || next == '"' ? 2 : 0;
}

static void word(mb_lexer *lexer, mb_token *out)
{
    int c = at(lexer, out->from) | 0x20;

    out->to += prefix(lexer, out->from);
    if (out->to == out->from) {
        out->kind = MB_TOKEN_WORD;
        out->to = skip(lexer, out->to, MB_CHAR_LETTER | MB_CHAR_DIGIT | MB_CHAR_DOLLAR);
    } else if (at(lexer, out->to) == '"') {
        name(lexer, out);
    } else if (c == 'e') {
        string(lexer, out, MB_QUOTE_ESCAPES);
    } else {
        string(lexer, out, MB_QUOTE_PLAIN);
    }
}

static bool same(mb_lexer *lexer, size_t a, size_t b, size_t n)
{
    at(lexer, b + n - 1);
    return b + n <= lexer->in->len && memcmp(lexer->in->data + a, lexer->in->data + b, n) == 0;
}

/* `$1`, `$tag$...$tag$`, or a `$` that is neither. */
static void dollar(mb_lexer *lexer, mb_token *out)
{
    size_t from = out->from, tag = from + 1;

    out->to++;
    if (mb_char_is(at(lexer, tag), MB_CHAR_DIGIT)) {
        out->to = skip(lexer, tag, MB_CHAR_DIGIT);
        return;
    }
    tag = skip(lexer, tag, MB_CHAR_LETTER | MB_CHAR_DIGIT);
    if (at(lexer, tag) != '$')
        return;
    tag = tag + 1 - from;
    out->kind = MB_TOKEN_DOLLAR;
    out->to = mb_reader_find(lexer->in, from + tag, '$');
    while (out->to < lexer->in->len && !same(lexer, from, out->to, tag))
        out->to = mb_reader_find(lexer->in, out->to + 1, '$');
    out->open = out->to == lexer->in->len;
    if (!out->open)
        out->to += tag;
}

static void mark(mb_lexer *lexer, mb_token *out, int c)
{
    int next = c == '-' || c == '/' ? at(lexer, out->from + 1) : -1;

    if (c == '-' && next == '-') {
        line_comment(lexer, out);
    } else if (c == '/' && next == '*') {
        block_comment(lexer, out);
    } else {
        out->kind = c == ';'    ? MB_TOKEN_SEMICOLON
                    : c == '('  ? MB_TOKEN_OPEN
                    : c == ')'  ? MB_TOKEN_CLOSE
                    : c == '\\' ? MB_TOKEN_BACKSLASH
                                : MB_TOKEN_OTHER;
        out->to++;
    }
}

static void dispatch(mb_lexer *lexer, mb_token *out)
{
    int c = at(lexer, out->from);

    if (c < 0)
        out->kind = MB_TOKEN_END;
    else if (mb_char_is(c, MB_CHAR_LETTER))
        word(lexer, out);
    else if (mb_char_is(c, MB_CHAR_SPACE))
        space(lexer, out);
    else if (mb_char_is(c, MB_CHAR_DIGIT))
        out->to = skip(lexer, out->from, MB_CHAR_DIGIT | MB_CHAR_LETTER);
    else if (c == '\'')
        string(lexer, out, bare_rule(lexer));
    else if (c == '$')
        dollar(lexer, out);
    else if (c == '"')
        name(lexer, out);
    else
        mark(lexer, out, c);
}

void mb_lex(mb_lexer *lexer, size_t from, mb_token *out)
{
    *out = (mb_token){.kind = MB_TOKEN_OTHER, .from = from, .to = from};
    dispatch(lexer, out);
    if (out->kind == MB_TOKEN_SPACE)
        lexer->newline |= out->newline;
    else if (out->kind != MB_TOKEN_LINE_COMMENT && out->kind != MB_TOKEN_STRING)
        lexer->before = MB_QUOTE_NONE;
}

bool mb_token_is_gap(mb_token_kind kind)
{
    return kind >= MB_TOKEN_SPACE && kind <= MB_TOKEN_BLOCK_COMMENT;
}

bool mb_token_is(const mb_reader *in, const mb_token *token, const char *word)
{
    const char *s = in->data + token->from, *end = in->data + token->to;

    if (token->kind != MB_TOKEN_WORD || ((*s ^ *word) & ~0x20)) /* nearly always another letter */
        return false;
    while (s < end && *word && (*s == *word || (*s >= 'A' && *s <= 'Z' && *s + 32 == *word))) {
        s++;
        word++;
    }
    return s == end && !*word;
}

#include "words.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 64 }; /* NAMEDATALEN */

void mb_words_step(mb_words *words)
{
    do
        mb_lex(&words->lexer, words->token.to, &words->token);
    while (mb_token_is_gap(words->token.kind));
}

void mb_words_of(mb_words *words, const char *sql, size_t len)
{
    words->in = mb_reader_over(sql, len);
    words->lexer = (mb_lexer){.in = &words->in, .standard_strings = true};
    words->token.to = 0;
    mb_words_step(words);
}

bool mb_words_at(const mb_words *words, const char *word)
{
    return mb_token_is(&words->in, &words->token, word);
}

bool mb_words_at_mark(const mb_words *words, char mark)
{
    return words->token.to == words->token.from + 1 && words->in.data[words->token.from] == mark;
}

bool mb_words_accept(mb_words *words, const char *word)
{
    bool there = mb_words_at(words, word);

    if (there)
        mb_words_step(words);
    return there;
}

bool mb_words_accept_mark(mb_words *words, char mark)
{
    bool there = mb_words_at_mark(words, mark);

    if (there)
        mb_words_step(words);
    return there;
}

const char *mb_words_at_any(const mb_words *words, const char *const *list)
{
    while (*list && !mb_words_at(words, *list))
        list++;
    return *list;
}

const char *mb_words_accept_any(mb_words *words, const char *const *list)
{
    const char *word = mb_words_at_any(words, list);

    if (word)
        mb_words_step(words);
    return word;
}

const char *mb_words_string(const mb_words *words, size_t *len)
{
    const char *from = words->in.data + words->token.from, *end = words->in.data + words->token.to;
    bool dollar = words->token.kind == MB_TOKEN_DOLLAR;
    const char *first;
    size_t before, after;

    if (!dollar && words->token.kind != MB_TOKEN_STRING)
        return NULL;
    first = memchr(from + dollar, dollar ? '$' : '\'', (size_t)(end - from) - dollar);
    if (!first) /* the first tag has no end */
        return NULL;
    before = (size_t)(first + 1 - from);
    after = dollar ? before : 1;
    *len = before + after > (size_t)(end - from) ? 0 : (size_t)(end - from) - before - after;
    return from + before;
}

const char *mb_words_text(const mb_words *words, size_t *len)
{
    const char *s = mb_words_string(words, len);

    if (s)
        return s;
    *len = words->token.to - words->token.from;
    return words->in.data + words->token.from;
}

void mb_words_skip_list(mb_words *words)
{
    size_t depth = 0;

    while (words->token.kind == MB_TOKEN_OPEN || (depth > 0 && words->token.kind != MB_TOKEN_END)) {
        depth += words->token.kind == MB_TOKEN_OPEN;
        depth -= words->token.kind == MB_TOKEN_CLOSE;
        mb_words_step(words);
    }
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Reads one part of a name; the server cuts names of more than 63 bytes after a whole character. */
static bool read_part(mb_words *words, char out[NAME_SIZE])
{
    const char *s = words->in.data + words->token.from, *end = words->in.data + words->token.to;
    bool quoted = words->token.kind == MB_TOKEN_NAME;
    char part[NAME_SIZE + 4];
    size_t n = 0;

    if (!quoted && words->token.kind != MB_TOKEN_WORD)
        return false;
    if (quoted) {
        s = (const char *)memchr(s, '"', (size_t)(end - s)) + 1;
        end -= !words->token.open;
    }
    for (; s < end && n < sizeof part; s++) {
        part[n++] = quoted ? *s : fold(*s);
        if (quoted && *s == '"')
            s++;
    }
    n = mb_text_cut(part, n, NAME_SIZE - 1);
    memcpy(out, part, n);
    out[n] = '\0';
    mb_words_step(words);
    return true;
}

bool mb_words_read_name(mb_words *words, char schema[NAME_SIZE], char name[NAME_SIZE])
{
    char parts[2][NAME_SIZE] = {"", ""};

    if (!read_part(words, parts[1]))
        return false;
    while (mb_words_accept_mark(words, '.')) {
        memcpy(parts[0], parts[1], sizeof parts[0]);
        if (!read_part(words, parts[1]))
            return false;
    }
    if (schema)
        snprintf(schema, NAME_SIZE, "%s", parts[0]);
    if (name)
        snprintf(name, NAME_SIZE, "%s", parts[1]);
    return true;
}

/* fragment.c -- SQL that becomes a part of a larger statement. */
#include "moonbird/sql/fragment.h"

#include "sql/lexer/words.h"

#include <stdlib.h>
#include <string.h>

size_t mb_sql_positional_parameters(const char *sql)
{
    size_t most = 0;
    mb_words words;

    for (mb_words_of(&words, sql, strlen(sql)); words.token.kind != MB_TOKEN_END;
         mb_words_step(&words)) {
        size_t n = words.token.kind == MB_TOKEN_OTHER && sql[words.token.from] == '$'
                       ? strtoul(sql + words.token.from + 1, NULL, 10)
                       : 0;

        most = n > most ? n : most;
    }
    return most;
}

/* `depth` counts the parentheses that are open. */
static const char *flaw_at(const mb_token *token, size_t *depth)
{
    if (token->open)
        return "a quote or a comment that is not closed";
    if (token->kind == MB_TOKEN_SEMICOLON)
        return "a semicolon";
    if (token->kind == MB_TOKEN_CLOSE && *depth == 0)
        return "a \")\" without a \"(\"";
    *depth += token->kind == MB_TOKEN_OPEN;
    *depth -= token->kind == MB_TOKEN_CLOSE;
    return NULL;
}

const char *mb_sql_fragment_flaw(const char *sql)
{
    mb_reader in = mb_reader_over(sql, strlen(sql));
    mb_lexer lexer = {.in = &in, .standard_strings = true};
    const char *flaw = NULL;
    size_t depth = 0;
    mb_token token;

    for (mb_lex(&lexer, 0, &token); !flaw && token.kind != MB_TOKEN_END;
         mb_lex(&lexer, token.to, &token))
        flaw = flaw_at(&token, &depth);
    return !flaw && depth > 0 ? "a \"(\" that is not closed" : flaw;
}

/* tokens.c -- the tokens of SQL text, for callers outside of this layer. */
#include "moonbird/sql/tokens.h"

#include "words.h"

void mb_sql_tokens(const char *sql, size_t len,
                   void (*each)(void *arg, const mb_sql_token *token), void *arg)
{
    mb_words words;

    for (mb_words_of(&words, sql, len); words.token.kind != MB_TOKEN_END; mb_words_step(&words))
        each(arg, &(mb_sql_token){words.token.from, words.token.to,
                                  words.token.kind == MB_TOKEN_WORD});
}

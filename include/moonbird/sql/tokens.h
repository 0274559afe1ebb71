/* tokens.h -- the tokens of SQL text, for callers that change a part of it. */
#ifndef MOONBIRD_SQL_TOKENS_H
#define MOONBIRD_SQL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes `from` to `to` - 1 of the text. */
typedef struct mb_sql_token {
    size_t from, to;
    bool word; /* a keyword or a name without quotes */
} mb_sql_token;

/*
 * Calls `each` for the tokens of the text in their order, without white space and comments.  Names
 * and strings are one token each, with their quotes.  Numbers, operators and other marks are a
 * token for each byte.  `each` may leave with longjmp.
 */
void mb_sql_tokens(const char *sql, size_t len,
                   void (*each)(void *arg, const mb_sql_token *token), void *arg);

#endif

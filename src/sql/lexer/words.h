/* words.h -- the significant tokens of one statement, read as a small parser reads them. */
#ifndef MOONBIRD_SQL_WORDS_H
#define MOONBIRD_SQL_WORDS_H

#include "lexer.h"

typedef struct mb_words {
    mb_reader in;
    mb_lexer lexer;
    mb_token token; /* the current one; MB_TOKEN_END at the end */
} mb_words;

/* Starts at the first token.  Points into itself: do not copy. */
void mb_words_of(mb_words *words, const char *sql, size_t len);
void mb_words_step(mb_words *words);

bool mb_words_at(const mb_words *words, const char *word);
bool mb_words_at_mark(const mb_words *words, char mark); /* "." "=" "*" ... */

/* Step over the word, the words (separated by a blank), or the mark if it is there. */
bool mb_words_take(mb_words *words, const char *word);
bool mb_words_take_mark(mb_words *words, char mark);

/* Step over a parenthesised list, if one is there. */
void mb_words_skip_list(mb_words *words);

/*
 * Step over `name`, `schema.name` or `database.schema.name`, and give the last
 * two parts as the server sees them: unquoted, folded, cut.  NULL: not wanted.
 */
bool mb_words_take_name(mb_words *words, char schema[64], char name[64]);

#endif

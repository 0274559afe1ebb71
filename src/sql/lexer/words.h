/* words.h -- the tokens of one statement without white space and comments, for small parsers. */
#ifndef MOONBIRD_SQL_LEXER_WORDS_H
#define MOONBIRD_SQL_LEXER_WORDS_H

#include "lexer.h"

typedef struct mb_words {
    mb_reader in;
    mb_lexer lexer;
    mb_token token; /* the current token; MB_TOKEN_END at the end */
} mb_words;

/*
 * Starts at the first token of `sql`, which is borrowed.  *words points into itself: do not copy
 * it.
 */
void mb_words_of(mb_words *words, const char *sql, size_t len);
void mb_words_step(mb_words *words); /* to the next token */

/* Is the current token this word (in lower case), or this mark: "." "=" "*" ...? */
bool mb_words_at(const mb_words *words, const char *word);
bool mb_words_at_mark(const mb_words *words, char mark);

/* Steps over the word or the mark if it is the current token; false if it is not. */
bool mb_words_accept(mb_words *words, const char *word);
bool mb_words_accept_mark(mb_words *words, char mark);

/* The one of these words (ends with NULL) that is the current token; NULL: it is none of them. */
const char *mb_words_at_any(const mb_words *words, const char *const *list);
const char *mb_words_accept_any(mb_words *words, const char *const *list); /* also steps over it */

/*
 * The inside of the string constant that is the current token, borrowed and not decoded: for 'a',
 * E'a', U&'a' and $tag$a$tag$ it is "a".  NULL: the token is not a string.
 */
const char *mb_words_string(const mb_words *words, size_t *len);

/* The inside of a string constant; for any other token, the token itself. */
const char *mb_words_text(const mb_words *words, size_t *len);

/* Steps over a list in parentheses, if one begins here. */
void mb_words_skip_list(mb_words *words);

/*
 * Steps over `name`, `schema.name` or `database.schema.name`, and gives the last two parts as the
 * server reads them: unquoted, folded, cut to 63 bytes; "" for no schema.  Either may be NULL.
 * False: the current token is not a name, and the parts are not set.
 */
bool mb_words_read_name(mb_words *words, char schema[64], char name[64]);

#endif

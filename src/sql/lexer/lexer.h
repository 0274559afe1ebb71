/*
 * lexer.h -- the tokens of SQL text, by the rules of psqlscan.l.
 *
 * Tokens are coarse: numbers, each byte of an operator and other marks are MB_TOKEN_OTHER, since no
 * caller needs more.  White space and comments are tokens too: all tokens together are the text.
 */
#ifndef MOONBIRD_SQL_LEXER_LEXER_H
#define MOONBIRD_SQL_LEXER_LEXER_H

#include "reader.h"

typedef enum mb_token_kind {
    MB_TOKEN_END,
    MB_TOKEN_SPACE,
    MB_TOKEN_LINE_COMMENT, /* without its newline */
    MB_TOKEN_BLOCK_COMMENT,
    MB_TOKEN_WORD,   /* keyword or plain identifier */
    MB_TOKEN_NAME,   /* "identifier", U&"identifier" */
    MB_TOKEN_STRING, /* '...' with its prefix, one piece of it */
    MB_TOKEN_DOLLAR, /* $tag$...$tag$ */
    MB_TOKEN_SEMICOLON,
    MB_TOKEN_OPEN,
    MB_TOKEN_CLOSE,
    MB_TOKEN_BACKSLASH,
    MB_TOKEN_OTHER,
} mb_token_kind;

typedef struct mb_token {
    mb_token_kind kind;
    size_t from, to; /* offsets into the reader's window */
    bool newline; /* SPACE: it contains a line end */
    bool open;    /* a quote or comment that the text ends inside */
} mb_token;

typedef enum mb_quote_rule {
    MB_QUOTE_NONE,
    MB_QUOTE_PLAIN,
    MB_QUOTE_ESCAPES, /* a backslash takes the next byte */
} mb_quote_rule;

typedef struct mb_lexer {
    mb_reader *in;
    bool standard_strings; /* standard_conforming_strings: a backslash in '...' is not an escape */
    mb_quote_rule before;  /* of the last string, which a quote after a newline continues */
    bool newline;          /* a line end was read since that string */
} mb_lexer;

/* Reads the token at an offset.  Tokens must be read in order. */
void mb_lex(mb_lexer *lexer, size_t from, mb_token *out);

bool mb_token_is_gap(mb_token_kind kind); /* is it white space or a comment? */

/* Is the token this word, in upper or lower case?  `word` is given in lower case, and ASCII. */
bool mb_token_is(const mb_reader *in, const mb_token *token, const char *word);

#endif

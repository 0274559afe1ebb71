/* text.h -- UTF-8, and places in a text. */
#ifndef MOONBIRD_SQL_LEXER_TEXT_H
#define MOONBIRD_SQL_LEXER_TEXT_H

#include "moonbird/base/error.h"

typedef struct mb_place {
    int line, column; /* from 1; columns count characters */
} mb_place;

/* Moves a place over `len` bytes of text. */
void mb_place_pass(mb_place *place, const char *text, size_t len);

/* The error for the invalid byte at `text` (MB_ERR_FILE), without a place.  Returns false. */
bool mb_text_fail(mb_error *err, const char *text);

/*
 * *skip is the length of a byte order mark at the head.  MB_ERR_FILE: UTF-16, with a mark or by its
 * NUL bytes.
 */
MB_MUST_CHECK bool mb_text_bom(const char *text, size_t len, size_t *skip, mb_error *err);

/* The length of the whole characters in the first `room` bytes of a text. */
size_t mb_text_cut(const char *text, size_t len, size_t room);

#endif

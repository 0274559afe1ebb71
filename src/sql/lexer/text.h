/* text.h -- UTF-8 and places in it. */
#ifndef MOONBIRD_SQL_TEXT_H
#define MOONBIRD_SQL_TEXT_H

#include "moonbird/base/error.h"

typedef struct mb_place {
    int line, column; /* from 1; columns count characters */
} mb_place;

/* Move a place over `len` bytes of text. */
void mb_place_pass(mb_place *place, const char *text, size_t len);

/* The sentence for the bad byte at `text`; false, without a place. */
bool mb_text_fail(mb_error *err, const char *text);

/* A byte order mark at the head: its length, and UTF-16 (also by its NUL bytes) is an error. */
MB_MUST_CHECK bool mb_text_bom(const char *text, size_t len, size_t *skip, mb_error *err);

/* Bytes of the whole characters in the first `room` bytes of a text. */
size_t mb_text_cut(const char *text, size_t len, size_t room);

#endif

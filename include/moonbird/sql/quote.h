/* quote.h -- identifiers and literals in SQL text, valid under any settings of the session. */
#ifndef MOONBIRD_SQL_QUOTE_H
#define MOONBIRD_SQL_QUOTE_H

#include "moonbird/base/buf.h"

/* Appends an identifier, always in double quotes. */
void mb_quote_identifier(mb_buf *out, const char *name);

/*
 * Appends a literal; NULL, without quotes, for a NULL `text`.  A text with a backslash becomes
 * E'...', so that standard_conforming_strings does not matter.
 */
void mb_quote_literal(mb_buf *out, const char *text);
void mb_quote_literal_len(mb_buf *out, const char *text, size_t len);

/* Appends a text as an element of an array or a field of a composite, always in double quotes. */
void mb_quote_element(mb_buf *out, const char *text, size_t len);

/* Appends `t` or `schema.t`, each part quoted as it is. */
void mb_quote_relation(mb_buf *out, const char *name);

#endif

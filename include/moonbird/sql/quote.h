/* quote.h -- identifiers and literals in SQL text, right for any setting of the session. */
#ifndef MOONBIRD_QUOTE_H
#define MOONBIRD_QUOTE_H

#include "moonbird/base/buf.h"

void mb_quote_identifier(mb_buf *out, const char *name); /* always in double quotes */

/*
 * E'' form where a backslash is inside, so that standard_conforming_strings does not matter; NULL
 * is NULL.
 */
void mb_quote_literal(mb_buf *out, const char *text);
void mb_quote_literal_len(mb_buf *out, const char *text, size_t len);

/* `t` or `schema.t`, each part taken literally and quoted. */
void mb_quote_relation(mb_buf *out, const char *name);

#endif

/*
 * sum.h -- the canonical form of a script, as it goes into a hash.
 *
 * Of a statement: its tokens with one space where white space or comments
 * stood, literals as they are but for CRLF, then `;`.  Of COPY data: its lines,
 * then `\.`.  Reading again with other line ends, comments or indentation
 * gives the same form; anything else gives another.
 */
#ifndef MOONBIRD_SQL_SUM_H
#define MOONBIRD_SQL_SUM_H

#include "moonbird/base/buf.h"
#include "moonbird/base/hash.h"

typedef struct mb_canon {
    mb_hash *stmts;
    mb_buf head; /* the directives, a line each */
} mb_canon;

void mb_canon_start(mb_canon *canon);
void mb_canon_free(mb_canon *canon);

/* Bytes with CRLF as LF; no piece ends between the two. */
void mb_canon_text(mb_canon *canon, const char *text, size_t len);
void mb_canon_mark(mb_canon *canon, const char *mark); /* as it is */

/* What a directive says (no blank at its end), runs of blanks as one. */
void mb_canon_directive(mb_canon *canon, const char *text, size_t len);

void mb_canon_stmts_sum(const mb_canon *canon, char hex[MB_HASH_HEX]);
void mb_canon_sum(const mb_canon *canon, char hex[MB_HASH_HEX]);

#endif

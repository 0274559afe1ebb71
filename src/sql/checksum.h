/*
 * checksum.h -- the normalized form of a script, as it goes into a checksum.
 *
 * A statement is its tokens, with one space for any white space and comments between them and with
 * CRLF as LF in literals, then ";".  COPY data is its lines, then "\.".  A script with other line
 * ends, comments or indentation has the same form; any other change gives another form.
 */
#ifndef MOONBIRD_SQL_CHECKSUM_H
#define MOONBIRD_SQL_CHECKSUM_H

#include "moonbird/base/buf.h"
#include "moonbird/base/hash.h"

typedef struct mb_normalizer {
    mb_hash *stmts; /* of the statements; NULL: not wanted */
    mb_buf head;    /* the directives, a line each */
} mb_normalizer;

/* Begins with nothing read; the caller frees it with mb_normalizer_free. */
void mb_normalizer_start(mb_normalizer *to);
void mb_normalizer_free(mb_normalizer *to);

/* Adds nothing from now on: no checksum will be asked for. */
void mb_normalizer_stop(mb_normalizer *to);

/* Adds a piece of a statement, with CRLF as LF.  A piece never ends between CR and LF. */
void mb_normalizer_text(mb_normalizer *to, const char *text, size_t len);

/* Adds a mark unchanged: a space, a semicolon. */
void mb_normalizer_mark(mb_normalizer *to, const char *mark);

/* Adds a directive's text (without a blank at its end), with each run of blanks as one. */
void mb_normalizer_directive(mb_normalizer *to, const char *text, size_t len);

/* The checksum of the statements so far; then of the directives and the statements. */
void mb_normalizer_statements(const mb_normalizer *to, char hex[MB_HASH_HEX]);
void mb_normalizer_whole(const mb_normalizer *to, char hex[MB_HASH_HEX]);

#endif

/*
 * parse.h -- SQL read with PostgreSQL's own grammar, which libpg_query contains.
 *
 * The grammar is that of one major version.  A statement that only another version has cannot be
 * parsed; what must hold for every version uses the lexer alone (moonbird/sql).
 */
#ifndef MOONBIRD_PARSE_PARSE_H
#define MOONBIRD_PARSE_PARSE_H

#include "moonbird/base/buf.h"

enum { MB_PARSE_LONGEST = 1 << 20 }; /* bytes of the longest statement that is parsed */

/*
 * Appends the parse tree of the statements in `sql` to *out, as JSON: the fields of the structs in
 * PostgreSQL's parsenodes.h, without those that are zero; a `location` is a byte in `sql`, from 0.
 * MB_ERR_FILE: it cannot be parsed, or it is longer than MB_PARSE_LONGEST; err->position is the
 * character.
 */
MB_MUST_CHECK bool mb_parse(mb_buf *out, const char *sql, mb_error *err);

/* The major version of PostgreSQL that has this grammar. */
int mb_parse_version(void);

#endif

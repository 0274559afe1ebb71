/* comment.h -- line comments that have a meaning; `text` begins with their two dashes. */
#ifndef MOONBIRD_SQL_LEXER_COMMENT_H
#define MOONBIRD_SQL_LEXER_COMMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Is it `--> statement-breakpoint`, the way Drizzle writes and finds it? */
bool mb_comment_is_breakpoint(const char *text, size_t len);

/*
 * Text behind `--> statement-breakpoint` on its line, anywhere in a line comment: Drizzle splits
 * there and runs it.  A further comment is no such text.  NULL: there is none.
 */
const char *mb_comment_behind_breakpoint(const char *text, size_t len);

/*
 * Does the comment have only `word`, in any case, with blanks around it?  `word` is in lower case.
 */
bool mb_comment_is(const char *text, size_t len, const char *word);

/*
 * The part of `-- moonbird: ...` after the colon, without blanks around it; NULL for another
 * comment.
 */
const char *mb_comment_directive(const char *text, size_t len, size_t *rest_len);

/* The text of a comment `-- expect: ...`, also in capitals. */
const char *mb_comment_expectation(const char *text, size_t len, size_t *rest_len);

/*
 * The text after "expect", "expects", "expected", "expecting" or "expectation" at the beginning of a
 * comment, with or without a colon or "=", also behind a mark such as "*" or "@"; NULL for another
 * comment.  `text` may also begin with the slash of a whole block comment.
 */
const char *mb_comment_near_expectation(const char *text, size_t len, size_t *rest_len);

/* Is a directive's part the `down` between the up and the down section? */
bool mb_directive_is_down(const char *rest, size_t len);

/*
 * Does the directive count for the checksum? "empty=..." does not: a file that was applied without
 * statements may get it later.
 */
bool mb_directive_counts(const char *rest, size_t len);

#endif

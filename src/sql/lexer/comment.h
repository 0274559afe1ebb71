/* comment.h -- the line comments that mean something. */
#ifndef MOONBIRD_SQL_COMMENT_H
#define MOONBIRD_SQL_COMMENT_H

#include <stdbool.h>
#include <stddef.h>

/* `--> statement-breakpoint`, as Drizzle writes and looks for it. */
bool mb_comment_is_breakpoint(const char *text, size_t len);

/*
 * `-- moonbird: ...`: what stands after the colon, without blanks round it;
 * NULL for any other comment.
 */
const char *mb_comment_directive(const char *text, size_t len, size_t *rest_len);

/* Is that text the `down` which parts the sections? */
bool mb_directive_is_down(const char *rest, size_t len);

#endif

/*
 * fragment.h -- SQL that becomes a part of a larger statement: a condition, an assignment, a query.
 */
#ifndef MOONBIRD_SQL_FRAGMENT_H
#define MOONBIRD_SQL_FRAGMENT_H

#include <stddef.h>

/* The greatest n of a $n in the text, outside of strings, quoted names and comments; 0 for none. */
size_t mb_sql_positional_parameters(const char *sql);

/*
 * What the text contains that would change the meaning of the statement around it, such as
 * "a semicolon"; NULL: nothing.  Its parentheses, quotes and comments must all be closed; a
 * comment with two dashes may end the text, so a newline must follow.
 */
const char *mb_sql_fragment_flaw(const char *sql);

#endif

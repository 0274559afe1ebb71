/* positional_parameters.h -- the parameters $1, $2 in SQL text. */
#ifndef MOONBIRD_SQL_POSITIONAL_PARAMETERS_H
#define MOONBIRD_SQL_POSITIONAL_PARAMETERS_H

#include <stddef.h>

/* The greatest n of a $n in the text, outside of strings, quoted names and comments; 0 for none. */
size_t mb_sql_positional_parameters(const char *sql);

#endif

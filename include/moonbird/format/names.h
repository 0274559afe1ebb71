/* names.h -- the parts of a file's name: its role, its migration, its number. */
#ifndef MOONBIRD_FORMAT_NAMES_H
#define MOONBIRD_FORMAT_NAMES_H

#include "moonbird/base/error.h"

#include <stdbool.h>

/* `name` without `end`, with which it must end.  The caller frees it. */
char *mb_name_without(const char *name, const char *end);

/* True for a name that ends in .sql or .lua, in upper or lower case. */
bool mb_name_is_script(const char *file);

typedef enum mb_role { MB_ROLE_NONE, MB_ROLE_MIGRATION, MB_ROLE_ROLLBACK } mb_role;

/* The role of a file.  *name: its migration, which the caller frees; not set for MB_ROLE_NONE. */
mb_role mb_role_of(const char *file, char **name);

/* The leading digits without leading zeros; "" when there are none.  The caller frees them. */
char *mb_number_of(const char *name);

/* Compares the leading numbers, of any length, as strcmp; a name without a number comes last. */
int mb_compare_numbers(const char *a, const char *b);

/*
 * Sets the error for a migration `name` that has the two files `a` and `b` for one purpose; `what`
 * names the purpose in the plural.  Returns false.
 */
bool mb_fail_two_files(mb_error *err, const char *what, const char *name, const char *a,
                       const char *b);

#endif

/* names.h -- what the name of a file says: its role, its migration, its number. */
#ifndef MOONBIRD_MIGRATE_NAMES_H
#define MOONBIRD_MIGRATE_NAMES_H

#include "moonbird/base/error.h"

#include <stdbool.h>

/* The name without the end that it has; the caller frees. */
char *mb_name_without(const char *name, const char *end);

typedef enum mb_role { MB_ROLE_NONE, MB_ROLE_MIGRATION, MB_ROLE_ROLLBACK } mb_role;

/* What a file is, and the name of the migration that it belongs to, which the caller frees. */
mb_role mb_role_of(const char *file, char **name);

/* The leading digits, without zeros in front; the caller frees. */
char *mb_number_of(const char *name);

/* By those digits, of any length; a name without any comes last. */
int mb_compare_numbers(const char *a, const char *b);

/* The error for a migration with two files of one purpose, `what` in the plural; always false. */
bool mb_fail_twins(mb_error *err, const char *what, const char *name, const char *a, const char *b);

#endif

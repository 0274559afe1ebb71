/*
 * temporary.h -- the temporary tables that statements make, and which later statement names them.
 */
#ifndef MOONBIRD_SQL_TEMPORARY_H
#define MOONBIRD_SQL_TEMPORARY_H

#include "moonbird/sql/statement.h"

/* The names of temporary tables, views and sequences, owned.  { 0 } is empty. */
typedef struct mb_temporary {
    char **names;
    size_t n;
} mb_temporary;

/* Adds the name that a CREATE TEMPORARY makes, if it stays until the session ends. */
void mb_temporary_note(mb_temporary *t, const mb_stmt *stmt);

/*
 * The first of the names that occurs anywhere in the statement's text without a schema; borrowed.
 * NULL: none does.
 */
const char *mb_temporary_named(const mb_temporary *t, const mb_stmt *stmt);

void mb_temporary_free(mb_temporary *t); /* leaves it empty */

#endif

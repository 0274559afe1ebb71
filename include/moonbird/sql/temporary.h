/*
 * temporary.h -- objects that end with the session: which statement makes one, and which later
 * statement uses it.
 */
#ifndef MOONBIRD_SQL_TEMPORARY_H
#define MOONBIRD_SQL_TEMPORARY_H

#include "moonbird/sql/statement.h"

typedef struct mb_temporary_object {
    char *kind; /* as messages call it: "temporary table", "cursor", "prepared statement", ... */
    char *name;
} mb_temporary_object;

/*
 * Temporary tables and other relations, types, held cursors, prepared statements.  { 0 } is empty.
 */
typedef struct mb_temporary {
    mb_temporary_object *items;
    size_t n;
} mb_temporary;

/*
 * Adds the object that the statement makes, if it stays until the session ends: CREATE TEMPORARY,
 * also in a DO block; an object in pg_temp; SELECT INTO TEMPORARY; DECLARE WITH HOLD; PREPARE.
 * Removes objects that the statement drops, closes or discards, and follows a RENAME.
 */
void mb_temporary_note(mb_temporary *t, const mb_stmt *stmt);

/*
 * The first of the objects that the statement names, perhaps in the body of a function, without a
 * schema or in pg_temp; borrowed.  NULL: it names none.
 */
const mb_temporary_object *mb_temporary_named(const mb_temporary *t, const mb_stmt *stmt);

void mb_temporary_free(mb_temporary *t); /* leaves it empty */

#endif

/* temporary.h -- the temporary tables that statements make, by their text, and who names them later. */
#ifndef MOONBIRD_TEMPORARY_H
#define MOONBIRD_TEMPORARY_H

#include "moonbird/sql/script.h"

typedef struct mb_temporary {
    char **names;
    size_t n;
} mb_temporary;

/* Keep the name that the statement makes with CREATE TEMPORARY, if it does, to stay until the session ends. */
void mb_temporary_note(mb_temporary *t, const mb_stmt *stmt);

/* The first of the names that the statement has anywhere in its text without a schema; or NULL. */
const char *mb_temporary_named(const mb_temporary *t, const mb_stmt *stmt);

void mb_temporary_free(mb_temporary *t);

#endif

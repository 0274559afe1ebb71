/*
 * foreign.h -- what another tool's history lists.
 *
 * The tool's own table is read as it is: plain columns of built-in types, so that nothing of its
 * owner's is called.
 */
#ifndef MOONBIRD_MIGRATE_FOREIGN_H
#define MOONBIRD_MIGRATE_FOREIGN_H

#include "moonbird/ledger.h"

typedef struct mb_listed {
    char *key;     /* a version, name or file; NULL: none */
    char *hash;    /* Drizzle: SHA-256 of the file; NULL */
    int64_t when;  /* Drizzle: the journal's `when`; 0 */
    bool dirty;    /* golang-migrate: the key itself was not finished */
} mb_listed;

typedef struct mb_foreign {
    char *table;      /* as it is shown; NULL: no other tool's history, or one that cannot be compared */
    bool up_to;       /* its one row stands for all numbers up to it */
    mb_listed *items;
    size_t n;
} mb_foreign;

MB_MUST_CHECK bool mb_foreign_read(mb_foreign *out, mb_conn *conn, mb_error *err);
void mb_foreign_free(mb_foreign *foreign);

/* Is the migration among them? */
bool mb_foreign_lists(const mb_foreign *foreign, const mb_migration *m);

#endif

/*
 * journal.h -- Drizzle's meta/_journal.json: which migrations there are, in order.
 *
 * The array's order rules (drizzle-orm, migrator.ts); idx is not looked at, and `when`
 * only to find an entry in Drizzle's own table.
 */
#ifndef MOONBIRD_MIGRATE_JOURNAL_H
#define MOONBIRD_MIGRATE_JOURNAL_H

#include "moonbird/os/file.h"

#include <stdint.h>

typedef struct mb_journal {
    bool found;
    mb_names tags;  /* of its entries, in order */
    int64_t *when;  /* of each, the time of generation in milliseconds; 0 where it does not say */
    char **sorted;  /* the tags by text, borrowed */
} mb_journal;

/* out->found is false where there is no such file. */
MB_MUST_CHECK bool mb_journal_read(mb_journal *out, const char *path, const char *shown,
                                   mb_error *err);
void mb_journal_free(mb_journal *journal);

#endif

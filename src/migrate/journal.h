/*
 * journal.h -- Drizzle's meta/_journal.json: which migrations there are, in order.
 *
 * The array's order rules (drizzle-orm, migrator.ts); idx and when are not looked at.
 */
#ifndef MOONBIRD_MIGRATE_JOURNAL_H
#define MOONBIRD_MIGRATE_JOURNAL_H

#include "moonbird/file.h"

/*
 * The tags of its entries, in order, and the same pointers sorted by text (the
 * caller frees the array); *found is false where there is no such file.
 */
MB_MUST_CHECK bool mb_journal_read(mb_names *tags, char ***sorted, bool *found, const char *path,
                                   const char *shown, mb_error *err);

#endif

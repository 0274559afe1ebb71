/* sums.h -- what reading the files of a folder gives. */
#ifndef MOONBIRD_MIGRATE_SUMS_H
#define MOONBIRD_MIGRATE_SUMS_H

#include "moonbird/format/migration.h"

/* `raw` and `down_section` of each, from its file in the open folder `dir`. */
MB_MUST_CHECK bool mb_sums_read(mb_migration *items, size_t n, int dir, mb_error *err);

#endif

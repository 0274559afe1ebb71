/* declared_backfill.h -- the declaration of a backfill, beyond the script that has it. */
#ifndef MOONBIRD_PROJECT_DECLARED_BACKFILL_H
#define MOONBIRD_PROJECT_DECLARED_BACKFILL_H

#include "moonbird/project/host.h"

/* The copy owns its strings, and mb_declared_backfill_free frees them, not the struct. */
void mb_declared_backfill_copy(mb_declared_backfill *out, const mb_declared_backfill *from);
void mb_declared_backfill_free(mb_declared_backfill *declared);

#endif

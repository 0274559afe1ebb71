/* declared.h -- the declaration of a backfill, beyond the script that has it. */
#ifndef MOONBIRD_PROJECT_DECLARED_H
#define MOONBIRD_PROJECT_DECLARED_H

#include "moonbird/project/host.h"

/* The copy owns its strings, and mb_declared_free frees them, not the struct. */
void mb_declared_copy(mb_declared *out, const mb_declared *from);
void mb_declared_free(mb_declared *declared);

#endif

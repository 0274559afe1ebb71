/* half_done.h -- the ways on from a migration that is half applied or half rolled back. */
#ifndef MOONBIRD_MIGRATE_HALF_DONE_H
#define MOONBIRD_MIGRATE_HALF_DONE_H

#include "moonbird/project/plan.h"

/* A hint with every way out of the row's state, and what each does not undo; returns false. */
bool mb_hint_ways_out(mb_error *err, const mb_row *row);

/* The same where it cannot be finished as it is.  `first`: "restore the file, then run ". */
bool mb_hint_ways_out_after(mb_error *err, const mb_row *row, const char *first);

/* The hint that `moonbird up`, or what its stream and direction need, goes on with it; returns false. */
bool mb_hint_goes_on(mb_error *err, mb_stream stream, mb_direction direction, const char *name);

#endif

/* cut_into_chunks.h -- private header of the folder. */
#ifndef MOONBIRD_BACKFILL_RECORDS_CUT_INTO_CHUNKS_H
#define MOONBIRD_BACKFILL_RECORDS_CUT_INTO_CHUNKS_H

#include "backfill/worker.h"

/* Divides the table into chunks.  The `high` of the last one is the upper bound of the backfill. */
MB_MUST_CHECK bool mb_chunks_cut(mb_worker *worker, mb_error *err);

#endif

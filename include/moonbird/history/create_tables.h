/* create_tables.h -- create the tables of the history, or bring them to the current layout. */
#ifndef MOONBIRD_HISTORY_CREATE_TABLES_H
#define MOONBIRD_HISTORY_CREATE_TABLES_H

#include "moonbird/history/history.h"
#include "moonbird/pg/round_trip.h"

/*
 * Call before a change: create the parts of the history that by->history lacks, in a separate
 * transaction: the schema, the tables, or the additions of a newer version; the tables of steps and
 * backfills if the change needs them (`parts`). Existing parts are left out, so that a role without
 * the privilege to create can still run. Does nothing where by->history is NULL.
 */
MB_MUST_CHECK bool mb_history_need(const mb_writer *by, bool parts, mb_error *err);

/*
 * mb_history_need without `parts`, as statements of a round trip: *n of them, the last one being
 * COMMIT; 0 where nothing is missing. The caller calls mb_history_created after the COMMIT.
 */
MB_MUST_CHECK bool mb_history_create_in(mb_round_trip *trip, const mb_writer *by, size_t *n,
                                        mb_error *err);

/* Note in *history that mb_history_need or mb_history_create_in created the tables. */
void mb_history_created(mb_history *history, bool parts);

#endif

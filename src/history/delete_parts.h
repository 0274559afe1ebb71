/*
 * delete_parts.h -- SQL that deletes the steps and backfills of a migration.
 *
 * Their foreign keys have ON DELETE CASCADE. That is a trigger, and a session whose
 * session_replication_role is replica runs no triggers: a step that is still recorded would be
 * skipped when the migration runs again. So each statement that ends a row also deletes the rows
 * that belong to it.
 */
#ifndef MOONBIRD_HISTORY_DELETE_PARTS_H
#define MOONBIRD_HISTORY_DELETE_PARTS_H

#include "moonbird/pg/qualified.h"

/*
 * Items of a WITH. `of`: the condition that the parts match, in the columns stream, migration and
 * direction that steps and backfills have.
 */
#define MB_DELETE_PARTS(of)                                                                        \
    "step AS (DELETE FROM $S.steps WHERE " of "),"                                                 \
    " backfill AS (DELETE FROM $S.backfills WHERE " of " RETURNING id),"                           \
    " chunk AS (DELETE FROM $S.chunks WHERE backfill" MB_EQ "ANY (SELECT id FROM backfill)),"      \
    " reject AS (DELETE FROM $S.rejects WHERE backfill" MB_EQ "ANY (SELECT id FROM backfill))"

/* The same behind `WITH row AS (...)`: the parts of migration $1/$2, if that returned a row. */
#define MB_DELETE_PARTS_OF_ROW                                                                     \
    ", " MB_DELETE_PARTS("EXISTS (SELECT FROM row) AND stream" MB_EQ "$1 AND migration" MB_EQ "$"  \
                                                                                              "2")

#endif

/*
 * mirror.h -- the history of another migration tool, which follows moonbird's.
 *
 * Each change of a row of the auto stream changes the tool's own row in the same transaction, so
 * that the tool finds nothing to do.  Lua migrations, and others that the tool does not run, have
 * no row there.
 */
#ifndef MOONBIRD_FOREIGN_MIRROR_H
#define MOONBIRD_FOREIGN_MIRROR_H

#include "moonbird/foreign/tool_lock.h"
#include "moonbird/project/loaded.h"

typedef struct mb_mirror mb_mirror;

/*
 * Compares both histories.  The project must be loaded, and `status` must stay as it is.  The
 * caller frees *out with mb_mirror_free; NULL: `tool` is NULL, so there is no mirror. MB_ERR_USAGE,
 * MB_ERR_POLICY: as mb_compare_tool.
 */
MB_MUST_CHECK bool mb_mirror_open(mb_mirror **out, const mb_project *project, const char *tool,
                                  mb_error *err);
void mb_mirror_free(mb_mirror *mirror);

/*
 * Takes the lock of the tool that follows; `tool` NULL: of the tool whose format the folder has, if
 * its history is in the database.  `request` has the rest: its conn, tool and table are not read.
 * *out is NULL if there is no such tool, or it has no lock.
 */
MB_MUST_CHECK bool mb_mirror_lock(mb_tool_lock **out, const mb_project *project, const char *tool,
                                  const mb_tool_lock_request *request, mb_error *err);

/*
 * Refuses, with MB_ERR_POLICY and the name of a migration, steps that do not fit the tool's history,
 * and two histories that already differ.  NULL is no mirror.
 */
MB_MUST_CHECK bool mb_mirror_check(const mb_mirror *mirror, const mb_plan *plan, mb_error *err);

/*
 * mb_mirror_check for a command that runs no migration, such as mark: it adds or removes the rows of
 * these migrations only, and for them the two histories may differ before it.
 */
MB_MUST_CHECK bool mb_mirror_check_amend(const mb_mirror *mirror, const mb_item *const *items,
                                         size_t n, mb_direction direction, mb_error *err);

/* The tool's table, quoted, with its schema. */
const char *mb_mirror_table(const mb_mirror *mirror);

/* Does the tool's history list nothing at all, whether or not it has a file? */
bool mb_mirror_is_empty(const mb_mirror *mirror);

/*
 * Has the tool applied migrations that moonbird has not recorded?  False if it only counts them as
 * applied, because it keeps one number.
 */
bool mb_mirror_is_ahead(const mb_mirror *mirror);

/*
 * Do the two histories agree about a migration?  false (MB_ERR_POLICY, with its name): they do not.
 * It is no difference if the tool has applied it and the next `up` records it.
 */
MB_MUST_CHECK bool mb_mirror_agrees(const mb_mirror *mirror, const mb_item *item, mb_error *err);

/* Does the migration have a row there, or will it get one? */
bool mb_mirror_has(const mb_mirror *mirror, const mb_item *item);

/* Does the tool's history list it, as it was read? */
bool mb_mirror_lists(const mb_mirror *mirror, const mb_item *item);

/*
 * At the beginning of the transaction that runs a migration: locks the tool's table, so that the
 * tool waits, and checks that the tool has not recorded the migration since.
 */
MB_MUST_CHECK bool mb_mirror_begin(mb_mirror *mirror, const mb_item *item,
                                   mb_direction direction, mb_error *err);

/*
 * In the transaction that changes moonbird's row: writes the tool's row of a migration that was
 * applied, or removes that of one that was rolled back.  `at`: when it was applied, in ISO 8601;
 * NULL: now.
 */
MB_MUST_CHECK bool mb_mirror_record(mb_mirror *mirror, const mb_item *item,
                                    mb_direction direction, const char *at, mb_error *err);

/* The next mb_mirror_record is in a transaction that did not call mb_mirror_begin.  NULL is allowed. */
void mb_mirror_begin_apart(mb_mirror *mirror);

/* Writes the checksum of the changed file to the tool's row. */
MB_MUST_CHECK bool mb_mirror_repair(const mb_mirror *mirror, const mb_item *item, mb_error *err);

#endif

/*
 * foreign.h -- migrations compared with what another tool's history lists.
 *
 * The tool's own table is read as it is: plain columns of built-in types, so that nothing of its
 * owner's is called.
 */
#ifndef MOONBIRD_MIGRATE_FOREIGN_H
#define MOONBIRD_MIGRATE_FOREIGN_H

#include "moonbird/project/reporter.h"
#include "moonbird/project/project.h"

/*
 * Refuses (MB_ERR_POLICY) items, which have files, that another tool's history does not list: a
 * tool may have skipped a migration before one that it applied. `force`: they pass. What the
 * history lists goes to the reporter (NULL: nobody) where nothing is refused.
 */
MB_MUST_CHECK bool mb_foreign_check(const mb_item *const *items, size_t n, bool force,
                                    const mb_reporter *reporter, mb_conn *conn, mb_error *err);

#endif

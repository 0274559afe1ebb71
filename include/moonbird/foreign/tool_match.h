/*
 * tool_match.h -- which row of another tool's history belongs to which file.
 */
#ifndef MOONBIRD_FOREIGN_TOOL_MATCH_H
#define MOONBIRD_FOREIGN_TOOL_MATCH_H

#include "moonbird/project/status.h"
#include "moonbird/foreign/tool_history.h"

/*
 * For each item of the status, the row that lists its file; NULL: no row does.  A row can list
 * several files.  The rows are borrowed from the history; the caller frees the array.
 */
const mb_tool_row **mb_tool_match(const mb_status *status, const mb_tool_history *f);

/* Does the row's key name this file?  False for a row without a key. */
bool mb_tool_row_names(const mb_tool_row *row, const mb_migration *m);

/*
 * Before the history is written.  false (MB_ERR_POLICY): moonbird cannot read a row, or a row
 * without a file says that the tool began its migration and did not finish it.
 */
MB_MUST_CHECK bool mb_tool_history_check(const mb_tool_history *f, const mb_status *status,
                                         mb_error *err);

/*
 * Before rows of the tool count as moonbird's own.  false (MB_ERR_FILE): a row has a number that two
 * files have, at least one of which moonbird has not recorded, so that nobody knows which one ran.
 */
MB_MUST_CHECK bool mb_tool_history_check_shared(const mb_tool_history *f, const mb_status *status,
                                                mb_error *err);

/* Does the row that lists this file say that the tool began it and did not finish it? */
bool mb_tool_row_is_half(const mb_tool_row *row, const mb_migration *m);

#endif

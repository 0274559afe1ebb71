/*
 * tool_sum.h -- the checksums that other migration tools keep, compared with the files.
 */
#ifndef MOONBIRD_FOREIGN_TOOL_SUM_H
#define MOONBIRD_FOREIGN_TOOL_SUM_H

#include "moonbird/foreign/tool_history.h"
#include "moonbird/project/loaded.h"

/*
 * Has the file changed since the tool ran it, according to the checksum in the row?  Line ends and
 * a byte order mark do not count.  False if the row has no checksum, or the file cannot be read.
 */
bool mb_tool_row_is_changed(const mb_tool_row *row, mb_sum_kind kind, const mb_project *project,
                            const mb_migration *file);

#endif

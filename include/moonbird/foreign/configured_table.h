/*
 * configured_table.h -- the name of a tool's history, in variables and in the tool's own files.
 *
 * moonbird knows the default name only, except for Drizzle's.  With another name, the tool would find
 * its own table empty, and apply every migration again.
 */
#ifndef MOONBIRD_FOREIGN_CONFIGURED_TABLE_H
#define MOONBIRD_FOREIGN_CONFIGURED_TABLE_H

#include "moonbird/base/error.h"

/*
 * Refuses, with MB_ERR_USAGE and its place, a setting that names another table than the default.
 * `table`: the one that moonbird reads or writes, quoted, with its schema; NULL: there is none.
 * `folder`: of migrations; the tool's files are in the project, in this folder, or above it.
 */
MB_MUST_CHECK bool mb_check_configured_table(const char *tool, const char *table,
                                             const char *folder, mb_error *err);

#endif

/* rollback_name.h -- files that look like rollbacks, but whose names make them migrations. */
#ifndef MOONBIRD_FORMAT_NAMES_ROLLBACK_NAME_H
#define MOONBIRD_FORMAT_NAMES_ROLLBACK_NAME_H

#include "moonbird/format/format.h"
#include "format/tools/form.h"

/*
 * Refuses NAME-down.sql beside NAME-up.sql; down_NAME.sql beside up_NAME.sql; NAME.rollback.sql,
 * rollback_NAME.sql or NAME_rolback.sql beside NAME.sql; down.sql.  `file` is an SQL or Lua file.
 */
MB_MUST_CHECK bool mb_check_rollback_name(const mb_listing *l, const char *file, mb_error *err);

/*
 * mb_check_rollback_name for the migrations that a format of another tool lists, and the Lua files
 * between them, NULL for none.  Here a name in the form NAME.down.sql or NAME_rollback.sql is
 * refused, too: the format has taken the file for a migration.
 */
MB_MUST_CHECK bool mb_check_rollback_entries(const mb_entries *entries, const mb_entries *lua,
                                             const mb_listing *l, mb_error *err);

/*
 * Is NAME_rollback.sql in the folder a migration of another tool?  It is, if NAME.sql is not among
 * the folder's files, which are sorted, and the file has the annotations of a tool, which a rollback
 * of moonbird's own form does not have.
 */
bool mb_rollback_is_annotated(const char *folder, const mb_names *files, const char *file);

#endif

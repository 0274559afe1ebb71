/* repeatable.h -- migrations that run again when their contents change. */
#ifndef MOONBIRD_FORMAT_REPEATABLE_H
#define MOONBIRD_FORMAT_REPEATABLE_H

#include "moonbird/format/format.h"
#include "moonbird/format/migration.h"

/* The subfolder of a folder of migrations that has them, in every format. */
#define MB_REPEATABLE "repeatable"

/*
 * Adds the migrations in the subfolder of `folder`, a path below `root`: they run after the others,
 * in order of name, each after those that its SQL file `requires`.  Their names are
 * "repeatable/NAME".  An absent subfolder is fine.  MB_ERR_FILE: a file cannot be read, is a
 * rollback, or is not the only one of its name.
 */
MB_MUST_CHECK bool mb_repeatable_read(mb_files *files, const char *root, const char *folder,
                                      const mb_known_files *known, mb_error *err);

#endif

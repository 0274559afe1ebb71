/* environment.h -- which environment a database was changed under, and what its migrations ran. */
#ifndef MOONBIRD_HISTORY_ENVIRONMENT_H
#define MOONBIRD_HISTORY_ENVIRONMENT_H

#include "moonbird/history/history.h"

/*
 * The environment under which this database was last changed, and the server and database on which
 * that was recorded ("SYSTEM_IDENTIFIER/DATABASE_OID"). Both are owned by the caller; both are NULL
 * where nothing is recorded. `seen` is the history as mb_history_inspect or mb_history_load found
 * it.
 */
MB_MUST_CHECK bool mb_history_environment(char **name, char **server, mb_store in,
                                          const mb_history *seen, mb_error *err);
/* Record an event that the database belongs to by->environment. `server` has the form above. */
MB_MUST_CHECK bool mb_history_set_environment(const mb_writer *by, const char *server,
                                              mb_error *err);

/*
 * List the files that the script loaded in the run that applied the migration, and in the earlier
 * runs that this run resumed. *files has one "PATH SHA256" line for each load, oldest first, and is
 * owned by the caller; NULL where there are none. If a path occurs more than once, its last line
 * counts.
 */
MB_MUST_CHECK bool mb_history_loaded(char **files, mb_store in, mb_key key, mb_error *err);

/* Set *any if the history has an event of a repair, of any migration. */
MB_MUST_CHECK bool mb_history_repaired(bool *any, mb_store in, mb_error *err);

/*
 * Set *normalized to the normalized checksum of the contents that ran, where a repair has since
 * recorded another one; else to NULL. The caller owns it.
 */
MB_MUST_CHECK bool mb_history_ran(char **normalized, mb_store in, mb_key key, mb_error *err);

#endif

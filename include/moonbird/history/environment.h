/* environment.h -- events of the history that tell of the database, or of what a migration loaded. */
#ifndef MOONBIRD_HISTORY_ENVIRONMENT_H
#define MOONBIRD_HISTORY_ENVIRONMENT_H

#include "moonbird/history/history.h"

/* Under which environment the database was last changed, and where; NULL where it is not known. */
MB_MUST_CHECK bool mb_history_environment(char **name, char **server, mb_store in, mb_error *err);
MB_MUST_CHECK bool mb_history_set_environment(const mb_writer *by, const char *server,
                                              mb_error *err);

/*
 * The files that the run which applied the migration loaded, and those that it went on from: "PATH
 * SUM" lines, owned; or NULL.  Of the lines with one path the last one counts.
 */
MB_MUST_CHECK bool mb_history_loaded(char **files, mb_store in, mb_key key, mb_error *err);

/* Was any migration repaired there? */
MB_MUST_CHECK bool mb_history_repaired(bool *any, mb_store in, mb_error *err);

/* The canonical checksum of what ran, owned, where it was repaired since; else NULL. */
MB_MUST_CHECK bool mb_history_ran(char **canonical, mb_store in, mb_key key, mb_error *err);

#endif

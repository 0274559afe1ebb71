/* recorded_environment.h -- the environment under which the history says a database was changed. */
#ifndef MOONBIRD_HISTORY_RECORDED_ENVIRONMENT_H
#define MOONBIRD_HISTORY_RECORDED_ENVIRONMENT_H

#include "moonbird/history/history.h"

/*
 * The environment under which this database was last changed, and the server and database on which
 * that was recorded ("SYSTEM_IDENTIFIER/DATABASE_OID"). Both are owned by the caller; both are NULL
 * where nothing is recorded. `seen` is the history as mb_history_inspect or mb_history_load found
 * it; the answer is kept there, so that it is asked for once.
 */
MB_MUST_CHECK bool mb_history_environment(char **name, char **server, mb_store in,
                                          const mb_history *seen, mb_error *err);

/* mb_history_load in whose messages the history is also asked for the environment, if it may be. */
MB_MUST_CHECK bool mb_history_load_recorded(mb_history *out, mb_store in, mb_detail detail,
                                            mb_error *err);

/*
 * Record that the script or command `name` began, unless the history records an environment: then
 * *begun is false, and nothing is written.
 */
MB_MUST_CHECK bool mb_history_begin_without_environment(bool *begun, const mb_writer *by,
                                                        const char *name, mb_error *err);

/* Record an event that the database belongs to by->environment. `server` has the form above. */
MB_MUST_CHECK bool mb_history_set_environment(const mb_writer *by, const char *server,
                                              mb_error *err);

#endif

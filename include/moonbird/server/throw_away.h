/*
 * throw_away.h -- PostgreSQL servers for tests, which moonbird starts and removes itself.
 *
 * A throw-away server is a copy of a cached initdb without durability.  It is removed at exit, also
 * after SIGKILL: the next start removes those whose owner no longer holds its lock (flock).  It
 * listens on a Unix socket only, in a private folder with a short path.
 */
#ifndef MOONBIRD_SERVER_THROW_AWAY_H
#define MOONBIRD_SERVER_THROW_AWAY_H

#include "moonbird/base/error.h"

typedef struct mb_throw_away mb_throw_away;

/*
 * The role that initdb created. Sessions log in as "postgres", which is also a superuser until
 * mb_confinement_start.
 */
#define MB_SERVER_ROLE "moonbird_server"

/* Starts one.  It ends with mb_throw_away_stop, or when this process ends. */
MB_MUST_CHECK bool mb_throw_away_start(mb_throw_away **out, mb_error *err);
const char *mb_throw_away_conninfo(const mb_throw_away *server); /* without dbname; borrowed */
void mb_throw_away_stop(mb_throw_away *server); /* stops, deletes and frees; NULL is fine */

#endif

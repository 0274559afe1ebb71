/*
 * scratch.h -- scratch databases at a chosen version of the project, in which migrations are tried.
 *
 * A scratch database is a copy of a template.  Each version of the project has one template, which
 * is built once, from the nearest older one.  The databases are on a throw-away server or on a
 * given one, and mb_scratch_close drops them.
 *
 * Roles and tablespaces are not part of a database.  When a migration has created one on a
 * throw-away server, mb_scratch_begin replaces that server; on a given server they are kept.
 *
 * The project's hooks do not run, and its policies do not apply, except one: a server that has a
 * protected environment is refused, whichever of its databases is named.
 */
#ifndef MOONBIRD_SCRATCH_SCRATCH_H
#define MOONBIRD_SCRATCH_SCRATCH_H

#include "moonbird/project/kept_args.h"
#include "moonbird/project/hook_events.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/project.h"

typedef struct mb_scratch
    mb_scratch; /* a server, its templates, and the current scratch database */

/*
 * Reads the files and connects to the server: `server` is the conninfo of one on which databases
 * may be created; NULL: a throw-away one is started.  `key`: the place of the key scratch, if that
 * names the server; or NULL.  `settings`, `host` and `server` are borrowed until mb_scratch_close.
 * false: *out is not set.
 */
MB_MUST_CHECK bool mb_scratch_open(mb_scratch **out, const mb_settings *settings,
                                   const mb_host *host, const char *server,
                                   const mb_key_origin *key, mb_error *err);
void mb_scratch_close(mb_scratch *scratch); /* drops the databases and frees all; NULL is allowed */

/*
 * The values of --set: each migration that is applied later takes those that it names.
 * MB_ERR_USAGE: no migration of the project takes one, or it is one of a secret.
 */
MB_MUST_CHECK bool mb_scratch_set(mb_scratch *scratch, mb_given given, mb_error *err);

/*
 * Makes a new scratch database at the version before the migration `name` (NAME or STREAM/NAME),
 * and drops the database of the last call.  For a migration of the auto stream, the migrations
 * before it are applied; for a manual one, the whole auto stream and the manual migrations that it
 * requires.  Manual migrations that applied ones require are applied too.
 *
 * `at`: the auto stream is applied up to and including this migration instead; NULL: see above.
 * `name` NULL: all of the auto stream is applied, or the part up to `at`.
 *
 * `given`: values for this database, for the migrations that name them; they come before those of
 * mb_scratch_set, and may be of secrets.
 */
MB_MUST_CHECK bool mb_scratch_begin(mb_scratch *scratch, const char *name, const char *at,
                                    mb_given given, mb_error *err);

/*
 * Makes one more database, which exists until mb_scratch_close: an empty one, or one to which the
 * auto stream and the manual migrations that it requires are applied, up to and including `at`
 * (NULL: all).  *conninfo, which the caller frees, is its connection string.
 */
MB_MUST_CHECK bool mb_scratch_make(char **conninfo, mb_scratch *scratch, bool empty,
                                   const char *at, mb_error *err);

/*
 * Brings an empty database of mb_scratch_make to the version that a history describes: applies
 * its migrations. Auto migrations that the history does not have do not run,
 * and are pending in the scratch database.
 */
MB_MUST_CHECK bool mb_scratch_replay(mb_scratch *scratch, const char *conninfo,
                                     const mb_replay *replay, mb_error *err);

/*
 * Applies or rolls back the migration `name` (STREAM/NAME) in a database to which mb_scratch_replay
 * has brought the applied ones, as `up` and `down` do, with these hooks.
 */
MB_MUST_CHECK bool mb_scratch_rehearse(mb_scratch *scratch, const char *database, const char *name,
                                       mb_direction direction, const mb_hooks *hooks,
                                       mb_error *err);

/*
 * Runs an SQL file in a database of mb_scratch_make, as `moonbird run` does: in one transaction
 * unless its statements require otherwise.
 */
MB_MUST_CHECK bool mb_scratch_load(mb_scratch *scratch, const char *conninfo, const char *path,
                                   mb_error *err);

/*
 * Call this before the first statement that comes from another database: functions of that database
 * must not run as a superuser, who can run programs of the operating system.  On a throw-away
 * server, all roles lose such rights (src/scratch/confinement.h), and `user`, which is created if
 * it does not exist, can log in until mb_scratch_seal.  MB_ERR_POLICY: on a given server, the role
 * of the session has such rights.  *conninfo, which the caller frees, is the connection string of a
 * database of mb_scratch_make for this role.
 */
MB_MUST_CHECK bool mb_scratch_confine(char **conninfo, mb_scratch *scratch, const char *database,
                                      const char *user, mb_error *err);

/*
 * Call this once the session that runs such statements has logged in: after it, no session can log
 * in.
 */
MB_MUST_CHECK bool mb_scratch_seal(mb_scratch *scratch, mb_error *err);

/*
 * Gives the rights of a superuser to the confined roles (`lifted`), or takes them again. Use it for
 * a statement that needs these rights and calls no function of the database.
 */
MB_MUST_CHECK bool mb_scratch_lift(mb_scratch *scratch, bool lifted, mb_error *err);

/* The session with the current database; borrowed until the next mb_scratch_begin. */
mb_conn *mb_scratch_conn(const mb_scratch *scratch);

/* The migration `name` of mb_scratch_begin; NULL when it was NULL.  Borrowed from `scratch`. */
const mb_item *mb_scratch_subject(const mb_scratch *scratch);

/*
 * The next three need a `name` in mb_scratch_begin.  This one applies the migrations between `at`
 * and the subject; for a manual subject there are none.
 */
MB_MUST_CHECK bool mb_scratch_approach(mb_scratch *scratch, mb_error *err);

/*
 * Applies or rolls back the subject as `up`, `manual` and `down` do.  false also when mb_scratch_up
 * finds it applied already (MB_ERR_FAILED).  *skipped: why it was skipped, which the caller frees;
 * NULL: it was not.
 */
MB_MUST_CHECK bool mb_scratch_up(char **skipped, mb_scratch *scratch, mb_error *err);
MB_MUST_CHECK bool mb_scratch_down(mb_scratch *scratch, mb_error *err);

#endif

/*
 * scratch.h -- migrations tried out, each in a database of its own.
 *
 * The databases are copies of templates, one a version of the project, each built
 * once and from the nearest older one.  They live on a throw-away server, or on
 * one that was there, and are gone when the trial is closed.  A throw-away server on which a
 * migration made a role or a tablespace is replaced before the next trial; on a server that was
 * there roles stay.  The project's hooks
 * do not run, and of its policies none holds but this: the server of a protected
 * environment is no place for trials, whichever of its databases is named, and however.
 */
#ifndef MOONBIRD_TRIAL_H
#define MOONBIRD_TRIAL_H

#include "moonbird/project/settings.h"
#include "moonbird/project/project.h"

typedef struct mb_trial mb_trial;

/*
 * `server`: conninfo of one on which databases may be made; NULL for a throw-away
 * one.  All three are borrowed.
 */
MB_MUST_CHECK bool mb_trial_open(mb_trial **out, const mb_settings *settings, const mb_host *host,
                                 const char *server, mb_error *err);
void mb_trial_close(mb_trial *trial); /* NULL is fine */

/*
 * A fresh database before the migration `name` (as on a command line): of the auto
 * stream what precedes it, of the manual one all of auto and what it requires; what precedes
 * with manual ones that it requires.
 * `at`: the auto stream up to and with that one instead; NULL.  Without `name`: all of auto,
 * or up to `at`.  The database of the last such call is gone.
 */
MB_MUST_CHECK bool mb_trial_begin(mb_trial *trial, const char *name, const char *at, mb_error *err);

/* Of the present database; borrowed until the next mb_trial_begin. */
mb_conn *mb_trial_conn(const mb_trial *trial);
const mb_item *mb_trial_subject(const mb_trial *trial); /* NULL without a name */

/* What lies between `at` and the migration, where that is of the auto stream. */
MB_MUST_CHECK bool mb_trial_approach(mb_trial *trial, mb_error *err);

/* The migration, as `up`, `down` or `manual` run it.  Each needs a `name` in mb_trial_begin. */
MB_MUST_CHECK bool mb_trial_up(mb_trial *trial, const mb_setting *args, size_t n_args,
                               mb_error *err);
MB_MUST_CHECK bool mb_trial_down(mb_trial *trial, const mb_setting *args, size_t n_args,
                                 mb_error *err);

#endif

/*
 * policies.h -- the policies of one database, while it is about to be changed.
 *
 *     mb_policies_allow         before the run lock is taken, so that nobody waits to be refused
 *     mb_policies_allow         under it, with what is then to be done
 *     mb_policies_enter         under it, with the history there: what was overridden is written
 * down, and the backup made mb_policies_still_allows  before each migration: the window may have
 * closed mb_policies_forget        after a lost connection: mb_policies_still_allows asks
 * everything again
 *
 * Nobody else decides: what changes migrations, the history or the database comes through here.
 */
#ifndef MOONBIRD_MIGRATE_GUARD_H
#define MOONBIRD_MIGRATE_GUARD_H

#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/policy/backup.h"
#include "moonbird/policy/policy.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/reporter.h"

typedef struct mb_policies mb_policies;

/* `settings` and `conn` (which may be NULL) are borrowed. */
mb_policies *mb_policies_new(const mb_settings *settings, mb_conn *conn);
void mb_policies_free(mb_policies *policies);

/* What is about to be done. */
typedef struct mb_operation {
    const char *command;
    mb_stream stream;
    const mb_source *sources; /* the migrations that are to run; NULL for what runs none */
    size_t n_sources;
    const char *outside_window; /* why it is done outside of the window; NULL: as in the settings */
    bool strange; /* the history may name an environment that the configuration does not have */
} mb_operation;

/* Has a row an environment that the configuration does not have?  For mb_operation. */
bool mb_policies_is_strange(const mb_history *history, const mb_settings *settings);

/* The policies out_of_order and changed as the environments have them. */
MB_MUST_CHECK bool mb_policies_tighten(mb_policies *policies, mb_request *request, mb_error *err);

/* Does a policy say when or how the database is changed? */
MB_MUST_CHECK bool mb_policies_restricts(bool *restricts, mb_policies *policies, mb_error *err);

/* Is any policy set for this database?  Known after mb_policies_tighten. */
bool mb_policies_is_set(const mb_policies *policies);

/* The decision: MB_ERR_POLICY says what is in the way and what to do. Changes nothing. */
MB_MUST_CHECK bool mb_policies_allow(mb_policies *policies, const mb_operation *operation,
                                     mb_error *err);

/* The same later: are all windows still open?  Asks the server only where there is one. */
MB_MUST_CHECK bool mb_policies_still_allows(mb_policies *policies, const mb_operation *operation,
                                            mb_error *err);

/* A new session is in the place of a lost one: which environments it is with is not known. */
void mb_policies_forget(mb_policies *policies);

/* When the first of the open windows closes, in seconds since 1970, by the server's clock; or 0. */
int64_t mb_policies_closes(const mb_policies *policies);

/* What the history calls the database; else what the settings do; "" for no environment. */
const char *mb_policies_environment(const mb_policies *policies);

/* May trials make their databases on the session's server?  Not where a protected environment is.
 */
MB_MUST_CHECK bool mb_policies_allow_trials(const mb_settings *settings, mb_conn *conn,
                                            mb_error *err);

/* Events of what the last mb_policies_allow let pass, and of which environment the database is. */
MB_MUST_CHECK bool mb_policies_record(const mb_policies *policies, const mb_writer *by,
                                      mb_stream stream, mb_error *err);

/* Where it is written down that something begins, and who is told. */
typedef struct mb_entrance {
    const mb_settings *settings;
    const mb_reporter *reporter;
    mb_writer *by;             /* its environment and backup are filled in */
    bool recorded;             /* false: there is no history that holds it */
    const mb_history **unmade; /* as mb_history_need takes it; NULL: the history is there */
} mb_entrance;

/* The history is there now, so that it can be written. */
MB_MUST_CHECK bool mb_entrance_need_history(const mb_entrance *at, mb_error *err);

/* What was allowed begins: mb_policies_record if it is recorded, and the backup that is wanted. */
MB_MUST_CHECK bool mb_policies_enter(mb_policies *policies, const mb_operation *operation,
                                     const mb_entrance *at, mb_error *err);

/* The second half of that: the backup.  It may take long, so that the windows are asked for again.
 */
MB_MUST_CHECK bool mb_policies_back_up(mb_policies *policies, const mb_operation *operation,
                                       const mb_entrance *at, mb_error *err);

/* promotion.c: each of the sources' migrations is applied in the environment that this one follows.
 */
MB_MUST_CHECK bool mb_promotion_check(const mb_environment *env, const mb_settings *settings,
                                      const mb_source *sources, size_t n, mb_error *err);

/* backup.c: pg_dump of the session's database into the project's folder of backups. */
MB_MUST_CHECK bool mb_backup_make(mb_backup *out, const mb_entrance *at, mb_error *err);

#endif

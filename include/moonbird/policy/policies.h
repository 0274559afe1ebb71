/*
 * policies.h -- the policies of one database, while it is about to be changed.
 *
 * The order of calls for one change:
 *
 *     mb_policies_allow         before the run lock is taken, so that nobody waits to be refused
 *     mb_policies_allow         again under the lock, with the migrations that are then to be run
 *     mb_policies_begin         under the lock, with a history: records overrides, makes the backup
 *     mb_policies_still_allows  before each migration: a window may have closed
 *     mb_policies_forget        after a lost connection: the next check then asks everything again
 *
 * Every change of migrations, the history or the database is decided here and nowhere else.
 */
#ifndef MOONBIRD_POLICY_POLICIES_H
#define MOONBIRD_POLICY_POLICIES_H

#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/policy/backup.h"
#include "moonbird/policy/environment.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/preparation.h"
#include "moonbird/project/reporter.h"

typedef struct mb_policies mb_policies;

/*
 * Make the policies of a session. `settings` and `conn` are borrowed; `conn` may be NULL. Free them
 * with mb_policies_free.
 */
mb_policies *mb_policies_new(const mb_settings *settings, mb_conn *conn);
void mb_policies_free(mb_policies *policies);

/* A change that is about to be made. Everything is borrowed. */
typedef struct mb_operation {
    const char *command;      /* the command's name, for prompts */
    mb_stream stream;         /* the stream under which overrides are recorded */
    const mb_source *sources; /* the migrations to run; NULL if none */
    size_t n_sources;
    const mb_host *host;      /* whose `lint` checks the sources; NULL if there are none */
    const char *outside_window; /* why it runs outside the window; NULL: as in the settings */
    bool check_unconfigured;    /* check for an environment in the history that is not configured */
    const mb_history *seen;     /* the history as it was just inspected; NULL: it was not */
} mb_operation;

/*
 * Does a row of the history name an environment that is not configured? For
 * mb_operation.check_unconfigured.
 */
bool mb_policies_has_unconfigured(const mb_history *history, const mb_settings *settings);

/*
 * Set out_of_order and changed of the request to the strictest values of the database's
 * environments. Finds out which environments these are; `seen` is the history that was just loaded.
 */
MB_MUST_CHECK bool mb_policies_tighten(mb_policies *policies, const mb_history *seen,
                                       mb_request *request, mb_error *err);

/* Does the configuration name a tool whose history follows, anywhere?  Nothing is read. */
bool mb_may_mirror(const mb_settings *settings);

/*
 * Set *tool to the tool whose history follows moonbird's, borrowed from the settings: that of the
 * database's environments, else that of the project; NULL: none. MB_ERR_POLICY: two environments of
 * the database have different ones. `seen` as in mb_policies_tighten.
 */
MB_MUST_CHECK bool mb_policies_mirror(const char **tool, mb_policies *policies,
                                      const mb_history *seen, mb_error *err);

/*
 * Set *restricts if an environment of the database is protected, or has a window, a promotion or a
 * backup.
 */
MB_MUST_CHECK bool mb_policies_restricts(bool *restricts, mb_policies *policies, mb_error *err);

/*
 * Fail with MB_ERR_POLICY if an environment of the database has a promotion, or a backup before the
 * migrations of the stream: `moonbird run` is about to run `path`, the file of such a migration.
 */
MB_MUST_CHECK bool mb_policies_check_run(mb_policies *policies, mb_stream stream, const char *path,
                                         mb_error *err);

/*
 * Does the database belong to a configured environment? Valid after mb_policies_tighten or another
 * check.
 */
bool mb_policies_is_set(const mb_policies *policies);

/*
 * Decide whether the operation is allowed; MB_ERR_POLICY says which policy forbids it and what to
 * do. Changes nothing in the database. Prompts for a protected environment at a terminal.
 */
MB_MUST_CHECK bool mb_policies_allow(mb_policies *policies, const mb_operation *operation,
                                     mb_error *err);

/*
 * foresee.c: what each policy would do if the operation ran now, for display. *out is a list, which
 * the caller frees with free(), also after an error. Prompts for nothing and records nothing.
 */
MB_MUST_CHECK bool mb_policies_foresee(mb_foreseen **out, size_t *n, mb_policies *policies,
                                       const mb_operation *operation, mb_error *err);

/*
 * Check again later whether all windows are open; queries the server only if there is one. After
 * mb_policies_forget it is mb_policies_allow.
 */
MB_MUST_CHECK bool mb_policies_still_allows(mb_policies *policies, const mb_operation *operation,
                                            mb_error *err);

/*
 * Forget which environments the database belongs to: call it when a new session has replaced a lost
 * one.
 */
void mb_policies_forget(mb_policies *policies);

/*
 * When the first open window closes, in seconds since 1970 by the server's clock; 0: no window
 * limits the operation.
 */
int64_t mb_policies_closes(const mb_policies *policies);

/* Did the user answer a prompt of these policies? What was read before may have changed since. */
bool mb_policies_has_prompted(const mb_policies *policies);

/*
 * The environment to record in the history: the one that was recognised, else the one of the
 * settings; "" for none. Borrowed.
 */
const char *mb_policies_environment(const mb_policies *policies);

/*
 * scratch_server.c: may scratch databases be created on the session's server? Fails with
 * MB_ERR_POLICY if a protected environment is on that server, or one whose window is closed.
 * `conninfo` is the session's; it is used to read the histories of the server's other databases.
 * `key`: the place of the key scratch, which names the server; NULL: the command line of
 * `moonbird test` names it.
 */
MB_MUST_CHECK bool mb_policies_allow_scratch(const mb_settings *settings, mb_conn *conn,
                                             const char *conninfo, const mb_key_origin *key,
                                             mb_error *err);

/*
 * Record the overrides that the last mb_policies_allow accepted, and which environment the database
 * is.
 */
MB_MUST_CHECK bool mb_policies_record(const mb_policies *policies, const mb_writer *by,
                                      mb_stream stream, mb_error *err);

/*
 * The history in which the start of an operation is recorded, and the reporter to notify.
 * Everything is borrowed.
 */
typedef struct mb_recording {
    const mb_settings *settings;
    const mb_reporter *reporter;
    mb_writer *by;             /* receives the environment and the backup */
    bool recorded;             /* false: no history records it */
} mb_recording;

/*
 * Start an operation that was allowed: record its overrides and the environment if at->recorded,
 * and make the backup that a policy requires.
 */
MB_MUST_CHECK bool mb_policies_begin(mb_policies *policies, const mb_operation *operation,
                                     const mb_recording *at, mb_error *err);

/*
 * The backup alone, if a policy requires one. Then checks the windows again, because a backup can
 * take long.
 */
MB_MUST_CHECK bool mb_policies_back_up(mb_policies *policies, const mb_operation *operation,
                                       const mb_recording *at, mb_error *err);

/*
 * The promotion alone, without the other policies: for a process that works for a run
 * that they allowed.
 */
MB_MUST_CHECK bool mb_policies_promote(mb_policies *policies, const mb_operation *operation,
                                       mb_error *err);

/*
 * promotion.c: fail with MB_ERR_POLICY if the migration has loaded a file that it did not load,
 * with the same contents, in the environment from which it is promoted. `files` has the form of
 * mb_host.loaded. Sends no query: it compares with the records that mb_policies_allow or
 * mb_policies_promote read.
 */
MB_MUST_CHECK bool mb_policies_check_loaded(const mb_policies *policies, const mb_source *source,
                                            const char *files, mb_error *err);

/*
 * backup.c: dump the session's database into the project's folder of backups. Free *out with
 * mb_backup_free; after an error there is nothing to free.
 */
MB_MUST_CHECK bool mb_backup_make(mb_backup *out, const mb_recording *at, mb_error *err);

#endif

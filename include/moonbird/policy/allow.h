/* allow.h -- permission to change a database by something other than a migration. */
#ifndef MOONBIRD_POLICY_ALLOW_H
#define MOONBIRD_POLICY_ALLOW_H

#include "moonbird/project/settings.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/*
 * Make the handle of a project, with its policies. Strings of `settings`, `conn` and `host` are
 * borrowed. `conn` may be NULL for functions that need no database. Free *out with
 * mb_project_close.
 */
void mb_project_open(mb_project **out, const mb_settings *settings, mb_conn *conn,
                     const mb_host *host);
void mb_project_close(mb_project *project); /* NULL is allowed */

/*
 * May `command` change the database by something that the core does not run: a Lua script, a
 * console, a command of the project? Prompts, refuses (MB_ERR_POLICY), records and makes a backup
 * as the policies say. `what` names the script or command in the history. *recorded: the history
 * has its beginning, and should get its end. mb_project_run_sql calls this itself.
 */
MB_MUST_CHECK bool mb_project_allow_script(bool *recorded, mb_project *project,
                                           const char *command, const char *what,
                                           const mb_reporter *reporter, mb_error *err);

/* A script that runs in a transaction. */
typedef struct mb_script_start {
    const char *command, *what; /* as above */
    /* Its statements that begin the transaction, which the caller frees; called after the session is
     * known to be pooled or not. */
    char *(*begin)(const mb_conn *conn);
    /* A SET for the session, which travels with the record of the beginning, unless the session is
     * pooled; or NULL. *is_set: it was made. */
    const char *session;
    bool *is_set;
} mb_script_start;

/* mb_project_allow_script, which then begins the transaction: in the same message, if possible. */
MB_MUST_CHECK bool mb_project_begin_script(bool *recorded, mb_project *project,
                                           const mb_script_start *start,
                                           const mb_reporter *reporter, mb_error *err);

/*
 * push.c: may `moonbird push` change the database without a migration? It must be the project's own
 * server, or each of its environments must have `push` and none may be protected; otherwise fails
 * with MB_ERR_POLICY. The other policies are checked by what makes the change.
 */
MB_MUST_CHECK bool mb_project_allow_push(mb_project *project, mb_error *err);

/*
 * edit.c: may a person edit rows in the studio? Fails with MB_ERR_POLICY if an environment of the
 * database is protected, or has a window, a promotion or a backup.
 */
MB_MUST_CHECK bool mb_project_allow_edit(mb_project *project, mb_error *err);

/*
 * Is `command` still allowed, later in the same session? Fails with MB_ERR_POLICY if a window has
 * closed since.
 */
MB_MUST_CHECK bool mb_project_still_allows(mb_project *project, const char *command, mb_error *err);

/*
 * Do all policies allow `command`? Prompts or fails with MB_ERR_POLICY, but records and backs up
 * nothing. Call it for a new session that replaces a lost one, which may be on another server, and
 * before work that would be wasted after a refusal.
 */
MB_MUST_CHECK bool mb_project_allow_again(mb_project *project, const char *command, mb_error *err);

/*
 * mb_project_allow_script for another database that a script opens. The policies are those of the
 * environments that `conn` belongs to; the environment that the command named does not count.
 */
MB_MUST_CHECK bool mb_project_allow_other(const mb_settings *settings, mb_conn *conn,
                                          const char *what, mb_error *err);

/*
 * Set *restricts if an environment of the database is protected, or has a window, a promotion or a
 * backup.
 */
MB_MUST_CHECK bool mb_project_restricts(bool *restricts, mb_project *project, mb_error *err);

/*
 * COMMIT the transaction of a script whose beginning is recorded, run the statements `clean`, and
 * record its success: in one message. False: it was not committed. *recorded is false if the success
 * is not recorded; mb_project_record_end then tries again.
 */
MB_MUST_CHECK bool mb_project_commit_script(bool *recorded, const mb_project *project,
                                            const mb_script_start *start, const char *clean,
                                            mb_error *err);

/*
 * Record how an allowed script ended; `why` is its error, or NULL if it succeeded. `first`: the
 * statements that clean the session, which the script may have changed; "" for none. The history is
 * inspected again, because the script may have changed it. Writes nothing without a history that may
 * be written.
 */
MB_MUST_CHECK bool mb_project_record_end(mb_project *project, const char *command,
                                         const char *what, const mb_error *why, const char *first,
                                         mb_error *err);

#endif

/* allow.h -- a project with its policies: what changes a database without being a migration asks here. */
#ifndef MOONBIRD_POLICY_ALLOW_H
#define MOONBIRD_POLICY_ALLOW_H

#include "moonbird/project/settings.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/* `conn` may be NULL (plan and files only need it where they say so); all three are borrowed. */
void mb_project_open(mb_project **out, const mb_settings *settings, mb_conn *conn,
                     const mb_host *host);
void mb_project_close(mb_project *project); /* NULL is fine */

/*
 * May `command` change the database by what is not the core's to run: a Lua script, a console, a
 * command of the project?  Asks, refuses, writes down and backs up as the policies say;
 * mb_project_run_sql does so itself.  `what` names it in the history: the file.
 */
MB_MUST_CHECK bool mb_project_allow_script(mb_project *project, const char *command,
                                           const char *what, const mb_reporter *reporter,
                                           mb_error *err);

/* Is it still allowed, later in the same session?  Only a window can have closed. */
MB_MUST_CHECK bool mb_project_still_allows(mb_project *project, const char *command, mb_error *err);

/* The same for a new session in place of a lost one; nothing is written down or backed up again. */
MB_MUST_CHECK bool mb_project_allow_again(mb_project *project, const char *command, mb_error *err);

/*
 * May a script write to the database of `conn`, another of moonbird.lua's?  The same question, of
 * the environments that this database is; the one that was named is not meant.
 */
MB_MUST_CHECK bool mb_project_allow_other(const mb_settings *settings, mb_conn *conn,
                                          const char *what, mb_error *err);

/* Does a policy of the database's environments say when or how it is changed? */
MB_MUST_CHECK bool mb_project_restricts(bool *restricts, mb_project *project, mb_error *err);

/* Write how a script that was allowed ended; `why` is NULL where it ended well. */
MB_MUST_CHECK bool mb_project_record_end(mb_project *project, const char *command,
                                         const char *what, const mb_error *why, mb_error *err);

#endif

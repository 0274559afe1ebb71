/*
 * allow.c -- changes by something other than a migration: a script, a console, a command.
 *
 * They are checked by the same policies as migrations, and recorded in the history if there is one.
 */
#include "moonbird/policy/allow.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"

#include "moonbird/policy/policies.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/os/log.h"


void mb_project_open(mb_project **out, const mb_settings *settings, mb_conn *conn,
                     const mb_host *host)
{
    *out = mb_project_new(settings, conn, host);
    (*out)->policies = mb_policies_new(&(*out)->settings, conn);
}

void mb_project_close(mb_project *project)
{
    if (!project)
        return;
    mb_policies_free(project->policies);
    mb_project_free(project);
}

/* If no environment matches, a role that may not write the history may still run a script. */
static bool may_be_silent(const mb_project *project, const mb_error *err)
{
    if (mb_policies_is_set(project->policies) ||
        !mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE))
        return false;
    mb_log(MB_LOG_DEBUG, "could not record this in the history: %s", err->message);
    return true;
}

/* Is there a history to record it in? A history of an untrusted owner is not written. */
static bool is_recorded(bool *out, const mb_project *project, mb_error *err)
{
    const mb_settings *s = &project->settings;
    mb_history seen;
    bool ok = mb_history_inspect(&seen, mb_project_store(project), MB_DETAIL_ALL, err);

    *out = ok && seen.exists;
    if (*out && !mb_history_check_owner(&seen, mb_project_store(project), s->history_owner, err)) {
        *out = false;
        ok = !mb_policies_is_set(project->policies) && err->code == MB_ERR_POLICY;
        if (ok)
            mb_log(MB_LOG_DEBUG, "could not record this in the history: %s", err->message);
    }
    mb_history_free(&seen);
    return ok;
}

static bool allow(mb_project *project, const mb_operation *operation, const char *what,
                  const mb_reporter *reporter, mb_error *err)
{
    mb_writer by = mb_writer_of(project, operation->command);
    mb_recording at = {.settings = &project->settings, .reporter = reporter, .by = &by};

    return mb_policies_allow(project->policies, operation, err) &&
           is_recorded(&at.recorded, project, err) &&
           mb_policies_begin(project->policies, operation, &at, err) &&
           (!at.recorded ||
            mb_history_event_of(&by, what, operation->command, "begun", NULL, err) ||
            may_be_silent(project, err));
}

bool mb_project_allow_script(mb_project *project, const char *command, const char *what,
                             const mb_reporter *reporter, mb_error *err)
{
    const mb_operation operation = {.command = command, .check_unconfigured = true};

    return allow(project, &operation, what, reporter, err);
}

bool mb_project_allow_other(const mb_settings *settings, mb_conn *conn, const char *what,
                            mb_error *err)
{
    /* Not `check_unconfigured`: it may be another project's database. */
    const mb_operation operation = {.command =
                                        "connect"};
    const mb_reporter silent = {0};
    mb_settings other = *settings;
    mb_project *project;
    bool ok;

    other.named = NULL;
    other.environment = "";
    mb_project_open(&project, &other, conn, NULL);
    ok = allow(project, &operation, what, &silent, err);
    mb_project_close(project);
    return ok;
}

bool mb_project_still_allows(mb_project *project, const char *command, mb_error *err)
{
    const mb_operation operation = {.command = command};

    return mb_policies_still_allows(project->policies, &operation, err);
}

bool mb_project_allow_again(mb_project *project, const char *command, mb_error *err)
{
    mb_policies_forget(project->policies);
    return mb_project_still_allows(project, command, err);
}

bool mb_project_restricts(bool *restricts, mb_project *project, mb_error *err)
{
    return mb_policies_restricts(restricts, project->policies, err);
}

bool mb_project_record_end(mb_project *project, const char *command, const char *what,
                           const mb_error *why, mb_error *err)
{
    mb_writer by = mb_writer_of(project, command);
    const char *outcome = !why                                ? "done"
                          : why->code == MB_ERR_INTERRUPTED   ? "interrupted"
                                                              : "failed";
    bool recorded;

    by.environment = mb_policies_environment(project->policies);
    return is_recorded(&recorded, project, err) &&
           (!recorded ||
            mb_history_event_of(&by, what, command, outcome, why ? why->message : NULL, err));
}

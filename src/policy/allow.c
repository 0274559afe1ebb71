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

/* All of it is needed, because the history is written next. */
static bool inspect(mb_history *out, const mb_project *project, mb_error *err)
{
    return mb_history_inspect(out, mb_project_store(project), MB_DETAIL_ALL, err);
}

/*
 * Is there a history to record it in? `seen` is the inspected one. A history of an untrusted owner
 * is not written.
 */
static bool is_recorded(bool *out, const mb_project *project, const mb_history *seen,
                        mb_error *err)
{
    *out = seen->exists && mb_history_check_owner(seen, mb_project_store(project),
                                                  project->settings.history_owner, err);
    if (*out || !seen->exists)
        return true;
    if (mb_policies_is_set(project->policies) || err->code != MB_ERR_POLICY)
        return false;
    mb_log(MB_LOG_DEBUG, "could not record this in the history: %s", err->message);
    return true;
}

/* Others may have changed the history while a prompt waited. */
static bool inspect_after_prompt(mb_history *seen, const mb_project *project, mb_error *err)
{
    if (!mb_policies_has_prompted(project->policies))
        return true;
    mb_history_free(seen);
    return inspect(seen, project, err);
}

static bool begin(bool *recorded, mb_project *project, const mb_operation *operation,
                  const char *what, const mb_reporter *reporter, mb_error *err)
{
    mb_writer by = mb_writer_of(project, operation->command);
    mb_recording at = {.settings = &project->settings, .reporter = reporter, .by = &by,
                       .recorded = *recorded};

    if (!mb_policies_begin(project->policies, operation, &at, err))
        return false;
    *recorded = *recorded &&
                mb_history_event_of(&by, what, operation->command, "begun", NULL, err);
    return *recorded || !at.recorded || may_be_silent(project, err);
}

/* The history is inspected once, for the policies and for the record. */
static bool allow(bool *recorded, mb_project *project, mb_operation operation, const char *what,
                  const mb_reporter *reporter, mb_error *err)
{
    mb_history seen;
    bool ok;

    *recorded = false;
    if (!inspect(&seen, project, err))
        return false;
    operation.seen = &seen;
    ok = mb_policies_allow(project->policies, &operation, err) &&
         inspect_after_prompt(&seen, project, err) && is_recorded(recorded, project, &seen, err) &&
         begin(recorded, project, &operation, what, reporter, err);
    mb_history_free(&seen);
    return ok;
}

bool mb_project_allow_script(bool *recorded, mb_project *project, const char *command,
                             const char *what, const mb_reporter *reporter, mb_error *err)
{
    const mb_operation operation = {.command = command, .check_unconfigured = true};

    return allow(recorded, project, operation, what, reporter, err);
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
    bool recorded, ok;

    other.named = NULL;
    other.environment = "";
    mb_project_open(&project, &other, conn, NULL);
    ok = allow(&recorded, project, operation, what, &silent, err);
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
    mb_history seen;
    bool recorded, ok;

    by.environment = mb_policies_environment(project->policies);
    if (!inspect(&seen, project, err))
        return false;
    ok = is_recorded(&recorded, project, &seen, err) &&
         (!recorded ||
          mb_history_event_of(&by, what, command, outcome, why ? why->message : NULL, err));
    mb_history_free(&seen);
    return ok;
}

/*
 * allow.c -- what changes a database without being a migration: a script, a console, a command.
 *
 * It asks the policies as migrations do, and the history, where there is one, holds what it was.
 */
#include "moonbird/policy/allow.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"

#include "moonbird/policy/guard.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/os/log.h"

#include <string.h>

void mb_project_open(mb_project **out, const mb_settings *settings, mb_conn *conn,
                     const mb_host *host)
{
    *out = mb_project_new(settings, conn, host);
    (*out)->guard = mb_guard_new(&(*out)->settings, conn);
}

void mb_project_close(mb_project *project)
{
    if (!project)
        return;
    mb_guard_free(project->guard);
    mb_project_free(project);
}

/* Where no policy holds, a role that may not write the history may still run a script. */
static bool may_be_silent(const mb_project *project, const mb_error *err)
{
    if (mb_guard_is_set(project->guard) || strcmp(err->sqlstate, "42501") != 0)
        return false;
    mb_log(MB_LOG_DEBUG, "could not record this in the history: %s", err->message);
    return true;
}

/* Is there a history that holds it?  One of an owner who is not trusted is not written to. */
static bool is_recorded(bool *out, const mb_project *project, mb_error *err)
{
    const mb_settings *s = &project->settings;
    mb_ledger seen;
    bool ok = mb_ledger_look(&seen, mb_project_store(project), MB_DETAIL_ALL, err);

    *out = ok && seen.exists;
    if (*out && !mb_ledger_check_owner(&seen, mb_project_store(project), s->history_owner, err)) {
        *out = false;
        ok = !mb_guard_is_set(project->guard) && err->code == MB_ERR_POLICY;
        if (ok)
            mb_log(MB_LOG_DEBUG, "could not record this in the history: %s", err->message);
    }
    mb_ledger_free(&seen);
    return ok;
}

static bool allow(mb_project *project, const mb_deed *deed, const char *what,
                  const mb_reporter *reporter, mb_error *err)
{
    mb_writer by = mb_writer_of(project, deed->command);
    mb_entrance at = {.settings = &project->settings, .reporter = reporter, .by = &by};

    return mb_guard_allow(project->guard, deed, err) &&
           is_recorded(&at.recorded, project, err) &&
           mb_guard_enter(project->guard, deed, &at, err) &&
           (!at.recorded || mb_ledger_event_of(&by, what, deed->command, "begun", NULL, err) ||
            may_be_silent(project, err));
}

bool mb_project_allow_script(mb_project *project, const char *command, const char *what,
                             const mb_reporter *reporter, mb_error *err)
{
    const mb_deed deed = {.command = command, .strange = true};

    return allow(project, &deed, what, reporter, err);
}

bool mb_project_allow_other(const mb_settings *settings, mb_conn *conn, const char *what,
                            mb_error *err)
{
    const mb_deed deed = {.command = "connect"}; /* it may be another project's database */
    const mb_reporter silent = {0};
    mb_settings other = *settings;
    mb_project *project;
    bool ok;

    other.named = NULL;
    other.environment = "";
    mb_project_open(&project, &other, conn, NULL);
    ok = allow(project, &deed, what, &silent, err);
    mb_project_close(project);
    return ok;
}

bool mb_project_still_allows(mb_project *project, const char *command, mb_error *err)
{
    const mb_deed deed = {.command = command};

    return mb_guard_still_allows(project->guard, &deed, err);
}

bool mb_project_allow_again(mb_project *project, const char *command, mb_error *err)
{
    mb_guard_forget(project->guard);
    return mb_project_still_allows(project, command, err);
}

bool mb_project_restricts(bool *restricts, mb_project *project, mb_error *err)
{
    return mb_guard_restricts(restricts, project->guard, err);
}

bool mb_project_record_end(mb_project *project, const char *command, const char *what,
                           const mb_error *why, mb_error *err)
{
    mb_writer by = mb_writer_of(project, command);
    const char *outcome = !why                                ? "done"
                          : why->code == MB_ERR_INTERRUPTED   ? "interrupted"
                                                              : "failed";
    bool recorded;

    by.environment = mb_guard_environment(project->guard);
    return is_recorded(&recorded, project, err) &&
           (!recorded || mb_ledger_event_of(&by, what, command, outcome,
                                              why ? why->message : NULL, err));
}

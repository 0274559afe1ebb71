/*
 * allow.c -- what changes a database without being a migration: a script, a console, a command.
 *
 * It asks the policies as migrations do, and the history, where there is one, holds what it was.
 */
#include "moonbird/policy/guard.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/os/log.h"

#include <string.h>

static bool add_event(const mb_project *project, const mb_writer *by, const char *what,
                      const char *outcome, const char *detail, mb_error *err)
{
    return mb_ledger_event_of(project->conn, by, what, by->command, outcome, detail, err);
}

/* Where no policy holds, a role that may not write the history may still run a script. */
static bool may_be_silent(const mb_project *project, const mb_error *err)
{
    if (mb_guard_is_set(project->guard) || strcmp(err->sqlstate, "42501") != 0)
        return false;
    mb_log(MB_LOG_DEBUG, "the history does not hold this: %s", err->message);
    return true;
}

/* Is there a history that holds it?  One of an owner who is not trusted is not written to. */
static bool is_recorded(bool *out, const mb_project *project, mb_error *err)
{
    const mb_settings *s = &project->settings;
    mb_ledger seen;
    bool ok = mb_ledger_look(&seen, project->conn, s->schema, MB_DETAIL_ALL, err);

    *out = ok && seen.exists;
    if (*out && !mb_ledger_check_owner(&seen, project->conn, s->schema, s->history_owner, err)) {
        *out = false;
        ok = !mb_guard_is_set(project->guard) && err->code == MB_ERR_POLICY;
        if (ok)
            mb_log(MB_LOG_DEBUG, "the history does not hold this: %s", err->message);
    }
    mb_ledger_free(&seen);
    return ok;
}

bool mb_project_allow_script(mb_project *project, const char *command, const char *what,
                             const mb_reporter *reporter, mb_error *err)
{
    const mb_settings *s = &project->settings;
    const mb_deed deed = {.command = command};
    mb_run run = {
        .conn = project->conn,
        .settings = s,
        .reporter = reporter,
        .by = mb_writer_of(s, command),
    };

    return mb_guard_allow(project->guard, &deed, err) &&
           is_recorded(&run.recorded, project, err) &&
           mb_guard_enter(project->guard, &deed, &run, err) &&
           (!run.recorded || add_event(project, &run.by, what, "begun", NULL, err) ||
            may_be_silent(project, err));
}

bool mb_project_allow_other(const mb_settings *settings, mb_conn *conn, const char *what,
                            mb_error *err)
{
    const mb_reporter silent = {0};
    mb_settings other = *settings;
    mb_project *project;
    bool ok;

    other.named = NULL;
    other.environment = "";
    mb_project_open(&project, &other, conn, NULL);
    ok = mb_project_allow_script(project, "connect", what, &silent, err);
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

void mb_project_script_ended(mb_project *project, const char *command, const char *what,
                             const mb_error *why)
{
    mb_writer by = mb_writer_of(&project->settings, command);
    const char *outcome = !why                                ? "done"
                          : why->code == MB_ERR_INTERRUPTED   ? "interrupted"
                                                              : "failed";
    bool recorded;
    mb_error ignored;

    if (mb_conn_tx(project->conn) != MB_TX_IDLE)
        return;
    by.environment = mb_guard_environment(project->guard);
    mb_conn_shield(project->conn, true);
    /* The script may have taken another role. */
    if ((mb_guard_is_set(project->guard) && !mb_project_clean_session(project, &ignored)) ||
        !is_recorded(&recorded, project, &ignored) ||
        (recorded &&
         !add_event(project, &by, what, outcome, why ? why->message : NULL, &ignored)))
        mb_log(MB_LOG_DEBUG, "the end could not be written down: %s", ignored.message);
    mb_conn_shield(project->conn, false);
}

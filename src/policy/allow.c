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
#include "moonbird/history/recorded_environment.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/log.h"

#include <stdlib.h>

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

/* What begins, after the policies have allowed it. */
typedef struct starting {
    mb_operation operation;
    const char *what;
    char *(*begin)(const mb_conn *conn); /* its transaction; NULL: none */
    const char *session;                 /* as in mb_script_start */
    bool *is_set;
    bool early; /* the transaction was begun with the inspection */
    const mb_reporter *reporter;
} starting;

static bool is_open(const mb_project *project, const starting *start)
{
    return start->early && mb_conn_tx(project->conn) == MB_TX_OPEN;
}

/*
 * Without environments in the configuration, a script is hardly ever refused. A configured one may
 * lead to questions to the server, or to the user, before the script begins.
 */
static bool is_likely_allowed(const mb_project *project, const starting *start)
{
    return start->operation.check_unconfigured && project->settings.n_environments == 0 &&
           !project->settings.outside_window;
}

/*
 * The message of the inspection also begins the transaction of a script that is likely allowed. It
 * stays open if there is no history: then nothing comes before the script. A pooler can still show
 * up in the answer.
 */
static bool inspect_and_begin(mb_history *out, const mb_project *project, starting *start,
                              mb_error *err)
{
    char *begin;
    bool ok;

    start->early = start->begin && is_likely_allowed(project, start) &&
                   !mb_conn_pooled(project->conn) && mb_conn_tx(project->conn) == MB_TX_IDLE;
    if (!start->early)
        return inspect(out, project, err);
    begin = start->begin(project->conn);
    ok = mb_history_inspect_then(out, mb_project_store(project), begin, err);
    free(begin);
    return ok;
}

/* The start of the message that records the beginning: a transaction with limits. */
static char *begin_record(const mb_project *project, const starting *start, const char *session)
{
    bool open = is_open(project, start);
    size_t n;
    char *limits = open ? mb_conn_pins(project->conn, "LOCAL")
                        : mb_conn_limits_sql(project->conn, &n);
    char *sql = mb_format("%s%s%sBEGIN; %s%s", open ? "ROLLBACK; " : "", session,
                          *session ? "; " : "", limits, open ? "; " : "");

    free(limits);
    return sql;
}

/* What comes behind the record. */
static char *end_record(const mb_project *project, const starting *start)
{
    char *begin = start->begin ? start->begin(project->conn) : NULL;
    char *sql = mb_format("COMMIT%s%s", begin ? "; " : "", begin ? begin : "");

    free(begin);
    return sql;
}

/*
 * Records the beginning, and begins the transaction. `unless`: not if the history records an
 * environment; then nothing begins, and *begun is false.
 */
static bool record_and_begin(bool *begun, mb_writer *by, const mb_project *project,
                             const starting *start, bool unless, mb_error *err)
{
    const char *command = start->operation.command;
    const char *session =
        start->session && !mb_conn_pooled(project->conn) ? start->session : "";
    char *before = begin_record(project, start, session), *after = end_record(project, start);
    mb_message with = {.before = before, .after = after};
    bool ok;

    *begun = true;
    by->with = start->begin || *session ? &with : NULL;
    ok = unless ? mb_history_begin_without_environment(begun, by, start->what, err)
                : mb_history_event_of(by, start->what, command, "begun", NULL, err);
    if (by->with && !(ok && *begun))
        mb_conn_rollback(project->conn);
    if (ok && *session)
        *start->is_set = true;
    by->with = NULL;
    free(before);
    free(after);
    return ok;
}

/*
 * Without environments in the configuration, one thing decides: whether the history records one. A
 * single statement then checks that and records the beginning. If it does not, the usual way finds
 * the reason.
 */
static bool begin_at_once(const mb_project *project, const starting *start)
{
    mb_writer by = mb_writer_of(project, start->operation.command);
    const mb_history *seen = start->operation.seen;
    mb_error ignored;
    bool begun;

    return is_likely_allowed(project, start) && seen->exists && !seen->foreign_owner &&
           record_and_begin(&begun, &by, project, start, true, &ignored) && begun;
}

/* Behind a pooler, the transaction that is open lacks the saved state of the session. */
static bool begin_transaction(const mb_project *project, const starting *start, mb_error *err)
{
    char *begin, *sql;
    bool ok;

    if (!start->begin || (is_open(project, start) && !mb_conn_pooled(project->conn)))
        return true;
    begin = start->begin(project->conn);
    sql = mb_format("%s%s", is_open(project, start) ? "ROLLBACK; " : "", begin);
    ok = mb_conn_exec(NULL, project->conn, sql, err);
    free(sql);
    free(begin);
    return ok;
}

static bool begin(bool *recorded, mb_project *project, const starting *start, mb_error *err)
{
    mb_writer by = mb_writer_of(project, start->operation.command);
    mb_recording at = {.settings = &project->settings, .reporter = start->reporter, .by = &by,
                       .recorded = *recorded};
    bool begun;

    if (!mb_policies_begin(project->policies, &start->operation, &at, err))
        return false;
    *recorded = *recorded && record_and_begin(&begun, &by, project, start, false, err);
    if (*recorded)
        return true;
    return (!at.recorded || may_be_silent(project, err)) && begin_transaction(project, start, err);
}

/* The usual way, if the script did not begin at once. */
static bool allow_and_begin(bool *recorded, mb_project *project, const starting *start,
                            mb_history *seen, mb_error *err)
{
    if (seen->exists && start->early)
        mb_conn_rollback(project->conn);
    return mb_policies_allow(project->policies, &start->operation, err) &&
           inspect_after_prompt(seen, project, err) &&
           is_recorded(recorded, project, seen, err) && begin(recorded, project, start, err);
}

/* The history is inspected once, for the policies and for the record. */
static bool allow(bool *recorded, mb_project *project, starting start, mb_error *err)
{
    mb_history seen;
    bool ok;

    *recorded = false;
    if (!inspect_and_begin(&seen, project, &start, err))
        return false;
    start.operation.seen = &seen;
    *recorded = begin_at_once(project, &start);
    ok = *recorded || allow_and_begin(recorded, project, &start, &seen, err);
    if (!ok && start.early)
        mb_conn_rollback(project->conn);
    project->owns_history = seen.exists && !seen.foreign_owner;
    mb_history_free(&seen);
    return ok;
}

bool mb_project_begin_script(bool *recorded, mb_project *project, const mb_script_start *start,
                             const mb_reporter *reporter, mb_error *err)
{
    const starting own = {
        .operation = {.command = start->command, .check_unconfigured = true},
        .what = start->what,
        .begin = start->begin,
        .session = start->session,
        .is_set = start->is_set,
        .reporter = reporter,
    };

    return allow(recorded, project, own, err);
}

bool mb_project_allow_script(bool *recorded, mb_project *project, const char *command,
                             const char *what, const mb_reporter *reporter, mb_error *err)
{
    const mb_script_start start = {.command = command, .what = what};

    return mb_project_begin_script(recorded, project, &start, reporter, err);
}

bool mb_project_allow_other(const mb_settings *settings, mb_conn *conn, const char *what,
                            mb_error *err)
{
    const mb_reporter silent = {0};
    /* Not `check_unconfigured`: it may be another project's database. */
    const starting start = {
        .operation = {.command = "connect"}, .what = what, .reporter = &silent};
    mb_settings other = *settings;
    mb_project *project;
    bool recorded, ok;

    other.named = NULL;
    other.environment = "";
    mb_project_open(&project, &other, conn, NULL);
    ok = allow(&recorded, project, start, err);
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

/* For a history that another role owns, or that the script has changed. */
static bool inspect_and_record(mb_project *project, const mb_writer *by,
                               const mb_script_event *end, mb_error *err)
{
    mb_history seen;
    bool recorded, ok;

    if (!inspect(&seen, project, err))
        return false;
    ok = is_recorded(&recorded, project, &seen, err) &&
         (!recorded ||
          mb_history_event_of(by, end->name, end->what, end->outcome, end->detail, err));
    mb_history_free(&seen);
    return ok;
}

static mb_script_event end_of(const char *command, const char *what, const mb_error *why)
{
    return (mb_script_event){.name = what,
                             .what = command,
                             .outcome = !why                              ? "done"
                                        : why->code == MB_ERR_INTERRUPTED ? "interrupted"
                                                                          : "failed",
                             .detail = why ? why->message : NULL};
}

static mb_writer writer_of_end(const mb_project *project, const char *command)
{
    mb_writer by = mb_writer_of(project, command);

    by.environment = mb_policies_environment(project->policies);
    return by;
}

bool mb_project_commit_script(bool *recorded, const mb_project *project,
                              const mb_script_start *start, const char *clean, mb_error *err)
{
    const mb_writer by = writer_of_end(project, start->command);
    const mb_script_event end = end_of(start->command, start->what, NULL);
    char *first;

    *recorded = false;
    if (!project->owns_history)
        return mb_conn_exec(NULL, project->conn, "COMMIT", err);
    first = mb_format("COMMIT; %s", clean);
    *recorded = mb_history_event_after(&by, first, &end, err);
    free(first);
    return *recorded || mb_conn_succeeded(project->conn) > 0;
}

bool mb_project_record_end(mb_project *project, const char *command, const char *what,
                           const mb_error *why, const char *first, mb_error *err)
{
    const mb_writer by = writer_of_end(project, command);
    const mb_script_event end = end_of(command, what, why);

    return (project->owns_history && mb_history_event_after(&by, first, &end, err)) ||
           (mb_conn_tx(project->conn) == MB_TX_IDLE &&
            (!*first || mb_conn_exec(NULL, project->conn, first, err)) &&
            inspect_and_record(project, &by, &end, err));
}

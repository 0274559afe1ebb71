/*
 * policies.c -- may the database be changed now?  The decision of each policy of its environments.
 */
#include "decided.h"

#include "moonbird/base/sqlstate.h"
#include "moonbird/history/history_sql.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/event_stream.h"
#include "moonbird/policy/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mb_policies *mb_policies_new(const mb_settings *settings, mb_conn *conn)
{
    mb_policies *policies = mb_alloc(sizeof *policies);

    policies->settings = settings;
    policies->conn = conn;
    return policies;
}

static void drop_overrides(mb_policies *policies)
{
    for (size_t i = 0; i < policies->n_overrides; i++)
        free(policies->overrides[i]);
    free(policies->overrides);
    policies->overrides = NULL;
    policies->n_overrides = 0;
}

void mb_policies_free(mb_policies *policies)
{
    drop_overrides(policies);
    mb_promotion_forget(policies);
    mb_names_free(&policies->noted);
    mb_recognised_free(&policies->recognised);
    free(policies->backup);
    free(policies);
}

bool mb_policies_is_set(const mb_policies *policies)
{
    return policies->recognised.n > 0;
}

bool mb_policies_has_prompted(const mb_policies *policies)
{
    return policies->confirmed;
}

bool mb_policies_tell(bool allowed, const mb_error *err)
{
    mb_event_line event;

    if (allowed || err->code != MB_ERR_POLICY || !mb_event_begin(&event, "refused"))
        return allowed;
    mb_event_error(&event, err);
    mb_event_end(&event);
    return false;
}

/* Find the environments of the database: once, and again after a lost connection. */
static bool recognise(mb_policies *policies, const mb_history *seen, mb_error *err)
{
    if (policies->known || !policies->conn)
        return true;
    mb_recognised_free(&policies->recognised);
    policies->known =
        mb_recognise(&policies->recognised, policies->settings, policies->conn, seen, err);
    return policies->known;
}

bool mb_policies_restricts(bool *restricts, mb_policies *policies, mb_error *err)
{
    if (!recognise(policies, NULL, err))
        return false;
    *restricts = false;
    for (size_t i = 0; i < policies->recognised.n; i++)
        *restricts = *restricts || mb_environment_restricts(policies->recognised.items[i]);
    return true;
}

bool mb_policies_check_run(mb_policies *policies, mb_stream stream, const char *path,
                           mb_error *err)
{
    if (!recognise(policies, NULL, err))
        return false;
    for (size_t i = 0; i < policies->recognised.n; i++) {
        const mb_environment *env = policies->recognised.items[i];

        if (env->promote_from)
            mb_fail(err, MB_ERR_POLICY,
                    "environment \"%s\" accepts only migrations that ran in \"%s\", but only "
                    "moonbird %s checks whether \"%s\" ran there",
                    env->name, env->promote_from, stream == MB_MANUAL ? "manual apply" : "up",
                    path);
        else if (stream == MB_MANUAL && env->backup == MB_BACKUP_MANUAL)
            mb_fail(err, MB_ERR_POLICY,
                    "environment \"%s\" requires a backup before manual migrations, but only "
                    "moonbird manual apply makes one before \"%s\"",
                    env->name, path);
        else
            continue;
        return mb_fail_hint(err, "The file belongs to a migration. Use moonbird %s.",
                            stream == MB_MANUAL ? "manual apply or manual rollback"
                                                : "up or down");
    }
    return true;
}

/* ---- out_of_order, changed ---- */

static void tighten(mb_reaction *strictest, int own, mb_reaction general)
{
    mb_reaction policy = own == MB_UNSET ? general : (mb_reaction)own;

    if (policy > *strictest)
        *strictest = policy;
}

bool mb_policies_tighten(mb_policies *policies, const mb_history *seen, mb_request *request,
                         mb_error *err)
{
    mb_reaction out_of_order = MB_ALLOW, changed = MB_ALLOW;

    if (!recognise(policies, seen, err))
        return false;
    for (size_t i = 0; i < policies->recognised.n; i++) {
        tighten(&out_of_order, policies->recognised.items[i]->out_of_order, request->out_of_order);
        tighten(&changed, policies->recognised.items[i]->changed, request->changed);
    }
    if (policies->recognised.n) {
        request->out_of_order = out_of_order;
        request->changed = changed;
    }
    return true;
}

/* ---- mirror ---- */

static bool refuse_mirrors(const mb_environment *one, const mb_environment *other, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "the database belongs to the environments \"%s\" and \"%s\", which have different "
            "values of \"mirror\"",
            one->name, other->name);
    return mb_fail_hint(err, "Give both the same value.");
}

bool mb_may_mirror(const mb_settings *settings)
{
    bool may = settings->mirror;

    for (size_t i = 0; i < settings->n_environments; i++)
        may = may || settings->environments[i].mirror;
    return may;
}

bool mb_policies_mirror(const char **tool, mb_policies *policies, const mb_history *seen,
                        mb_error *err)
{
    const mb_environment *first = NULL;

    *tool = NULL;
    if (!mb_may_mirror(policies->settings))
        return true;
    if (!recognise(policies, seen, err))
        return false;
    *tool = policies->settings->mirror;
    for (size_t i = 0; i < policies->recognised.n; i++) {
        const mb_environment *env = policies->recognised.items[i];

        if (!env->mirror)
            continue;
        if (first && strcmp(first->mirror, env->mirror) != 0)
            return refuse_mirrors(first, env, err);
        first = env;
        *tool = env->mirror;
    }
    if (*tool && !**tool)
        *tool = NULL;
    return true;
}

/* ---- an environment that is known from the history only ---- */

/*
 * Explain why the database counts as an environment that the user did not name, and how to declare
 * that it is another.
 */
static bool explain(const mb_policies *policies, const mb_environment *env, mb_error *err)
{
    mb_error why = *err;
    char *undo;

    if (env != policies->recognised.recorded || why.code != MB_ERR_POLICY)
        return false;
    undo = mb_history_sql("DELETE FROM $S.events WHERE what = 'environment';",
                          policies->settings->schema);
    mb_fail_more(err, "According to its history, the database was last changed as \"%s\", on this "
                      "server.",
                 env->name);
    mb_fail_hint(err, "%s%sIf this database is a copy of \"%s\", remove that record from the copy: "
                      "%s",
                 why.hint, why.hint[0] ? " " : "", env->name, undo);
    free(undo);
    return false;
}

/* ---- window ---- */

static void override(mb_policies *policies, char *text)
{
    policies->overrides =
        mb_grow(policies->overrides, policies->n_overrides, sizeof *policies->overrides);
    policies->overrides[policies->n_overrides++] = text;
}

/*
 * The time of the server's clock, to the minute: the clock of the machine that runs moonbird must
 * not matter.
 */
typedef struct moment {
    int minute;    /* since Sunday 00:00 UTC */
    int64_t epoch; /* the start of that minute, in seconds since 1970 */
    char shown[32]; /* for messages: "Sun 02:30 UTC" */
} moment;

static bool ask_clock(moment *out, mb_conn *conn, mb_error *err)
{
    mb_result *res;

    if (!mb_conn_exec(&res, conn,
                      "SELECT extract(dow FROM t)::int, extract(hour FROM t)::int,"
                      " extract(minute FROM t)::int, extract(epoch FROM"
                      " pg_catalog.date_trunc('minute', clock.at))::bigint,"
                      " pg_catalog.to_char(t, 'Dy HH24:MI \"UTC\"')"
                      " FROM (SELECT pg_catalog.clock_timestamp() AS at) clock,"
                      " LATERAL (SELECT clock.at AT TIME ZONE 'UTC' AS t) utc",
                      err))
        return false;
    out->minute = (int)((mb_result_int(res, 0, 0) * 24 + mb_result_int(res, 0, 1)) * 60 +
                        mb_result_int(res, 0, 2));
    out->epoch = mb_result_int(res, 0, 3);
    snprintf(out->shown, sizeof out->shown, "%s", mb_result_value(res, 0, 4));
    mb_result_free(res);
    return true;
}

static bool refuse_window(const mb_environment *env, const moment *now, int wait, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" may be changed only in its window \"%s\"",
            env->name, env->window);
    mb_fail_detail(err, "The server's clock says %s; the window opens in %d h %02d min.",
                   now->shown, wait / 60, wait % 60);
    return mb_fail_hint(err, "Run the command then, or give the reason why it cannot wait with "
                             "--outside-window REASON.");
}

static const char *reason_of(const mb_policies *policies, const mb_operation *operation)
{
    return operation->outside_window ? operation->outside_window
                                     : policies->settings->outside_window;
}

/*
 * Check one window. `first`: a reason counts as an override and will be recorded; later it already
 * is.
 */
static bool check_window(mb_policies *policies, const mb_environment *env,
                         const mb_operation *operation, bool first, mb_error *err)
{
    const char *reason = reason_of(policies, operation);
    moment now;
    int wait, left;
    int64_t closes;

    if (!env->window)
        return true;
    if (!ask_clock(&now, policies->conn, err) ||
        !mb_window_wait(&wait, &left, env->window, now.minute, err))
        return false;
    if (wait > 0 && !reason)
        return refuse_window(env, &now, wait, err);
    if (wait > 0 && first)
        override(policies,
                 mb_format("window \"%s\" of \"%s\": %s", env->window, env->name, reason));
    closes = now.epoch + (int64_t)left * 60;
    if (!reason && (!policies->closes || closes < policies->closes))
        policies->closes = closes;
    return true;
}

bool mb_windows_check(mb_policies *policies, const mb_operation *operation, bool first,
                          mb_error *err)
{
    policies->closes = 0;
    for (size_t i = 0; i < policies->recognised.n; i++)
        if (!check_window(policies, policies->recognised.items[i], operation, first, err))
            return explain(policies, policies->recognised.items[i], err);
    return true;
}

/* ---- protected ---- */

/* One confirmation is enough if the database belongs to several environments. */
static bool check_protected(mb_policies *policies, const mb_operation *operation, mb_error *err)
{
    for (size_t i = 0; i < policies->recognised.n; i++) {
        const mb_environment *env = policies->recognised.items[i];

        if (!env->is_protected)
            continue;
        if (policies->settings->yes && !policies->settings->by_name) {
            override(policies, mb_format("protected \"%s\": --yes", env->name));
            return true;
        }
        return mb_confirm(policies, env, operation, err) || explain(policies, env, err);
    }
    return true;
}

/* ---- the decision ---- */

static bool check_reason(const char *reason, mb_error *err)
{
    if (!reason || reason[strspn(reason, " \t\r\n")])
        return true;
    mb_fail(err, MB_ERR_USAGE, "--outside-window needs a reason");
    return mb_fail_hint(err, "Give the reason why it cannot wait. The history records it.");
}

bool mb_promotions_check(mb_policies *policies, const mb_operation *operation, mb_error *err)
{
    mb_promotion_forget(policies);
    for (size_t i = 0; i < policies->recognised.n; i++)
        if (!mb_promotion_check(policies, policies->recognised.items[i], operation, err))
            return explain(policies, policies->recognised.items[i], err);
    return true;
}

bool mb_policies_promote(mb_policies *policies, const mb_operation *operation, mb_error *err)
{
    return mb_policies_tell(
        recognise(policies, NULL, err) && mb_promotions_check(policies, operation, err), err);
}

/* ---- lint ---- */

/* Adds the environment to the error of the linter. */
static bool refuse_lint(const mb_environment *env, mb_error *err)
{
    mb_error found = *err;

    if (found.code == MB_ERR_POLICY)
        mb_format_into(err->message, sizeof err->message, "environment \"%s\" refuses %s",
                       env->name, found.message);
    return false;
}

bool mb_lint_check(const mb_policies *policies, const mb_operation *operation, mb_error *err)
{
    const mb_host *host = operation->host;

    for (size_t i = 0; i < policies->recognised.n; i++) {
        const mb_environment *env = policies->recognised.items[i];

        if (!env->lint || operation->n_sources == 0)
            continue;
        if (!host || !host->lint)
            return mb_fail(err, MB_ERR_POLICY,
                           "environment \"%s\" requires lint, which this program does not have",
                           env->name);
        return host->lint(host->linter, operation->sources, operation->n_sources,
                          policies->conn, err) ||
               refuse_lint(env, err) || explain(policies, env, err);
    }
    return true;
}

/* ---- shelved migrations ---- */

/* The plan has one only where --yes allowed it. */
static void note_shelved(mb_policies *policies, const mb_operation *operation)
{
    for (size_t i = 0; i < operation->n_sources; i++) {
        const mb_source *source = &operation->sources[i];

        if (source->directives->shelved && source->direction == MB_UP)
            override(policies, mb_format("shelved %s: --yes", source->file->name));
    }
}

/* Prompt last, so that the user does not confirm a change that is then refused. */
static bool allow(mb_policies *policies, const mb_operation *operation, mb_error *err)
{
    if (!mb_windows_check(policies, operation, true, err))
        return false;
    return mb_promotions_check(policies, operation, err) && mb_lint_check(policies, operation, err) &&
           check_protected(policies, operation, err) &&
           (!policies->confirmed ||
            /* a window may have closed while the prompt waited */
            mb_windows_check(policies, operation, false, err));
}

/* ---- an environment that is not configured ---- */

/*
 * The configuration file is missing or the wrong one: -c, -C, a moonbird.lua that was renamed or
 * not copied.
 */
static bool refuse_lost(const char *name, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "this database was last changed as environment \"%s\", which the "
            "configuration does not have",
            name);
    mb_fail_detail(err, "Without its entry, the policies of that environment would not apply.");
    return mb_fail_hint(
        err,
        "Use the moonbird.lua that has this environment. If the environment is gone, add the "
        "entry \"%s = {}\", without a url, to \"environments\". If it has a new name, give the "
        "new entry the url of this database.",
        name);
}

/*
 * Refuse an unknown environment. A role that may not read the history passes: the answer is
 * unknown.
 */
bool mb_configured_check(const mb_policies *policies, const mb_operation *operation,
                               mb_error *err)
{
    mb_error unread;
    char *name;
    bool ok;

    if (!operation->check_unconfigured || policies->recognised.n || !policies->conn)
        return true;
    if (!mb_recognise_unconfigured(&name, policies->settings, policies->conn, operation->seen,
                                   &unread)) {
        *err = unread;
        return mb_error_is(&unread, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE);
    }
    ok = !name || strcmp(name, "dev") == 0 || refuse_lost(name, err);
    free(name);
    return ok;
}

bool mb_policies_has_unconfigured(const mb_history *history, const mb_settings *settings)
{
    for (size_t i = 0; i < history->n; i++)
        if (*history->rows[i].environment &&
            !mb_environment_find(settings, history->rows[i].environment))
            return true;
    return false;
}

bool mb_policies_allow(mb_policies *policies, const mb_operation *operation, mb_error *err)
{
    drop_overrides(policies);
    note_shelved(policies, operation);
    return mb_policies_tell(check_reason(reason_of(policies, operation), err) &&
                                recognise(policies, operation->seen, err) &&
                                mb_configured_check(policies, operation, err) &&
                                allow(policies, operation, err),
                            err);
}

bool mb_policies_still_allows(mb_policies *policies, const mb_operation *operation, mb_error *err)
{
    if (!policies->known)
        return mb_policies_allow(policies, operation, err);
    return mb_policies_tell(mb_windows_check(policies, operation, false, err), err);
}

void mb_policies_forget(mb_policies *policies)
{
    policies->known = false;
}

int64_t mb_policies_closes(const mb_policies *policies)
{
    return policies->closes;
}

const char *mb_policies_environment(const mb_policies *policies)
{
    return policies->recognised.name && *policies->recognised.name
               ? policies->recognised.name
               : policies->settings->environment;
}

#include "moonbird/policy.h"

#include "guard.h"

#include "moonbird/buf.h"
#include "moonbird/cluster.h"
#include "moonbird/interrupt.h"
#include "moonbird/log.h"
#include "moonbird/mem.h"
#include "moonbird/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which environments a database is ---- */

bool mb_conn_is_embedded(bool *is, mb_conn *conn, const char *root, mb_error *err)
{
    char *conninfo;
    bool ok;

    *is = false;
    if (mb_conn_host(conn)[0] != '/')
        return true;
    if (!mb_embedded_find(&conninfo, root, err))
        return false;
    ok = !conninfo || mb_conn_is(is, conn, conninfo, false, err);
    free(conninfo);
    return ok;
}

const mb_environment *mb_environment_of(const mb_environment *list, size_t n, mb_conn *conn,
                                        const char *named)
{
    const mb_environment *first = NULL;

    for (size_t i = 0; i < n; i++) {
        const mb_environment *env = &list[i];
        bool is = false, chosen = named && strcmp(env->name, named) == 0;
        mb_error unread;

        if ((first && !chosen) || !env->url || strcmp(env->url, "embedded:") == 0 ||
            !mb_conn_is(&is, conn, env->url, false, &unread) || !is)
            continue;
        first = env;
        if (chosen)
            break;
    }
    return first;
}

struct mb_guard {
    const mb_settings *settings;
    mb_conn *conn;
    const mb_environment **items; /* the environments that the database is */
    size_t n;
    bool known;       /* they were looked for */
    bool confirmed;   /* a person spelled the name of a protected one */
    char **overrides; /* of the last mb_guard_allow: policy and reason */
    size_t n_overrides;
    char *backup; /* the file that mb_guard_enter made */
};

mb_guard *mb_guard_new(const mb_settings *settings, mb_conn *conn)
{
    mb_guard *guard = mb_alloc(sizeof *guard);

    guard->settings = settings;
    guard->conn = conn;
    return guard;
}

static void drop_overrides(mb_guard *guard)
{
    for (size_t i = 0; i < guard->n_overrides; i++)
        free(guard->overrides[i]);
    free(guard->overrides);
    guard->overrides = NULL;
    guard->n_overrides = 0;
}

void mb_guard_free(mb_guard *guard)
{
    drop_overrides(guard);
    free(guard->items);
    free(guard->backup);
    free(guard);
}

bool mb_guard_is_set(const mb_guard *guard)
{
    return guard->n > 0;
}

/* An environment that cannot be read might be this one: nothing is done. */
static bool unreadable(const mb_environment *env, mb_error *err)
{
    mb_error why = *err;

    mb_fail(err, why.code, "environment \"%s\": %s", env->name, why.message);
    mb_fail_detail(err, "%s", why.detail);
    return mb_fail_hint(err, "%s", why.hint[0] ? why.hint : "Correct its url.");
}

/* Once a guard. */
static bool look(mb_guard *guard, mb_error *err)
{
    const mb_settings *s = guard->settings;

    if (guard->known || !guard->conn)
        return true;
    guard->n = 0;
    guard->items = mb_realloc(guard->items, (s->n_environments + 1) * sizeof *guard->items);
    for (size_t i = 0; i < s->n_environments; i++) {
        const mb_environment *env = &s->environments[i];
        bool is = false, ok;

        if (!env->url)
            continue;
        ok = strcmp(env->url, "embedded:") == 0
                 ? mb_conn_is_embedded(&is, guard->conn, s->root, err)
                 : mb_conn_is(&is, guard->conn, env->url, true, err);
        if (!ok)
            return unreadable(env, err);
        if (is)
            guard->items[guard->n++] = env;
    }
    guard->known = true;
    return true;
}

/* ---- out_of_order, changed ---- */

static void tighten(mb_policy *strictest, int own, mb_policy general)
{
    mb_policy policy = own == MB_UNSET ? general : (mb_policy)own;

    if (policy > *strictest)
        *strictest = policy;
}

bool mb_guard_tighten(mb_guard *guard, mb_request *request, mb_error *err)
{
    mb_policy out_of_order = MB_ALLOW, changed = MB_ALLOW;

    if (!look(guard, err))
        return false;
    for (size_t i = 0; i < guard->n; i++) {
        tighten(&out_of_order, guard->items[i]->out_of_order, request->out_of_order);
        tighten(&changed, guard->items[i]->changed, request->changed);
    }
    if (guard->n) {
        request->out_of_order = out_of_order;
        request->changed = changed;
    }
    return true;
}

/* ---- window ---- */

static void override(mb_guard *guard, char *text)
{
    guard->overrides = mb_grow(guard->overrides, guard->n_overrides, sizeof *guard->overrides);
    guard->overrides[guard->n_overrides++] = text;
}

/* The server's clock: whose machine this is run on must not matter. */
static bool ask_clock(mb_conn *conn, int *now, char *shown, size_t size, mb_error *err)
{
    mb_result *res;

    if (!mb_conn_exec(&res, conn,
                      "SELECT extract(dow FROM t)::int, extract(hour FROM t)::int,"
                      " extract(minute FROM t)::int, pg_catalog.to_char(t, 'Dy HH24:MI \"UTC\"')"
                      " FROM (SELECT pg_catalog.clock_timestamp() AT TIME ZONE 'UTC' AS t) clock",
                      err))
        return false;
    *now = (int)((mb_result_int(res, 0, 0) * 24 + mb_result_int(res, 0, 1)) * 60 +
                 mb_result_int(res, 0, 2));
    snprintf(shown, size, "%s", mb_result_value(res, 0, 3));
    mb_result_free(res);
    return true;
}

static bool refuse_window(const mb_environment *env, const char *now, int wait, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is changed in its window \"%s\" alone",
            env->name, env->window);
    mb_fail_detail(err, "By the server's clock it is %s; the window opens in %d h %02d min.", now,
                   wait / 60, wait % 60);
    return mb_fail_hint(err,
                        "Run it then, or say why it cannot wait with --outside-window REASON.");
}

static bool check_window(mb_guard *guard, const mb_environment *env, const mb_deed *deed,
                         mb_error *err)
{
    char shown[32];
    int now, wait;

    if (!env->window || deed->kind != MB_DEED_MIGRATIONS)
        return true;
    if (!ask_clock(guard->conn, &now, shown, sizeof shown, err) ||
        !mb_window_wait(&wait, env->window, now, err))
        return false;
    if (wait > 0 && !deed->outside_window)
        return refuse_window(env, shown, wait, err);
    if (wait > 0)
        override(guard, mb_format("window \"%s\" of \"%s\": %s", env->window, env->name,
                                  deed->outside_window));
    return true;
}

/* ---- protected ---- */

static bool refuse_protected(const mb_environment *env, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected", env->name);
    return mb_fail_hint(err,
                        "Give --yes, or run it at a terminal and answer with the environment's "
                        "name.");
}

static bool ask_person(mb_guard *guard, const mb_environment *env, const char *command,
                       mb_error *err)
{
    char *target = mb_conn_describe(guard->conn);
    char *question = mb_format("\"%s\" changes the protected environment \"%s\", %s.\n"
                               "Type the environment's name to go on: ",
                               command, env->name, target);
    char answer[256];

    mb_ask(question, answer, sizeof answer);
    free(question);
    free(target);
    guard->confirmed = strcmp(answer, env->name) == 0;
    if (!mb_interrupt_check(err))
        return false;
    if (guard->confirmed)
        return true;
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected, and the answer was not its name",
            env->name);
    return mb_fail_hint(err, "Nothing was changed; run it again.");
}

/* One confirmation is enough where the database is several environments. */
static bool check_protected(mb_guard *guard, const mb_deed *deed, mb_error *err)
{
    for (size_t i = 0; i < guard->n; i++) {
        const mb_environment *env = guard->items[i];

        if (!env->guarded)
            continue;
        if (guard->settings->yes) {
            override(guard, mb_format("protected \"%s\": --yes", env->name));
            return true;
        }
        if (guard->confirmed)
            return true;
        return mb_input_is_terminal() ? ask_person(guard, env, deed->command, err)
                                      : refuse_protected(env, err);
    }
    return true;
}

/* ---- the decision ---- */

static bool check_reason(const mb_deed *deed, mb_error *err)
{
    const char *reason = deed->outside_window;

    if (!reason || reason[strspn(reason, " \t\r\n")])
        return true;
    mb_fail(err, MB_ERR_USAGE, "--outside-window needs a reason");
    return mb_fail_hint(err, "Say why it cannot wait; the history keeps it.");
}

/* The person is asked last: nobody answers to be refused. */
bool mb_guard_allow(mb_guard *guard, const mb_deed *deed, mb_error *err)
{
    drop_overrides(guard);
    if (!check_reason(deed, err) || !look(guard, err))
        return false;
    for (size_t i = 0; i < guard->n; i++) {
        const mb_environment *env = guard->items[i];

        if (!check_window(guard, env, deed, err) ||
            !mb_promotion_check(env, guard->settings, deed->units, deed->n_units, err))
            return false;
    }
    return check_protected(guard, deed, err);
}

/* ---- trials ---- */

/* Is the session with the environment's server, whichever database it has there? */
static bool is_server(bool *is, mb_conn *conn, const mb_environment *env, const char *root,
                      mb_error *err)
{
    char *url = NULL;
    bool ok = true;

    *is = false;
    if (strcmp(env->url, "embedded:") == 0)
        ok = mb_embedded_find(&url, root, err);
    else
        url = mb_strdup(env->url);
    ok = ok && (!url || (mb_conninfo_add(&url, "dbname", mb_conn_database(conn), err) &&
                         mb_conn_is(is, conn, url, true, err)));
    free(url);
    return ok;
}

bool mb_guard_allow_trials(const mb_settings *settings, mb_conn *conn, mb_error *err)
{
    for (size_t i = 0; i < settings->n_environments; i++) {
        const mb_environment *env = &settings->environments[i];
        bool is;

        if (!env->guarded || !env->url)
            continue;
        if (!is_server(&is, conn, env, settings->root, err))
            return unreadable(env, err);
        if (!is)
            continue;
        mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected: tests do not run on its "
                "server", env->name);
        return mb_fail_hint(err, "Leave -d and -e out, for a throw-away server, or name another "
                                 "one.");
    }
    return true;
}

/* ---- what was allowed begins ---- */

bool mb_guard_record(const mb_guard *guard, const mb_writer *by, mb_stream stream, mb_error *err)
{
    for (size_t i = 0; i < guard->n_overrides; i++)
        if (!mb_ledger_event(guard->conn, by, stream, NULL, "override", "done", guard->overrides[i],
                             err))
            return false;
    return true;
}

static bool has_manual(const mb_deed *deed)
{
    for (size_t i = 0; i < deed->n_units; i++)
        if (deed->units[i].file->stream == MB_MANUAL)
            return true;
    return false;
}

/* The environment that wants a backup first, or NULL. */
static const mb_environment *wants_backup(const mb_guard *guard, const mb_deed *deed)
{
    mb_backup_when least = has_manual(deed) ? MB_BACKUP_MANUAL : MB_BACKUP_ALWAYS;

    for (size_t i = 0; deed->kind != MB_DEED_LEDGER && i < guard->n; i++)
        if (guard->items[i]->backup >= least)
            return guard->items[i];
    return NULL;
}

static bool refuse_without_backup(const mb_environment *env, mb_error *err)
{
    mb_error why = *err;

    if (why.code == MB_ERR_INTERRUPTED)
        return false;
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" wants a backup first, and there is none: %s",
            env->name, why.message);
    mb_fail_at(err, why.file, why.line, why.column);
    mb_fail_detail(err, "%s", why.detail);
    return mb_fail_hint(err, "%s",
                        why.hint[0] ? why.hint : "Mend what is in its way; nothing was changed.");
}

bool mb_guard_enter(mb_guard *guard, const mb_deed *deed, mb_run *run, mb_error *err)
{
    const mb_environment *env = wants_backup(guard, deed);
    mb_backup backup;

    if (run->recorded && guard->n_overrides > 0 &&
        !(mb_run_need_ledger(run, err) && mb_guard_record(guard, &run->by, deed->stream, err)))
        return false;
    if (!env)
        return true;
    if (!mb_backup_make(&backup, run, err))
        return refuse_without_backup(env, err);
    mb_run_note(run, "backed up to %s (%.1f MB)", backup.path, (double)backup.bytes / 1e6);
    free(guard->backup);
    guard->backup = backup.path;
    run->by.backup = guard->backup;
    return true;
}

/* ---- scripts ---- */

bool mb_project_allow_script(mb_project *project, const char *command, const mb_reporter *reporter,
                             mb_error *err)
{
    const mb_settings *s = &project->settings;
    const mb_deed deed = {.kind = MB_DEED_SCRIPT, .command = command};
    mb_run run = {
        .conn = project->conn,
        .settings = s,
        .reporter = reporter,
        .by = mb_writer_of(s, deed.command),
    };

    if (!mb_guard_allow(project->guard, &deed, err))
        return false;
    return project->guard->n == 0 || (mb_ledger_exists(&run.recorded, run.conn, s->schema, err) &&
                                      mb_guard_enter(project->guard, &deed, &run, err));
}

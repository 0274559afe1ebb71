/* database.c -- a database is created or dropped, as the policies allow. */
#include "moonbird/policy/database.h"
#include "moonbird/policy/allow.h"
#include "moonbird/project/loaded.h"
#include "database_policies.h"
#include "decided.h"

#include "moonbird/base/mem.h"
#include "moonbird/pg/conninfo.h"

#include <stdlib.h>
#include <string.h>

void mb_database_facts_free(mb_database_facts *facts)
{
    free(facts->name);
    free(facts->target);
    free(facts->system);
    *facts = (mb_database_facts){0};
}

/* ---- may it be dropped or overwritten? ---- */

static bool refuse_protected(const mb_policies *policies, const char *command, mb_error *err)
{
    for (size_t i = 0; i < policies->recognised.n; i++) {
        const mb_environment *env = policies->recognised.items[i];

        if (!env->is_protected)
            continue;
        mb_fail(err, MB_ERR_POLICY, "database \"%s\" belongs to the protected environment \"%s\"",
                mb_conn_database(policies->conn), env->name);
        return mb_fail_hint(err, "moonbird %s never changes a protected environment, not even with "
                                 "--yes.", command);
    }
    return true;
}

/* Another database of the server is not the environment that was named. */
static mb_settings settings_for(const mb_database_at *at)
{
    mb_settings settings = *at->settings;

    if (at->name) {
        settings.named = NULL;
        settings.environment = "";
    }
    return settings;
}

/* `back_up`: also make the backup that an environment requires before every change. */
static bool allow(mb_conn *conn, const mb_database_at *at, bool back_up, mb_error *err)
{
    const mb_operation operation = {.command = at->command, .check_unconfigured = true};
    mb_settings settings = settings_for(at);
    mb_project *project;
    mb_writer by;
    bool restricts, ok;

    mb_project_open(&project, &settings, conn, NULL);
    by = mb_writer_of(project, at->command);
    ok = mb_policies_restricts(&restricts, project->policies, err) &&
         mb_policies_tell(refuse_protected(project->policies, at->command, err), err) &&
         mb_policies_allow(project->policies, &operation, err) &&
         (!back_up || mb_policies_back_up(project->policies, &operation,
                                          &(mb_recording){.settings = &project->settings,
                                                          .reporter = at->reporter,
                                                          .by = &by},
                                          err));
    mb_project_close(project);
    return ok;
}

/* ---- the present state of the database ---- */

/* The server cuts longer names, so that a name could be that of another database. */
static bool check_length(const char *name, mb_error *err)
{
    if (strlen(name) <= MB_NAME_BYTES)
        return true;
    mb_fail(err, MB_ERR_USAGE, "\"%s\" is too long for the name of a database", name);
    return mb_fail_hint(err, "PostgreSQL keeps the first %d bytes of a name. Give a shorter one.",
                        MB_NAME_BYTES);
}

bool mb_database_name(char **name, const mb_database_at *at, mb_error *err)
{
    if (at->name)
        *name = mb_strdup(at->name);
    else if (!mb_conninfo_database(name, at->conninfo, err))
        return false;
    return check_length(*name, err);
}

static bool identify(char **system, mb_conn *conn, mb_error *err)
{
    mb_result *res;

    if (!mb_conn_exec_identified(&res, conn, "SELECT 1", err))
        return false;
    mb_result_free(res);
    *system = mb_strdup(mb_conn_system(conn));
    return true;
}

/* How many migrations the history has is only shown, so that an error does not matter. */
static int64_t count_applied(mb_conn *conn, const mb_settings *settings)
{
    mb_history history = {0};
    mb_error ignored;
    int64_t n;

    if (!mb_history_load(&history, (mb_store){conn, settings->schema}, MB_DETAIL_QUICK, &ignored))
        return 0;
    n = (int64_t)history.n;
    mb_history_free(&history);
    return n;
}

static bool inspect_open(mb_database_facts *out, mb_conn *conn, const mb_database_at *at,
                         mb_error *err)
{
    char *system = NULL;
    bool same, ok;

    if (!identify(&system, conn, err))
        return false;
    same = strcmp(system, out->system) == 0 && mb_conn_database_oid(conn) == out->oid;
    free(system);
    if (!same)
        return mb_fail(err, MB_ERR_FAILED, "the address of database \"%s\" leads to two servers",
                       out->name);
    out->target = mb_conn_describe(conn);
    ok = allow(conn, at, false, err) && mb_database_look(&out->contents, conn, err);
    if (ok)
        out->applied = count_applied(conn, at->settings);
    return ok;
}

static bool open_database(mb_conn **out, const mb_database_at *at, const char *name, mb_error *err)
{
    return mb_database_open(out, at->conninfo, name, mb_settings_limits(at->settings), err);
}

/* The database in which moonbird works on the others cannot be one of them. */
static bool check_name(const char *name, const mb_conn *server, mb_error *err)
{
    if (strcmp(mb_conn_database(server), name) != 0)
        return true;
    mb_fail(err, MB_ERR_USAGE, "moonbird needs database \"%s\" to drop or replace others", name);
    return mb_fail_hint(err, "Name another database.");
}

static bool inspect(mb_database_facts *out, mb_conn *server, const mb_database_at *at,
                    mb_error *err)
{
    mb_conn *conn = NULL;
    bool ok = check_name(out->name, server, err) && identify(&out->system, server, err) &&
              mb_database_find(&out->oid, server, out->name, err);

    if (!ok || !out->oid)
        return ok;
    ok = open_database(&conn, at, out->name, err) && inspect_open(out, conn, at, err);
    mb_conn_close(conn);
    return ok;
}

bool mb_database_inspect(mb_database_facts *out, const mb_database_at *at, mb_error *err)
{
    mb_conn *server = NULL;
    bool ok;

    *out = (mb_database_facts){0};
    ok = mb_database_name(&out->name, at, err) &&
         mb_server_open(&server, at->conninfo, mb_settings_limits(at->settings), err) &&
         inspect(out, server, at, err);
    mb_conn_close(server);
    if (!ok)
        mb_database_facts_free(out);
    return ok;
}

/* ---- create and drop ---- */

/* Another process may create it in the same moment. */
static bool create(bool *created, mb_conn *server, const char *name,
                   const mb_database_options *options, mb_error *err)
{
    mb_error other;
    uint32_t oid;

    *created = mb_database_create(server, name, options, err);
    return *created || ((mb_error_is(err, MB_SQLSTATE_DUPLICATE_DATABASE) ||
                         mb_error_is(err, MB_SQLSTATE_UNIQUE_VIOLATION)) &&
                        mb_database_find(&oid, server, name, &other) && oid);
}

bool mb_database_make(char **name, bool *created, const mb_database_at *at,
                      const mb_database_options *options, mb_error *err)
{
    mb_conn *server = NULL;
    uint32_t oid = 0;
    bool ok;

    *name = NULL;
    *created = false;
    ok = mb_database_name(name, at, err) &&
         mb_server_open(&server, at->conninfo, mb_settings_limits(at->settings), err) &&
         mb_database_find(&oid, server, *name, err) &&
         (oid || create(created, server, *name, options, err));
    mb_conn_close(server);
    return ok;
}

bool mb_database_back_up(const mb_database_facts *facts, const mb_database_at *at, mb_error *err)
{
    mb_conn *conn = NULL;
    bool ok = open_database(&conn, at, facts->name, err) && allow(conn, at, true, err);

    mb_conn_close(conn);
    return ok;
}

bool mb_database_same(const mb_database_facts *shown, const mb_database_facts *now, mb_error *err)
{
    if (shown->oid == now->oid && strcmp(shown->system, now->system) == 0)
        return true;
    mb_fail(err, MB_ERR_FAILED, "database \"%s\" was replaced after it was shown", shown->name);
    return mb_fail_hint(err, "Nothing was changed. Run the command again.");
}

bool mb_database_fail_in_use(bool ok, mb_error *err)
{
    if (!ok && mb_error_is(err, MB_SQLSTATE_OBJECT_IN_USE) && !err->hint[0])
        mb_fail_hint(err, "Nothing was changed. End the other sessions, or use --force, which ends "
                          "them.");
    return ok;
}

bool mb_database_remove(const mb_database_facts *shown, const mb_database_at *at, bool force,
                        mb_error *err)
{
    mb_database_facts now;
    mb_conn *server = NULL;
    bool ok;

    if (!mb_database_inspect(&now, at, err))
        return false;
    ok = mb_database_same(shown, &now, err) && mb_database_back_up(&now, at, err) &&
         mb_server_open(&server, at->conninfo, mb_settings_limits(at->settings), err) &&
         mb_database_fail_in_use(mb_database_drop(server, now.name, force, err), err);
    mb_conn_close(server);
    mb_database_facts_free(&now);
    return ok;
}

/*
 * scratch_server.c -- may tests create databases on a server?
 *
 * They share its roles, its disk and its load with all of its databases, so the environments of the
 * whole server count. An address does not show them all: it can belong to a pooler or a tunnel. So
 * the histories of the other databases are read too.
 */
#include "decided.h"

#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_S = 10 }; /* limit for the login to a database and for each answer, in seconds */

static bool refuse_protected(const mb_environment *env, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" is protected, so tests do not run on its "
            "server",
            env->name);
    return mb_fail_hint(err, "Omit -d and -e to use a throw-away server, or name another server.");
}

static bool allow(const mb_environment *env, const mb_settings *settings, mb_conn *conn,
                  mb_error *err)
{
    mb_policies policies = {
        .settings = settings, .conn = conn, .recognised = {.items = &env, .n = 1}, .known = true};
    const mb_operation operation = {.command = "test"};

    return env->is_protected ? refuse_protected(env, err)
                             : mb_policies_still_allows(&policies, &operation, err);
}

/* ---- the session's database ---- */

static bool check_own(const mb_settings *settings, mb_conn *conn, mb_error *err)
{
    mb_recognised recognised;
    bool ok = mb_recognise(&recognised, settings, conn, NULL, err);

    for (size_t i = 0; ok && i < recognised.n; i++)
        ok = allow(recognised.items[i], settings, conn, err);
    mb_recognised_free(&recognised);
    return ok;
}

/* ---- the other databases of the server, by their histories ---- */

/*
 * Fails with the error in *err unless the user gave --yes: a database that cannot be read may be a
 * protected environment. `what` cannot be done with it.
 */
static bool decide_unknown(const char *database, const char *what, const mb_settings *settings,
                           mb_error *err)
{
    mb_error why = *err;

    if (why.code == MB_ERR_INTERRUPTED)
        return false;
    if (settings->yes)
        return true;
    mb_fail(err, MB_ERR_POLICY,
            "cannot check whether this server has a protected environment: database \"%s\" cannot "
            "be %s: %s", database, what, why.message);
    mb_fail_detail(err, "%s", why.detail);
    return mb_fail_hint(err, "Omit -d and -e to use a throw-away server, or connect as a role that "
                             "may open this database and read its history. If tests may run on "
                             "this server, confirm that with --yes.");
}

static bool check_history(const char *database, const mb_settings *settings, mb_conn *conn,
                          mb_error *err)
{
    const mb_environment *env;
    char *name;

    if (!mb_recognise_recorded(&name, settings, conn, NULL, err))
        return decide_unknown(database, "read", settings, err);
    env = mb_environment_find(settings, name);
    free(name);
    if (!env || allow(env, settings, conn, err))
        return true;
    if (err->code == MB_ERR_POLICY)
        mb_fail_detail(err, "%s%sAccording to its history, database \"%s\" of this server was last "
                            "changed as \"%s\".",
                       err->detail, err->detail[0] ? "\n" : "", database, env->name);
    return false;
}

/* Another run can drop the databases of its tests at any time. */
static bool is_gone(const char *database, mb_conn *server)
{
    const mb_param params[] = {{.data = database}};
    mb_result *res = NULL;
    mb_error ignored;
    bool gone = mb_conn_query(&res, server,
                              "SELECT FROM pg_catalog.pg_database d WHERE d.datname" MB_EQ "$1", 1,
                              params, &ignored) &&
                mb_result_rows(res) == 0;

    mb_result_free(res);
    return gone;
}

static bool check_database(const char *database, const mb_settings *settings, mb_conn *server,
                           const char *conninfo, mb_error *err)
{
    char *other = mb_strdup(conninfo);
    mb_conn *conn = NULL;
    bool ok = mb_conninfo_add(&other, "dbname", database, err);

    if (ok && !mb_conn_open_within(&conn, other, ANSWER_S, err))
        ok = err->code == MB_ERR_CONNECT && (is_gone(database, server) ||
                                             decide_unknown(database, "opened", settings, err));
    else
        ok = ok && check_history(database, settings, conn, err);
    mb_conn_close(conn);
    free(other);
    return ok;
}

/* Databases that refuse all connections are templates, or were being dropped (datconnlimit -2). */
static bool check_others(const mb_settings *settings, mb_conn *conn, const char *conninfo,
                         mb_error *err)
{
    static const char sql[] =
        "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datallowconn"
        " AND NOT d.datistemplate AND d.datconnlimit" MB_OP(">=") "(-1)"
        " AND d.datname" MB_NE "pg_catalog.current_database() ORDER BY d.datname";
    mb_result *res;
    bool ok = mb_conn_exec(&res, conn, sql, err);

    if (!ok)
        return false;
    for (size_t i = 0; ok && i < mb_result_rows(res); i++)
        ok = check_database(mb_result_value(res, i, 0), settings, conn, conninfo, err);
    mb_result_free(res);
    return ok;
}

/* ---- all of them ---- */

static bool limits(const mb_environment *env)
{
    return env->is_protected || env->window;
}

static bool check_address(const mb_environment *env, const mb_settings *settings, mb_conn *conn,
                          mb_error *err)
{
    bool is;

    return !env->url || (mb_recognise_server(&is, env, settings->root, conn, err) &&
                         (!is || allow(env, settings, conn, err)));
}

bool mb_policies_allow_scratch(const mb_settings *settings, mb_conn *conn, const char *conninfo,
                               mb_error *err)
{
    bool any = false;

    for (size_t i = 0; i < settings->n_environments; i++) {
        if (!limits(&settings->environments[i]))
            continue;
        if (!check_address(&settings->environments[i], settings, conn, err))
            return false;
        any = true;
    }
    return check_own(settings, conn, err) &&
           (!any || check_others(settings, conn, conninfo, err));
}

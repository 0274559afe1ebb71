/*
 * scratch_server.c -- may tests, or the commands that need scratch databases, create databases on a
 * server?
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

/* Who asks, and for which server. */
typedef struct asked {
    const mb_settings *settings;
    mb_conn *conn;            /* the session with the server */
    const char *conninfo;     /* of that session */
    const mb_key_origin *key; /* the key scratch, if it names the server; else NULL */
} asked;

/* A refusal: where the server was named, and what to do. */
static bool explain(const asked *a, const mb_environment *env, mb_error *err)
{
    if (err->code != MB_ERR_POLICY)
        return false;
    if (!a->key)
        return mb_fail_hint(err, "Omit -d and -e to use a throw-away server, or name another "
                                 "server.");
    mb_fail_more(err, "The key scratch names the server of \"%s\". Databases there share its roles, "
                      "disk and load.",
                 env->name);
    mb_fail_hint(err, "Name another server in the key scratch, or remove the key to use a "
                      "throw-away server.");
    return mb_fail_at(err, a->key->file, a->key->line, 0);
}

/* `conn`: a session with one of the databases of the server. */
static bool allow(const asked *a, const mb_environment *env, mb_conn *conn, mb_error *err)
{
    mb_policies policies = {.settings = a->settings,
                            .conn = conn,
                            .recognised = {.items = &env, .n = 1},
                            .known = true};
    const mb_operation operation = {.command = "test"};

    if (env->is_protected)
        mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected, so %s on its server",
                env->name, a->key ? "no scratch databases are created" : "tests do not run");
    else if (mb_policies_still_allows(&policies, &operation, err))
        return true;
    return explain(a, env, err);
}

/* ---- the session's database ---- */

static bool check_own(const asked *a, mb_error *err)
{
    mb_recognised recognised;
    bool ok = mb_recognise(&recognised, a->settings, a->conn, NULL, err);

    for (size_t i = 0; ok && i < recognised.n; i++)
        ok = allow(a, recognised.items[i], a->conn, err);
    mb_recognised_free(&recognised);
    return ok;
}

/* ---- the other databases of the server, by their histories ---- */

static const char *unknown_hint(const asked *a)
{
    return a->key ? "Name another server in the key scratch, or remove the key to use a throw-away "
                    "server. Or name a role there that may open this database and read its "
                    "history. If scratch databases may be created on this server, confirm that "
                    "with --yes."
                  : "Omit -d and -e to use a throw-away server, or connect as a role that may open "
                    "this database and read its history. If tests may run on this server, confirm "
                    "that with --yes.";
}

/*
 * Fails with the error in *err unless the user gave --yes: a database that cannot be read may be a
 * protected environment. `what` cannot be done with it.
 */
static bool decide_unknown(const asked *a, const char *database, const char *what, mb_error *err)
{
    mb_error why = *err;

    if (why.code == MB_ERR_INTERRUPTED)
        return false;
    if (a->settings->yes)
        return true;
    mb_fail(err, MB_ERR_POLICY,
            "cannot check whether this server has a protected environment: database \"%s\" cannot "
            "be %s: %s", database, what, why.message);
    mb_fail_detail(err, "%s", why.detail);
    if (a->key)
        mb_fail_at(err, a->key->file, a->key->line, 0);
    return mb_fail_hint(err, "%s", unknown_hint(a));
}

static bool check_history(const asked *a, const char *database, mb_conn *conn, mb_error *err)
{
    const mb_environment *env;
    char *name;

    if (!mb_recognise_recorded(&name, a->settings, conn, NULL, err))
        return decide_unknown(a, database, "read", err);
    env = mb_environment_find(a->settings, name);
    free(name);
    if (!env || allow(a, env, conn, err))
        return true;
    if (err->code == MB_ERR_POLICY)
        mb_fail_more(err, "According to its history, database \"%s\" of this server was last changed "
                          "as \"%s\".",
                     database, env->name);
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

static bool check_database(const asked *a, const char *database, mb_error *err)
{
    char *other = mb_strdup(a->conninfo);
    mb_conn *conn = NULL;
    bool ok = mb_conninfo_add(&other, "dbname", database, err);

    if (ok && !mb_conn_open_within(&conn, other, ANSWER_S, err))
        ok = err->code == MB_ERR_CONNECT && (is_gone(database, a->conn) ||
                                             decide_unknown(a, database, "opened", err));
    else
        ok = ok && check_history(a, database, conn, err);
    mb_conn_close(conn);
    free(other);
    return ok;
}

/* Databases that refuse all connections are templates, or were being dropped (datconnlimit -2). */
static bool check_others(const asked *a, mb_error *err)
{
    static const char sql[] =
        "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datallowconn"
        " AND NOT d.datistemplate AND d.datconnlimit" MB_OP(">=") "(-1)"
        " AND d.datname" MB_NE "pg_catalog.current_database() ORDER BY d.datname";
    mb_result *res;
    bool ok = mb_conn_exec(&res, a->conn, sql, err);

    if (!ok)
        return false;
    for (size_t i = 0; ok && i < mb_result_rows(res); i++)
        ok = check_database(a, mb_result_value(res, i, 0), err);
    mb_result_free(res);
    return ok;
}

/* ---- all of them ---- */

static bool limits(const mb_environment *env)
{
    return env->is_protected || env->window;
}

static bool check_address(const asked *a, const mb_environment *env, mb_error *err)
{
    bool is;

    return !env->url || (mb_recognise_server(&is, env, a->settings->root, a->conn, err) &&
                         (!is || allow(a, env, a->conn, err)));
}

bool mb_policies_allow_scratch(const mb_settings *settings, mb_conn *conn, const char *conninfo,
                               const mb_key_origin *key, mb_error *err)
{
    const asked a = {settings, conn, conninfo, key};
    bool any = false;

    for (size_t i = 0; i < settings->n_environments; i++) {
        if (!limits(&settings->environments[i]))
            continue;
        if (!check_address(&a, &settings->environments[i], err))
            return false;
        any = true;
    }
    return check_own(&a, err) && (!any || check_others(&a, err));
}

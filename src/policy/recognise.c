/*
 * recognise.c -- which environments the database of a session belongs to.
 *
 * The environment that the user named counts, whatever its address. So does each environment whose
 * address the session has, and the environment under which the database was last changed, as the
 * history records it with the server. Neither a name nor an address proves that a database is not
 * the environment's: an address can belong to a tunnel or a pooler. A copy of the database's files
 * has its history and its identity, so only the user can tell it apart, by removing that record.
 */
#include "moonbird/policy/environment.h"
#include "moonbird/project/settings.h"
#include "moonbird/sql/directive.h"
#include "moonbird/history/recorded_environment.h"
#include "recognise.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/server/embedded.h"
#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *mb_environment_variable(const char *name)
{
    char *variable = mb_format("DATABASE_%s_URL", name);

    for (char *c = variable; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    return variable;
}

/* ---- by address ---- */

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

/*
 * If an environment's address cannot be read, this database might be that environment, so refuse.
 */
static bool unreadable(const mb_environment *env, mb_error *err)
{
    mb_error why = *err;

    mb_fail(err, why.code, "environment \"%s\": %s", env->name, why.message);
    mb_fail_detail(err, "%s", why.detail);
    return mb_fail_hint(err, "%s", why.hint[0] ? why.hint : "Correct its url.");
}

static bool has_address(bool *has, const mb_environment *env, const mb_settings *settings,
                        mb_conn *conn, mb_error *err)
{
    bool ok = true;

    *has = false;
    if (env->url)
        ok = strcmp(env->url, "embedded:") == 0
                 ? mb_conn_is_embedded(has, conn, settings->root, err)
                 : mb_conn_is(has, conn, env->url, true, err);
    return ok || unreadable(env, err);
}

/* ---- by the history ---- */

/*
 * The server and database as the history records them: "SYSTEM_IDENTIFIER/DATABASE_OID". The caller
 * frees it.
 */
static char *describe_server(const mb_conn *conn)
{
    return mb_format("%s/%u", mb_conn_system(conn), mb_conn_database_oid(conn));
}

/*
 * Compare two such strings. A system identifier that is empty, because it could not be read,
 * matches any other.
 */
static bool same_server(const char *a, const char *b)
{
    size_t x = strcspn(a, "/"), y = strcspn(b, "/");

    return strcmp(a + x, b + y) == 0 && (x == 0 || y == 0 || (x == y && memcmp(a, b, x) == 0));
}

const mb_environment *mb_environment_find(const mb_settings *settings, const char *name)
{
    for (size_t i = 0; name && i < settings->n_environments; i++)
        if (strcmp(settings->environments[i].name, name) == 0)
            return &settings->environments[i];
    return NULL;
}

bool mb_recognise_recorded(char **name, const mb_settings *settings, mb_conn *conn,
                           const mb_history *seen, mb_error *err)
{
    const mb_store in = {conn, settings->schema};
    mb_history own = {0};
    char *server, *here;
    bool ok = (seen || mb_history_inspect(&own, in, MB_DETAIL_QUICK, err)) &&
              mb_history_environment(name, &server, in, seen ? seen : &own, err);

    mb_history_free(&own);
    if (!ok)
        return false;
    here = describe_server(conn);
    if (*name && !same_server(server, here)) {
        free(*name);
        *name = NULL;
    }
    free(here);
    free(server);
    return true;
}

bool mb_recognise_unconfigured(char **name, const mb_settings *settings, mb_conn *conn,
                               const mb_history *seen, mb_error *err)
{
    if (!mb_recognise_recorded(name, settings, conn, seen, err))
        return false;
    if (*name && mb_environment_find(settings, *name)) {
        free(*name);
        *name = NULL;
    }
    return true;
}

/* ---- all of them ---- */

bool mb_environment_restricts(const mb_environment *env)
{
    return env->is_protected || env->window || env->promote_from || env->backup != MB_BACKUP_NEVER;
}

static bool has_policies(const mb_environment *env)
{
    return mb_environment_restricts(env) || env->out_of_order != MB_UNSET ||
           env->changed != MB_UNSET || env->mirror;
}

static bool has(const mb_recognised *out, const mb_environment *env)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->items[i] == env)
            return true;
    return false;
}

static void add(mb_recognised *out, const mb_environment *env)
{
    if (has(out, env))
        return;
    out->items = mb_grow(out->items, out->n, sizeof *out->items);
    out->items[out->n++] = env;
}

/* Could the history record another environment than `name` that makes a difference? */
static bool may_be_another(const mb_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->n_environments; i++)
        if (!*name || (has_policies(&settings->environments[i]) &&
                       strcmp(settings->environments[i].name, name) != 0))
            return true;
    return false;
}

/*
 * Add the environment that the history records. If it has policies, its record is kept, so that
 * they apply also when the database is next reached as something else.
 */
static bool add_recorded(mb_recognised *out, const mb_settings *settings, mb_conn *conn,
                         const mb_history *seen, mb_error *err)
{
    const mb_environment *env;
    char *name;

    if (!mb_recognise_recorded(&name, settings, conn, seen, err))
        return false;
    env = mb_environment_find(settings, name);
    free(name);
    if (!env || (*out->name && !has_policies(env)))
        return true;
    if (!has(out, env))
        out->recorded = env;
    add(out, env);
    out->kept = true;
    if (!*out->name)
        out->name = env->name;
    return true;
}

bool mb_recognise(mb_recognised *out, const mb_settings *settings, mb_conn *conn,
                  const mb_history *seen, mb_error *err)
{
    const mb_environment *named = mb_environment_find(settings, settings->named);
    bool is;

    *out = (mb_recognised){.name = ""};
    for (size_t i = 0; i < settings->n_environments; i++) {
        if (!has_address(&is, &settings->environments[i], settings, conn, err))
            return false;
        if (!is)
            continue;
        add(out, &settings->environments[i]);
        if (!*out->name || &settings->environments[i] == named)
            out->name = settings->environments[i].name;
    }
    if (named)
        add(out, named);
    if (!*out->name && named)
        out->name = named->name;
    return !may_be_another(settings, out->name) || add_recorded(out, settings, conn, seen, err);
}

void mb_recognised_free(mb_recognised *recognised)
{
    free(recognised->items);
    *recognised = (mb_recognised){0};
}

bool mb_recognised_record(const mb_recognised *r, const mb_writer *by, mb_error *err)
{
    mb_writer writer = *by;
    char *server;
    bool ok;

    if (!*r->name || r->kept)
        return true;
    server = describe_server(by->in.conn);
    writer.environment = r->name;
    ok = mb_history_set_environment(&writer, server, err);
    free(server);
    return ok;
}

/* ---- tests ---- */

bool mb_recognise_server(bool *is, const mb_environment *env, const char *root, mb_conn *conn,
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
    return ok || unreadable(env, err);
}

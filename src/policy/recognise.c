/*
 * recognise.c -- which environments the database of a session belongs to.
 *
 * The environment that the user named counts, whatever its address. So does each environment whose
 * address the session has. If the session has the address of none (a tunnel, a host name that is
 * not configured), the history decides: it records under which environment the database was last
 * changed, and on which server. If the database may be that one or a copy of it, the environment
 * counts.
 */
#include "moonbird/policy/policy.h"
#include "moonbird/project/settings.h"
#include "moonbird/history/environment.h"
#include "recognise.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/server/cluster.h"
#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/*
 * Set *name to the environment under which this database was last changed, if that was on this
 * server; else to NULL.
 */
static bool ask_history(char **name, const mb_settings *settings, mb_conn *conn, mb_error *err)
{
    char *server, *here;

    if (!mb_history_environment(name, &server, (mb_store){conn, settings->schema}, err))
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

static bool look_in_history(const mb_environment **out, const mb_settings *settings, mb_conn *conn,
                            mb_error *err)
{
    char *name;

    *out = NULL;
    if (!ask_history(&name, settings, conn, err))
        return false;
    *out = mb_environment_find(settings, name);
    free(name);
    return true;
}

bool mb_recognise_unconfigured(char **name, const mb_settings *settings, mb_conn *conn,
                               mb_error *err)
{
    if (!ask_history(name, settings, conn, err))
        return false;
    if (*name && mb_environment_find(settings, *name)) {
        free(*name);
        *name = NULL;
    }
    return true;
}

/* ---- all of them ---- */

static void add(mb_recognised *out, const mb_environment *env)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->items[i] == env)
            return;
    out->items = mb_grow(out->items, out->n, sizeof *out->items);
    out->items[out->n++] = env;
}

bool mb_recognise(mb_recognised *out, const mb_settings *settings, mb_conn *conn, mb_error *err)
{
    const mb_environment *named = mb_environment_find(settings, settings->named);
    bool is;

    *out = (mb_recognised){0};
    for (size_t i = 0; i < settings->n_environments; i++) {
        if (!has_address(&is, &settings->environments[i], settings, conn, err))
            return false;
        if (!is)
            continue;
        add(out, &settings->environments[i]);
        if (!out->name || &settings->environments[i] == named)
            out->name = settings->environments[i].name;
    }
    out->decided = out->n > 0;
    if (settings->n_environments && !out->decided &&
        !look_in_history(&out->recorded, settings, conn, err))
        return false;
    if (out->recorded)
        add(out, out->recorded);
    if (named)
        add(out, named);
    if (!out->name)
        out->name = named ? named->name : out->recorded ? out->recorded->name : "";
    out->decided = out->decided || !out->recorded;
    return true;
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

    if (!*r->name || !r->decided)
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

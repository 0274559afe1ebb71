#include "moonbird/pg/child_env.h"

#include "pg/pg.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

bool mb_conn_child_conninfo(char **out, const mb_conn *conn, mb_error *err)
{
    char *conninfo = mb_strdup(conn->conninfo);
    const char *address = PQhostaddr(conn->pg);

    if (mb_conninfo_add(&conninfo, "host", PQhost(conn->pg), err) &&
        mb_conninfo_add(&conninfo, "port", mb_pg_port(conn->pg), err) &&
        (!address || !*address || mb_conninfo_add(&conninfo, "hostaddr", address, err))) {
        *out = conninfo;
        return true;
    }
    free(conninfo);
    return false;
}

static const PQconninfoOption *find(const PQconninfoOption *options, const char *keyword)
{
    while (options->keyword && strcmp(options->keyword, keyword) != 0)
        options++;
    return options;
}

/*
 * The server and the database are those of the session; other parameters come first from the
 * connection string for the next login. NULL for an option that is left out.
 */
static const char *value_of(const mb_conn *conn, const PQconninfoOption *option,
                            const PQconninfoOption *next)
{
    if (strcmp(option->keyword, "host") == 0)
        return PQhost(conn->pg);
    if (strcmp(option->keyword, "hostaddr") == 0)
        return PQhostaddr(conn->pg);
    if (strcmp(option->keyword, "port") == 0)
        return mb_pg_port(conn->pg);
    if (strcmp(option->keyword, "dbname") == 0)
        return PQdb(conn->pg);
    if (strcmp(option->keyword, "service") == 0 || strcmp(option->keyword, "client_encoding") == 0)
        return NULL; /* the other options have the service's values; the program has its encoding */
    next = find(next, option->keyword);
    if (next->keyword && next->val)
        return next->val;
    return strcmp(option->keyword, "password") == 0 ? PQpass(conn->pg) : option->val;
}

static void add_variables(mb_names *env, const mb_conn *conn, const PQconninfoOption *next)
{
    PQconninfoOption *options = PQconninfo(conn->pg);

    for (const PQconninfoOption *o = options; o && o->keyword; o++) {
        const char *value = o->envvar ? value_of(conn, o, next) : NULL;

        if (o->envvar)
            mb_names_add(env, value && *value ? mb_format("%s=%s", o->envvar, value)
                                              : mb_strdup(o->envvar));
    }
    PQconninfoFree(options);
}

bool mb_conn_child_env(mb_names *env, const mb_conn *conn, mb_error *err)
{
    PQconninfoOption *next = NULL;
    char *conninfo;
    bool ok;

    *env = (mb_names){0};
    if (!mb_pg_next_conninfo(&conninfo, conn, err))
        return false;
    ok = mb_pg_check_conninfo(conninfo, err);
    if (ok && (next = PQconninfoParse(conninfo, NULL)) != NULL)
        add_variables(env, conn, next);
    else if (ok)
        ok = mb_fail(err, MB_ERR_USAGE, "the connection string cannot be read");
    PQconninfoFree(next);
    free(conninfo);
    return ok;
}

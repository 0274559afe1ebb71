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
        mb_conninfo_add(&conninfo, "port", PQport(conn->pg), err) &&
        (!address || !*address || mb_conninfo_add(&conninfo, "hostaddr", address, err))) {
        *out = conninfo;
        return true;
    }
    free(conninfo);
    return false;
}

/* NULL for an option that is left out. */
static const char *value_of(const mb_conn *conn, const PQconninfoOption *option)
{
    if (strcmp(option->keyword, "host") == 0)
        return PQhost(conn->pg);
    if (strcmp(option->keyword, "hostaddr") == 0)
        return PQhostaddr(conn->pg);
    if (strcmp(option->keyword, "port") == 0)
        return PQport(conn->pg);
    if (strcmp(option->keyword, "password") == 0)
        return PQpass(conn->pg);
    if (strcmp(option->keyword, "service") == 0 || strcmp(option->keyword, "client_encoding") == 0)
        return NULL; /* the other options have the service's values; the program has its encoding */
    return option->val;
}

void mb_conn_child_env(mb_names *env, const mb_conn *conn)
{
    PQconninfoOption *options = PQconninfo(conn->pg);

    *env = (mb_names){0};
    for (const PQconninfoOption *o = options; o && o->keyword; o++) {
        const char *value = o->envvar ? value_of(conn, o) : NULL;

        if (o->envvar)
            mb_names_add(env, value && *value ? mb_format("%s=%s", o->envvar, value)
                                              : mb_strdup(o->envvar));
    }
    PQconninfoFree(options);
}

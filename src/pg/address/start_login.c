/* start_login.c -- starts a login with a connection string that may ignore PG* variables. */
#include "pg/pg.h"

#include "moonbird/base/mem.h"
#include "moonbird/pg/conninfo.h"

#include <stdlib.h>

/* libpq refuses every login while PGSERVICE names a service that does not exist. */
static char *hide_service(const char *conninfo)
{
    const char *service = getenv("PGSERVICE");
    char *hidden = service && mb_conninfo_ignores_variables(conninfo) ? mb_strdup(service) : NULL;

    if (hidden)
        unsetenv("PGSERVICE");
    return hidden;
}

PGconn *mb_pg_start_login(const char *const *keys, const char *const *values)
{
    const char *conninfo = values[0];
    char *service = hide_service(conninfo);
    PGconn *pg = PQconnectStartParams(keys + !*conninfo, values + !*conninfo, 1);

    if (service)
        setenv("PGSERVICE", service, 1);
    free(service);
    return pg;
}

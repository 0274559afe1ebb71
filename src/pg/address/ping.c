/* ping.c -- does a server accept connections? */
#include "pg/pg.h"

/* A host that does not answer must delay neither the others nor an interrupt. */
#define TIMEOUT "2"

mb_ping mb_conn_ping(const char *conninfo)
{
    const char *keys[] = {"dbname", "connect_timeout", NULL};
    const char *values[] = {conninfo, TIMEOUT, NULL};

    switch (PQpingParams(keys + !*conninfo, values + !*conninfo, 1)) {
    case PQPING_OK:
        return MB_PING_READY;
    case PQPING_NO_ATTEMPT:
        return MB_PING_WRONG;
    default:
        return MB_PING_SILENT;
    }
}

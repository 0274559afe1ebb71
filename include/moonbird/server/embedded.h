/*
 * embedded.h -- the PostgreSQL server of a project, which moonbird starts itself.
 *
 * It is made once, started on demand and durable; `dev stop` stops it.  Its data is in
 * PROJECT/.moonbird/; for root, which PostgreSQL refuses, in /var/lib/moonbird/HASH, owned by
 * "postgres", with the path in .moonbird/.  It listens on a Unix socket only, in a private folder
 * with a short path.
 *
 * `project` is the project's folder.
 */
#ifndef MOONBIRD_SERVER_EMBEDDED_H
#define MOONBIRD_SERVER_EMBEDDED_H

#include "moonbird/base/error.h"

typedef struct mb_embedded {
    bool made;          /* there is data */
    bool running;
    int pid;            /* 0 unless it runs */
    char version[32];   /* "15.18"; "" unless made */
    char data[512];     /* the data folder */
    char conninfo[1024]; /* key=value; also valid when it does not run */
    char url[512];      /* likewise */
} mb_embedded;

/* Makes and starts it as needed.  The caller frees *conninfo. */
MB_MUST_CHECK bool mb_embedded_start(char **conninfo, const char *project, mb_error *err);
/* Stops it; *was_running is false if there was nothing to stop. */
MB_MUST_CHECK bool mb_embedded_stop(const char *project, bool *was_running, mb_error *err);
/* Describes it, and starts nothing. */
MB_MUST_CHECK bool mb_embedded_status(mb_embedded *out, const char *project, mb_error *err);

/*
 * Its connection string, also when it does not run; NULL when it was never made.  The caller frees
 * it.
 */
MB_MUST_CHECK bool mb_embedded_find(char **conninfo, const char *project, mb_error *err);

/* Sets *is if the connection string leads to its socket, and it was made but does not run. */
MB_MUST_CHECK bool mb_embedded_is_stopped(bool *is, const char *project, const char *conninfo,
                                          mb_error *err);

/* Stops it and deletes its data; the next start makes it again. */
MB_MUST_CHECK bool mb_embedded_reset(const char *project, mb_error *err);

#endif

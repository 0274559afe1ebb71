/*
 * cluster.h -- PostgreSQL servers that moonbird starts itself.
 *
 * There are two kinds.  A project's embedded server is made once, started on demand and durable;
 * `dev stop` stops it.  Its data is in PROJECT/.moonbird/; for root, which PostgreSQL refuses, in
 * /var/lib/moonbird/HASH, owned by "postgres", with the path in .moonbird/.
 *
 * A throw-away server is a copy of a cached initdb without durability.  It is removed at exit, also
 * after SIGKILL: the next start removes those whose owner no longer holds its lock (flock).
 *
 * Both listen on a Unix socket only, in a private folder with a short path.
 */
#ifndef MOONBIRD_SERVER_CLUSTER_H
#define MOONBIRD_SERVER_CLUSTER_H

#include "moonbird/base/error.h"

/* ---- the embedded server; `project` is the project's folder ---- */

typedef struct mb_cluster_status {
    bool made;          /* there is data */
    bool running;
    int pid;            /* 0 unless it runs */
    char version[32];   /* "15.18"; "" unless made */
    char data[512];     /* the data folder */
    char conninfo[512]; /* key=value; also valid when it does not run */
    char url[512];      /* likewise */
} mb_cluster_status;

/* Makes and starts it as needed.  The caller frees *conninfo. */
MB_MUST_CHECK bool mb_embedded_start(char **conninfo, const char *project, mb_error *err);
MB_MUST_CHECK bool mb_embedded_stop(const char *project, bool *was_running, mb_error *err);
MB_MUST_CHECK bool mb_embedded_status(mb_cluster_status *out, const char *project, mb_error *err);

/*
 * Its connection string, also when it does not run; NULL when it was never made.  The caller frees
 * it.
 */
MB_MUST_CHECK bool mb_embedded_find(char **conninfo, const char *project, mb_error *err);

/* Stops it and deletes its data; the next start makes it again. */
MB_MUST_CHECK bool mb_embedded_reset(const char *project, mb_error *err);

/* ---- throw-away servers ---- */

typedef struct mb_cluster mb_cluster;

/* Starts one.  It ends with mb_cluster_stop, or when this process ends. */
MB_MUST_CHECK bool mb_cluster_start(mb_cluster **out, mb_error *err);
const char *mb_cluster_conninfo(const mb_cluster *cluster); /* without dbname; borrowed */
void mb_cluster_stop(mb_cluster *cluster); /* stops, deletes and frees; NULL is fine */

/* ---- programs ---- */

/*
 * The path of one of PostgreSQL's programs.  The caller frees it.  MB_ERR_FILE: it was not found.
 */
MB_MUST_CHECK bool mb_server_program(char **path, const char *program, mb_error *err);

#endif

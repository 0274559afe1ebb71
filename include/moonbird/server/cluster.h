/*
 * cluster.h -- PostgreSQL servers that moonbird starts itself.
 *
 * Two kinds.  The embedded one of a project: made once, started on demand,
 * durable, stopped by `dev stop`; its data is in PROJECT/.moonbird/, or, as
 * root (PostgreSQL refuses to run as root), in /var/lib/moonbird/HASH owned by
 * `postgres`, with the path in .moonbird/.  And throw-away ones: a copy of a
 * cached initdb without durability, gone at exit, also after SIGKILL of their
 * owner (the next start sweeps those whose owner no longer holds its flock).
 * Both listen on a Unix socket only, in a 0700 folder with a short path.
 */
#ifndef MOONBIRD_CLUSTER_H
#define MOONBIRD_CLUSTER_H

#include "moonbird/base/error.h"

typedef struct mb_cluster mb_cluster;

typedef struct mb_cluster_status {
    bool made, running;
    int pid;            /* 0 unless running */
    char version[32];   /* "15.18"; "" unless made */
    char data[512];     /* data folder */
    char conninfo[512]; /* key/value; valid also when stopped */
    char url[512];
} mb_cluster_status;

/* The project's server: made and started where it is not; *conninfo is the caller's to free. */
MB_MUST_CHECK bool mb_embedded_start(char **conninfo, const char *project, mb_error *err);
MB_MUST_CHECK bool mb_embedded_stop(const char *project, bool *was_running, mb_error *err);
MB_MUST_CHECK bool mb_embedded_status(mb_cluster_status *out, const char *project, mb_error *err);

/* Where it is reached, also when stopped, the caller's to free; NULL where none was made. */
MB_MUST_CHECK bool mb_embedded_find(char **conninfo, const char *project, mb_error *err);

/* Stopped and deleted with its data; made anew at the next start. */
MB_MUST_CHECK bool mb_embedded_reset(const char *project, mb_error *err);

/* A throw-away server, running; ended and deleted by stop, or when the process is gone. */
MB_MUST_CHECK bool mb_cluster_start(mb_cluster **out, mb_error *err);
const char *mb_cluster_conninfo(const mb_cluster *cluster); /* key/value, without dbname; borrowed */
void mb_cluster_stop(mb_cluster *cluster); /* NULL is fine */

/* The folder of initdb, postgres, psql and pg_dump; `program` must be in it.  The caller frees *path. */
MB_MUST_CHECK bool mb_server_program(char **path, const char *program, mb_error *err);

#endif

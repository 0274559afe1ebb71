/*
 * server.h -- the server of the scratch databases: a throw-away one, or one that was given.
 *
 * The names of its databases are "moonbird_test_SECONDS_RANDOM_N", so that leftovers.h finds those
 * of a run that was killed.
 */
#ifndef MOONBIRD_SCRATCH_SERVER_H
#define MOONBIRD_SCRATCH_SERVER_H

#include "moonbird/pg/conn.h"
#include "moonbird/server/throw_away.h"

/* Begins as {.limits = ...}; everything else is owned. */
typedef struct mb_scratch_server {
    mb_limits limits;          /* for statements in all of its sessions */
    mb_throw_away *throw_away; /* NULL: the server was given, or is not running */
    mb_conn *conn;             /* the session that creates and drops databases; NULL: not running */
    char *conninfo;            /* of the server, to which the name of a database is added */
    char *shared;              /* the roles and tablespaces of a throw-away server at its start */
    char *run;                 /* the beginning of the names of the databases */
    unsigned databases;        /* how many were created */
} mb_scratch_server;

/*
 * Connects to the server `given`; NULL: starts a throw-away one.  Also after false the caller calls
 * mb_scratch_server_close.
 */
MB_MUST_CHECK bool mb_scratch_server_open(mb_scratch_server *server, const char *given,
                                          mb_error *err);

/* Starts a throw-away server; after false none is running. */
MB_MUST_CHECK bool mb_scratch_server_start(mb_scratch_server *server, mb_error *err);

/*
 * Connects again if the session is lost.  *changed: it is a throw-away server, and a migration has
 * created roles or tablespaces on it.  They outlive its database, and the next migration would find
 * them.
 */
MB_MUST_CHECK bool mb_scratch_server_check(bool *changed, mb_scratch_server *server, mb_error *err);

void mb_scratch_server_stop(mb_scratch_server *server);  /* the opposite of start */
void mb_scratch_server_close(mb_scratch_server *server); /* stops it, and frees all */

/* Creates a database as a copy of `from` (NULL: an empty one).  The caller frees *name. */
MB_MUST_CHECK bool mb_scratch_server_create(char **name, mb_scratch_server *server,
                                            const char *from, mb_error *err);

/*
 * Drops the database, in a new session if ours is lost, and frees the name, which may be NULL.  A
 * failure is a warning: the migration has been tried already.
 */
void mb_scratch_server_drop(mb_scratch_server *server, char *name);

/*
 * mb_scratch_server_drop before the server is stopped: a throw-away server is deleted as a whole,
 * so nothing is dropped there.
 */
void mb_scratch_server_drop_last(mb_scratch_server *server, char *name);

/* The connection string of a database (`user` NULL: for the server's role); the caller frees it. */
MB_MUST_CHECK bool mb_scratch_server_conninfo(char **out, const mb_scratch_server *server,
                                              const char *database, const char *user,
                                              mb_error *err);

MB_MUST_CHECK bool mb_scratch_server_connect(mb_conn **out, const mb_scratch_server *server,
                                             const char *database, mb_error *err);

#endif

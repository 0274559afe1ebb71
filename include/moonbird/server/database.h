/*
 * database.h -- the databases of a server: found, created, dropped, waited for.
 *
 * These functions know no policies: include/moonbird/policy/database.h decides.
 */
#ifndef MOONBIRD_SERVER_DATABASE_H
#define MOONBIRD_SERVER_DATABASE_H

#include "moonbird/pg/conn.h"

/*
 * Opens a session with the server of a connection string, in the database "postgres" or, where
 * there is none, "template1": the database of the string may not exist, or is to be dropped.
 * `limits`: for the statements of the functions below.
 */
MB_MUST_CHECK bool mb_server_open(mb_conn **out, const char *conninfo, mb_limits limits,
                                  mb_error *err);

/* Opens a session with the database `name` on the server of a connection string. */
MB_MUST_CHECK bool mb_database_open(mb_conn **out, const char *conninfo, const char *name,
                                    mb_limits limits, mb_error *err);

/* *oid is 0 where the server has no database of that name. */
MB_MUST_CHECK bool mb_database_find(uint32_t *oid, mb_conn *server, const char *name,
                                    mb_error *err);

/* NULL: the server's default. */
typedef struct mb_database_options {
    const char *owner, *template;
} mb_database_options;

/* MB_ERR_SQL: the server refuses it, for example because the name exists (42P04). */
MB_MUST_CHECK bool mb_database_create(mb_conn *server, const char *name,
                                      const mb_database_options *options, mb_error *err);

/*
 * A name that no other run has, wherever it runs: "moonbird_KIND_SECONDS_RANDOM", with the seconds
 * since 1970.  The caller frees *out.
 */
MB_MUST_CHECK bool mb_database_temporary_name(char **out, const char *kind, mb_error *err);

/* `force`: ends the sessions of others in it. */
MB_MUST_CHECK bool mb_database_drop(mb_conn *server, const char *name, bool force, mb_error *err);

/*
 * Gives the database `from` the name `name`, and ends the sessions that a pooler has in it. A
 * database that has the name now is renamed to `old` in the same transaction.
 */
typedef struct mb_database_swap {
    const char *from, *name;
    const char *old; /* NULL: no database has the name */
    bool force;      /* ends the sessions of others in the database with that name */
} mb_database_swap;

MB_MUST_CHECK bool mb_database_take_name(mb_conn *server, const mb_database_swap *swap,
                                         mb_error *err);

/*
 * Ends the idle sessions that the pooler of `conn` keeps for its role and database, and the session
 * of `conn` last. A program such as pg_restore has left its settings in one of them. Does nothing
 * without a pooler.
 */
MB_MUST_CHECK bool mb_database_end_pooled(mb_conn *conn, mb_error *err);

/* The contents of a database. */
typedef struct mb_database_contents {
    int64_t bytes;
    int64_t tables, objects; /* objects: tables, views, sequences, types, functions, schemas */
    int64_t sessions;        /* of others */
    bool is_template;
} mb_database_contents;

/* Members of extensions and PostgreSQL's own objects do not count. */
MB_MUST_CHECK bool mb_database_look(mb_database_contents *out, mb_conn *conn, mb_error *err);

/* Called at least once a second while mb_server_wait waits, with the reason. */
typedef void (*mb_server_waiting)(void *self, int64_t waited_us, const char *why);

typedef struct mb_server_wait_for {
    const char *conninfo;
    int64_t limit_us;
    mb_server_waiting waiting; /* or NULL */
    void *self;
} mb_server_wait_for;

/*
 * Waits until the server accepts connections. *exists: it has the database of the connection string.
 * MB_ERR_CONNECT: it did not within the limit, or it refuses the login.
 */
MB_MUST_CHECK bool mb_server_wait(bool *exists, int64_t *waited_us,
                                  const mb_server_wait_for *what, mb_error *err);

#endif

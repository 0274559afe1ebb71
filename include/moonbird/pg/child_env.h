/* child_env.h -- how a child process reaches the server and the database of a session. */
#ifndef MOONBIRD_PG_CHILD_ENV_H
#define MOONBIRD_PG_CHILD_ENV_H

#include "moonbird/os/file.h"
#include "moonbird/pg/conn.h"

/*
 * The session's connection string, with the host, port and address that the session is connected to
 * in place of a list of hosts.  It may hold a password: pass it in an environment variable, never
 * as an argument.  The caller frees *conninfo.  MB_ERR_USAGE: libpq does not know one of these
 * parameters.
 */
MB_MUST_CHECK bool mb_conn_child_conninfo(char **conninfo, const mb_conn *conn, mb_error *err);

/*
 * The connection as environment variables for a program that uses libpq: "PGHOST=...", with
 * PGPASSWORD, and the bare name of each PG* variable that must not be set.  The program logs in, so
 * user and password are those for the next login (mb_before_login).  The caller frees *env.
 */
MB_MUST_CHECK bool mb_conn_child_env(mb_names *env, const mb_conn *conn, mb_error *err);

#endif

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
 * A login for a program that uses libpq.  Other processes of the same user can read the program's
 * arguments and environment, so passwords and parameters without a variable are in a file: a
 * service, or a password file.
 */
typedef struct mb_child_login {
    mb_names
        env; /* "PGHOST=...", and the bare name of each variable that must not be set; then NULL */
    int input; /* that file, without a name: to be the program's stdin */
} mb_child_login;

/*
 * The connection of the session.  The program logs in, so user and password are those for the next
 * login (mb_before_login).  MB_ERR_USAGE: libpq cannot read a parameter, or cannot take it from the
 * file.
 */
MB_MUST_CHECK bool mb_conn_child_login(mb_child_login *out, const mb_conn *conn, mb_error *err);
void mb_child_login_free(mb_child_login *login);

/*
 * The variables of libpq 16 to 18, which a program may know although our libpq does not; then NULL.
 * A program must not have them where the connection string ignores variables (conninfo.h).
 */
extern const char *const mb_newer_pg_variables[];

#endif

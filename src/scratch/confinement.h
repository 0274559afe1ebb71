/*
 * confinement.h -- a throw-away server whose roles cannot act outside of it.
 *
 * The schema of another database has functions, and PostgreSQL calls them while it makes objects
 * that use them. A superuser can run programs of the operating system, so such a function must
 * never run with the rights of a superuser. mb_confinement_start takes these rights from all roles.
 * Creating an object that only a superuser can create, such as a cast, calls no function. So
 * moonbird gives the rights back for such statements, and only for them.
 */
#ifndef MOONBIRD_SCRATCH_CONFINEMENT_H
#define MOONBIRD_SCRATCH_CONFINEMENT_H

#include "moonbird/pg/conn.h"

/*
 * Opens the session of MB_SERVER_ROLE that gives and takes rights; the caller closes *out.
 * `conninfo` is that of the throw-away server, without dbname.  After that, no other role is a
 * superuser or may create roles, none has a predefined role, and `user` is a member of all others.
 * `user` is created if it does not exist, and is the only role that can log in until
 * mb_confinement_seal.
 */
MB_MUST_CHECK bool mb_confinement_start(mb_conn **out, const char *conninfo, const char *user,
                                        mb_error *err);

/*
 * From now on no role can log in: a function could otherwise open a second session, and wait in it
 * for the rights of a superuser.
 */
MB_MUST_CHECK bool mb_confinement_seal(mb_conn *warden, mb_error *err);

/* Gives the rights of a superuser to all roles, or takes them again. */
MB_MUST_CHECK bool mb_confinement_lift(mb_conn *warden, bool lifted, mb_error *err);

/*
 * moonbird cannot take rights away on a server that it did not start. MB_ERR_POLICY: the session's
 * role can run programs of the server's operating system, or write its files.
 */
MB_MUST_CHECK bool mb_confinement_check(mb_conn *conn, mb_error *err);

#endif

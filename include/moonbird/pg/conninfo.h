/* conninfo.h -- connection strings: a URL, or key=value pairs. */
#ifndef MOONBIRD_PG_CONNINFO_H
#define MOONBIRD_PG_CONNINFO_H

#include "moonbird/base/error.h"

/*
 * Makes the passwords in a connection string secrets (secret.h); all of it when libpq cannot parse
 * it.
 */
void mb_conninfo_hide(const char *conninfo);

/*
 * Adds a parameter, by libpq's name, which replaces any earlier value.  *conninfo is freed and
 * replaced by the caller's new string.  MB_ERR_USAGE: libpq has no such parameter.
 */
MB_MUST_CHECK bool mb_conninfo_add(char **conninfo, const char *key, const char *value,
                                   mb_error *err);

/*
 * Gives libpq's own default to the parameters that *conninfo does not set and that libpq would take
 * from a PG* variable or a service: those that decide whether and how libpq logs in.  *conninfo is
 * freed and replaced by the caller's new string.
 */
void mb_conninfo_ignore_variables(char **conninfo);

/* Does the string set all of those parameters, so that no variable decides about them? */
bool mb_conninfo_ignores_variables(const char *conninfo);

/*
 * The name of the database to which a connection string leads, with PG* variables, service file and
 * defaults.  The caller frees *name.  MB_ERR_USAGE: it cannot be parsed.
 */
MB_MUST_CHECK bool mb_conninfo_database(char **name, const char *conninfo, mb_error *err);

/* Likewise its host, or the folder of its socket; "" when the default is used. */
MB_MUST_CHECK bool mb_conninfo_host(char **host, const char *conninfo, mb_error *err);

#endif

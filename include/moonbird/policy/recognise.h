/* recognise.h -- which environments the database of a session is. */
#ifndef MOONBIRD_MIGRATE_RECOGNISE_H
#define MOONBIRD_MIGRATE_RECOGNISE_H

#include "moonbird/run/migrate.h"

typedef struct mb_recognised {
    const mb_environment **items; /* the policies of all of them hold */
    size_t n;
    const mb_environment *recorded; /* the one that only the history tells; NULL */
    const char *name; /* what the history calls the database when it is changed; "" */
    bool decided;     /* it is no copy of `recorded`, or that does not matter */
} mb_recognised;

/* Two more round trips where environments are configured and the session has no one's address. */
MB_MUST_CHECK bool mb_recognise(mb_recognised *out, const mb_settings *settings, mb_conn *conn,
                                mb_error *err);
void mb_recognised_free(mb_recognised *recognised);

/* An event that says under which environment, and on which server, unless the last one said so. */
MB_MUST_CHECK bool mb_recognised_record(const mb_recognised *recognised, mb_conn *conn,
                                        const mb_writer *by, mb_error *err);

/* Is the session with the environment's server, whichever database it has there? */
MB_MUST_CHECK bool mb_recognise_server(bool *is, const mb_environment *env, const char *root,
                                       mb_conn *conn, mb_error *err);

/* ---- ledger_environment.c ---- */

/* Under which environment the database was last changed, and where; NULL where it is not known. */
MB_MUST_CHECK bool mb_ledger_environment(char **name, char **server, mb_conn *conn,
                                         const char *schema, mb_error *err);
MB_MUST_CHECK bool mb_ledger_set_environment(mb_conn *conn, const mb_writer *by,
                                             const char *server, mb_error *err);

/*
 * The files that the run which applied the migration loaded, and those that it went on from: "PATH
 * SUM" lines, owned; or NULL.  Of the lines with one path the last one counts.
 */
MB_MUST_CHECK bool mb_ledger_loaded(char **files, mb_conn *conn, const char *schema,
                                    mb_stream stream, const char *name, mb_error *err);

/* Was any migration repaired there? */
MB_MUST_CHECK bool mb_ledger_repaired(bool *any, mb_conn *conn, const char *schema, mb_error *err);

/* The canonical checksum of what ran, owned, where it was repaired since; else NULL. */
MB_MUST_CHECK bool mb_ledger_ran(char **canonical, mb_conn *conn, const char *schema,
                                 mb_stream stream, const char *name, mb_error *err);

#endif

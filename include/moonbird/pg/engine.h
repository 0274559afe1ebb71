/*
 * engine.h -- servers that speak PostgreSQL's protocol and are not PostgreSQL.
 *
 * moonbird recognises them by the parameters that they report at login, without a query. Those that
 * lack what every change of moonbird needs are refused by name, before anything is sent;
 * src/manual/engines.md says what is known of each.
 */
#ifndef MOONBIRD_PG_ENGINE_H
#define MOONBIRD_PG_ENGINE_H

#include "moonbird/base/error.h"
#include "moonbird/pg/conn.h"

/* What is known after a login; strings are borrowed. */
typedef struct mb_login_facts {
    const char *host;
    /* The value of a parameter that the server reported; NULL: it did not report it. */
    const char *(*parameter)(const void *self, const char *name);
    const void *self;
} mb_login_facts;

/*
 * The name of the server, if moonbird does not work with it, and *lacks, a sentence that says why;
 * both static.  NULL: PostgreSQL, or a server of which this is not known.
 */
const char *mb_engine_refused(const char **lacks, const mb_login_facts *facts);

/* Fails with MB_ERR_FAILED if the session's server is one of those. */
MB_MUST_CHECK bool mb_conn_check_engine(const mb_conn *conn, mb_error *err);

/* Where the manual says which servers moonbird works with. */
#define MB_ENGINES_HINT "moonbird help engines says which servers moonbird works with."

#endif

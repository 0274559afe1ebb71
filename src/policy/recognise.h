/* recognise.h -- which environments the database of a session is. */
#ifndef MOONBIRD_MIGRATE_RECOGNISE_H
#define MOONBIRD_MIGRATE_RECOGNISE_H

#include "moonbird/policy/policy.h"
#include "moonbird/project/settings.h"

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

/* The configuration's environment of this name; NULL for none, and for NULL. */
const mb_environment *mb_environment_find(const mb_settings *settings, const char *name);

/*
 * The environment that the history tells and the configuration does not have, or NULL; to be freed.
 * Only what the configuration had is ever written there.  Two round trips.
 */
MB_MUST_CHECK bool mb_recognise_lost(char **name, const mb_settings *settings, mb_conn *conn,
                                     mb_error *err);
void mb_recognised_free(mb_recognised *recognised);

/* An event that says under which environment, and on which server, unless the last one said so. */
MB_MUST_CHECK bool mb_recognised_record(const mb_recognised *recognised, const mb_writer *by,
                                        mb_error *err);

/* Is the session with the environment's server, whichever database it has there? */
MB_MUST_CHECK bool mb_recognise_server(bool *is, const mb_environment *env, const char *root,
                                       mb_conn *conn, mb_error *err);

#endif

/* recognise.h -- which environments the database of a session belongs to. */
#ifndef MOONBIRD_POLICY_RECOGNISE_H
#define MOONBIRD_POLICY_RECOGNISE_H

#include "moonbird/policy/environment.h"
#include "moonbird/project/settings.h"

/* The environments of a database. They and `name` are borrowed from the settings. */
typedef struct mb_recognised {
    const mb_environment **items; /* all of them apply; the array is owned */
    size_t n;
    const mb_environment *recorded; /* the one that is known from the history only; or NULL */
    const char *name;               /* the name to record in the history; "" for none */
    bool kept; /* the history's record of another environment is kept, so `name` is not recorded */
} mb_recognised;

/*
 * Find the environments of the session's database. Costs two more round trips if the history may
 * record another environment than the one that was named or has the address: one with policies.
 * With `seen`, the history as it was just loaded, it is one round trip; NULL: not loaded. Free *out
 * with mb_recognised_free, also after an error.
 */
MB_MUST_CHECK bool mb_recognise(mb_recognised *out, const mb_settings *settings, mb_conn *conn,
                                const mb_history *seen, mb_error *err);

/* Is the environment protected, or does it have a window, a promotion or a backup? */
bool mb_environment_restricts(const mb_environment *env);

/* The configured environment of that name; NULL if there is none, or `name` is NULL. */
const mb_environment *mb_environment_find(const mb_settings *settings, const char *name);

/*
 * Set *name to the environment under which the session's database was last changed, if that was on
 * this server; else to NULL. The caller frees it. `seen` as in mb_recognise.
 */
MB_MUST_CHECK bool mb_recognise_recorded(char **name, const mb_settings *settings, mb_conn *conn,
                                         const mb_history *seen, mb_error *err);

/*
 * Set *name to the environment that the history records and the configuration lacks, or to NULL.
 * The caller frees it. The history only ever records configured environments. `seen`, and the
 * number of round trips, as in mb_recognise.
 */
MB_MUST_CHECK bool mb_recognise_unconfigured(char **name, const mb_settings *settings,
                                             mb_conn *conn, const mb_history *seen, mb_error *err);
void mb_recognised_free(mb_recognised *recognised);

/* Record an event with the environment and the server, unless the last such event has the same. */
MB_MUST_CHECK bool mb_recognised_record(const mb_recognised *recognised, const mb_writer *by,
                                        mb_error *err);

/* Set *is if the session is connected to the environment's server, to whichever database. */
MB_MUST_CHECK bool mb_recognise_server(bool *is, const mb_environment *env, const char *root,
                                       mb_conn *conn, mb_error *err);

#endif

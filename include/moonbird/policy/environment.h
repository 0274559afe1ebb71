/*
 * environment.h -- the environments of a project, and their conditions for changes.
 *
 * Policies belong to the database, however the user reached it. A database is the environment that
 * was named (-e), every environment whose address the session has (mb_conn_is), and the environment
 * under which its history was last changed on that server. All matching environments apply: every
 * window must be open and every promotion complete; of protected, backup, out_of_order and changed
 * the strictest value wins.
 */
#ifndef MOONBIRD_POLICY_ENVIRONMENT_H
#define MOONBIRD_POLICY_ENVIRONMENT_H

#include "moonbird/pg/conn.h"

/* When a backup is made first; a later value is stricter. */
typedef enum mb_backup_when {
    MB_BACKUP_NEVER,
    MB_BACKUP_MANUAL, /* before migrations of the manual stream */
    MB_BACKUP_ALWAYS, /* before anything that runs migrations or scripts */
} mb_backup_when;

/* One environment of moonbird.lua; strings are borrowed. */
typedef struct mb_environment {
    const char *name;
    const char *url;          /* "embedded:" for the project's own server; NULL: unknown here */
    bool is_protected;        /* needs --yes, or its name typed at a terminal */
    bool lint;                /* up refuses a migration in which lint finds an error */
    bool push;                /* moonbird push may change its database */
    const char *promote_from; /* environment in which migrations must be applied first; or NULL */
    const char *promote_url;  /* url of promote_from; NULL: unknown here */
    const char *window;       /* as in window.h; NULL: any time */
    mb_backup_when backup;
    const char *mirror;        /* as in mb_settings; NULL: the project's; "": no tool */
    int out_of_order, changed; /* an mb_reaction, or MB_UNSET for the project's setting */
} mb_environment;

/*
 * The variable with the URL of an environment whose url is not in the configuration:
 * DATABASE_<NAME>_URL. The caller frees it.
 */
char *mb_environment_variable(const char *name);

/* Set *is if the session is connected to the project's own server, below `root`. */
MB_MUST_CHECK bool mb_conn_is_embedded(bool *is, mb_conn *conn, const char *root, mb_error *err);

/*
 * The environment whose address the session has: `named` if that has the address, else the first
 * such environment in the list; NULL if none has it. Host names are not resolved.
 */
const mb_environment *mb_environment_of(const mb_environment *list, size_t n, mb_conn *conn,
                                        const char *named);

#endif

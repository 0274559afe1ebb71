/*
 * policy.h -- what the environments of a project demand before they are changed.
 *
 * Policies follow the database, however it was named: a database is the environment that
 * was named (-e), each whose address the session has (mb_conn_is), and, where it has no one's
 * address, the one under which its history was last changed on that server.  All of them
 * are obeyed: each window is open, each promotion is complete, and of protected, backup,
 * out_of_order and changed the strictest counts.
 */
#ifndef MOONBIRD_POLICY_H
#define MOONBIRD_POLICY_H

#include "moonbird/pg/conn.h"

/* When pg_dump is run first: the later, the stricter. */
typedef enum mb_backup_when {
    MB_BACKUP_NEVER,
    MB_BACKUP_MANUAL, /* before migrations of the manual stream */
    MB_BACKUP_ALWAYS, /* before everything that runs migrations or scripts */
} mb_backup_when;

/* One environment of moonbird.lua; all text borrowed. */
typedef struct mb_environment {
    const char *name;
    const char *url;          /* "embedded:" for the project's own server; NULL: not known here */
    bool guarded;             /* `protected`: --yes, or its name as an answer at a terminal */
    const char *promote_from; /* what is applied must be applied there, the same; or NULL */
    const char *promote_url;  /* where that is; NULL: not known here */
    const char *window;       /* window.h; NULL: at any time */
    mb_backup_when backup;
    int out_of_order, changed; /* an mb_policy, or MB_UNSET for the project's own */
} mb_environment;

/* Is the session one with the project's own server? */
MB_MUST_CHECK bool mb_conn_is_embedded(bool *is, mb_conn *conn, const char *root, mb_error *err);

/*
 * Of `n` environments the one that the session is: the one `named` (NULL: none) if that is one,
 * else the first; NULL when it is none.  Names of hosts are not looked up.
 */
const mb_environment *mb_environment_of(const mb_environment *list, size_t n, mb_conn *conn,
                                        const char *named);

#endif

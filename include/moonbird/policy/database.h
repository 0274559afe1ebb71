/*
 * database.h -- databases created and dropped, and backups restored, as the policies allow.
 *
 * The database is the one that a connection string names, or another one on its server. A database
 * of a protected environment is never dropped or overwritten, not even with --yes.
 */
#ifndef MOONBIRD_POLICY_DATABASE_H
#define MOONBIRD_POLICY_DATABASE_H

#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "moonbird/server/database.h"
#include "moonbird/server/restore.h"

/* Where and for whom something is done to a database. Everything is borrowed. */
typedef struct mb_database_at {
    const mb_settings *settings;
    const char *conninfo;
    const char *name; /* the database; NULL: that of `conninfo` */
    const char *command;
    const mb_reporter *reporter; /* or NULL */
} mb_database_at;

/* A database as it was found. Free it with mb_database_facts_free. */
typedef struct mb_database_facts {
    char *name;
    char *target; /* for people: "NAME on HOST:PORT"; NULL if the database does not exist */
    char *system; /* the server's system identifier; "" if unknown */
    uint32_t oid; /* 0: it does not exist */
    mb_database_contents contents;
    int64_t applied; /* number of migrations in its history */
} mb_database_facts;

void mb_database_facts_free(mb_database_facts *facts);

/*
 * Find the database, and check that it may be dropped or overwritten: MB_ERR_POLICY if an
 * environment of it is protected, or another policy forbids a change now.
 */
MB_MUST_CHECK bool mb_database_inspect(mb_database_facts *out, const mb_database_at *at,
                                       mb_error *err);

/* *created is false if it exists already. *name is owned by the caller. */
MB_MUST_CHECK bool mb_database_make(char **name, bool *created, const mb_database_at *at,
                                    const mb_database_options *options, mb_error *err);

/*
 * Drop the database that was shown to the user, after another look: MB_ERR_POLICY if the policies
 * forbid it now, MB_ERR_FAILED if another database has its name by now. Makes the backup first that
 * an environment with backup = "always" requires. `force` ends the sessions of others.
 */
MB_MUST_CHECK bool mb_database_remove(const mb_database_facts *shown, const mb_database_at *at,
                                      bool force, mb_error *err);

typedef struct mb_restore_request {
    const char *file;   /* a path */
    const char *name;   /* without such a file: its name in the folder of backups; NULL: file */
    bool no_owner;      /* without owners and privileges */
    bool overwrite;     /* replace a database that has objects */
    bool force;         /* end the sessions of others in that database */
    bool look;          /* only look: change nothing */
} mb_restore_request;

/* Free it with mb_restored_free. */
typedef struct mb_restored {
    char *path; /* absolute */
    mb_archive archive;
    mb_database_facts before; /* the database as it was */
    int64_t duration_us;
} mb_restored;

void mb_restored_free(mb_restored *restored);

/*
 * Restore an archive of pg_dump into the database at->name, once pg_restore has read its table of
 * contents: completely or not at all. Creates the database if it does not exist. One that has
 * objects is refused (MB_ERR_POLICY) without `overwrite`; with it, the archive is restored into a
 * new database, which takes the place of the old one only when it is complete. Free *out, also
 * after an error.
 */
MB_MUST_CHECK bool mb_database_restore(mb_restored *out, const mb_database_at *at,
                                       const mb_restore_request *request, mb_error *err);

#endif

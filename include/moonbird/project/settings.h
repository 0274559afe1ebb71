/* settings.h -- the settings of one project, from its configuration and the command line. */
#ifndef MOONBIRD_PROJECT_SETTINGS_H
#define MOONBIRD_PROJECT_SETTINGS_H

#include "moonbird/pg/conn.h"
#include "moonbird/project/plan.h"

/* The place in the configuration that names a folder or a server. */
typedef struct mb_key_origin {
    const char *file; /* NULL: it names none, so the default applies */
    int line;         /* 0: unknown */
} mb_key_origin;

/*
 * Check a folder of migrations. A default folder may be missing, unless a folder with a similar
 * name holds migrations; a configured one that is missing is MB_ERR_FILE.
 */
MB_MUST_CHECK bool mb_origin_check(mb_key_origin from, const char *root, const char *folder,
                                   mb_error *err);

/*
 * The variable in which a run gets mb_settings.confirmed from the process that started it: the runner of
 * a backfill, or the studio. Where it is set, --yes does not answer for a protected environment.
 */
#define MB_CONFIRMED_VARIABLE "MOONBIRD_CONFIRMED"

/* The settings of a project. Strings are borrowed for the life of the project. */
typedef struct mb_settings {
    const char *root;        /* the project's folder */
    const char *migrations;  /* path below root; default "migrations" */
    const char *manual;      /* path below root; default "migrations-manual" */
    mb_key_origin migrations_from, manual_from;
    const char *format;         /* of the folder `migrations`, as mb_folders has it; or NULL */
    const struct mb_script_formats *formats; /* the project's own; NULL: it has none */
    const char *mirror;         /* the tool whose history follows moonbird's; or NULL */
    const char *schema;         /* of the history; default "moonbird" */
    const char *history_owner;  /* a role that is trusted to own the history; or NULL */
    const char *environment;    /* named, else the one with the session's address, else "" */
    const char *named;          /* the environment that was named; or NULL */
    const char *outside_window; /* why it runs outside an environment's window; or NULL */
    const char *commit;      /* the project's git commit, "" when unknown */
    const char *config;      /* the configuration file that was named; or NULL */
    int lock_timeout_ms;     /* default 5000; 0: none */
    int statement_timeout_ms; /* default 0: none */
    int transaction_timeout_ms; /* default 0: none; an older server than 17 has no such limit */
    int retries;              /* default 5 */
    bool pipeline;            /* send small migrations in one pipeline; default true */
    mb_reaction out_of_order;   /* default MB_WARN */
    mb_reaction changed;        /* default MB_REFUSE */
    int wait_ms;         /* how long to wait for the run lock; MB_UNSET: for ever, 0: not at all */
    bool backslashes;    /* standard_conforming_strings is off in the session */
    bool yes;            /* --yes: do not ask before changing a protected environment */
    mb_names *confirmed; /* names of protected environments that the user typed; NULL: not kept */
    bool by_name;        /* only `confirmed` answers for a protected environment, not --yes */
    const char *backups; /* path below root; default ".moonbird/backups" */
    const char *keep;    /* which backups `backup prune` keeps, as "7d, 4w"; NULL: not said */
    const struct mb_environment *environments; /* from moonbird.lua, sorted by name */
    size_t n_environments;
} mb_settings;

/* For mb_files_read. */
static inline mb_folders mb_settings_folders(const mb_settings *settings)
{
    return (mb_folders){.root = settings->root,
                        .migrations = settings->migrations,
                        .manual = settings->manual,
                        .format = settings->format,
                        .scripts = settings->formats};
}

/* For mb_conn_set_limits. */
static inline mb_limits mb_settings_limits(const mb_settings *settings)
{
    return (mb_limits){.lock_timeout_ms = settings->lock_timeout_ms,
                       .statement_timeout_ms = settings->statement_timeout_ms,
                       .transaction_timeout_ms = settings->transaction_timeout_ms};
}

#endif

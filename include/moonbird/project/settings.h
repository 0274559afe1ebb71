/* settings.h -- what the configuration and the command line decided, for one project. */
#ifndef MOONBIRD_PROJECT_SETTINGS_H
#define MOONBIRD_PROJECT_SETTINGS_H

#include "moonbird/project/plan.h"

/* Where the configuration names a folder. */
typedef struct mb_folder_origin {
    const char *file; /* NULL: it does not, and the default holds */
    int line;         /* 0: unknown */
} mb_folder_origin;

/* A default folder may be absent; MB_ERR_FILE where one that the configuration names is. */
MB_MUST_CHECK bool mb_origin_check(mb_folder_origin from, const char *root, const char *folder,
                                   mb_error *err);

/* What configuration and command line decided; all text borrowed while the project lives. */
typedef struct mb_settings {
    const char *root;        /* the project's folder */
    const char *migrations;  /* below root: "migrations" */
    const char *manual;      /* "migrations-manual" */
    mb_folder_origin migrations_from, manual_from;
    const char *schema;        /* the history's: "moonbird" */
    const char *history_owner; /* a role that may own the history beside those that are safe; or NULL */
    const char *environment; /* the one that was named, or that has the session's address; "" */
    const char *named;       /* the one that was named; NULL */
    const char *outside_window; /* why it is done outside of an environment's window; NULL */
    const char *commit;      /* the project's git commit, "" when unknown */
    const char *config;      /* the configuration's file that was named; NULL: none was */
    int lock_timeout_ms;     /* 5000 */
    int statement_timeout_ms; /* 0: none */
    int retries;             /* 5 */
    bool pipeline;           /* small migrations travel together; true */
    mb_policy out_of_order;  /* MB_WARN */
    mb_policy changed;       /* MB_REFUSE */
    int wait_ms;             /* for the run lock: MB_UNSET for ever, 0 not at all */
    bool backslashes;        /* of the session: standard_conforming_strings is off */
    bool yes;                /* --yes: what is protected may be changed */
    const char *backups;     /* the folder of backups, below root: ".moonbird/backups" */
    const struct mb_environment *environments; /* those of moonbird.lua, by name */
    size_t n_environments;
} mb_settings;

#endif

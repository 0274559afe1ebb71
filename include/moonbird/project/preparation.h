/* preparation.h -- the details of a plan, migration by migration, for display. */
#ifndef MOONBIRD_PROJECT_PREPARATION_H
#define MOONBIRD_PROJECT_PREPARATION_H

#include "moonbird/history/steps.h"
#include "moonbird/project/kept_args.h"
#include "moonbird/project/source.h"

/* One step of a plan. */
typedef struct mb_planned {
    const mb_step *step;
    bool atomic;          /* it runs in one transaction */
    const mb_directives *directives; /* of the file that runs; borrowed */
    const mb_chunk_info *parameters; /* those that the file declares or names; borrowed */
    size_t statements;    /* SQL: the number to be run */
    mb_preview *previews; /* SQL: one for each of `statements`, if requested; owned */
    bool lua;             /* the file is Lua, not SQL */
    bool verify;          /* Lua, going up: its function `verify` checks the result */
    char *skipped;        /* why a before_each hook skips it, owned; or NULL */
    mb_error *refused;    /* the error with which such a hook refuses it, owned; or NULL */
    bool steps;           /* Lua with transaction = false; only then are the following set */
    const mb_declared_backfill *backfills;
    size_t n_backfills;
    mb_part *parts; /* what is already done: steps in their order, then backfills; owned */
    size_t n_parts;
} mb_planned;

/* What a policy will do when the plan runs. */
typedef struct mb_foreseen {
    const char *policy; /* "environment", "window", "promotion", "lint", "protected" or "backup" */
    bool refused;       /* it refuses until the files, a database or the configuration change */
    mb_error why;       /* the error with which it refuses now, or one that says what it needs */
} mb_foreseen;

/* A plan, prepared for display. */
typedef struct mb_preparation {
    const mb_plan *plan;
    mb_planned *items; /* one for each step; owned */
    size_t n;
    size_t pending; /* pending in the auto stream before the plan runs */
    mb_own_args *own;      /* the values of the parameters for each step; owned */
    mb_foreseen *policies; /* owned */
    size_t n_policies;
} mb_preparation;

/* Free the contents, and clear the struct. */
void mb_preparation_free(mb_preparation *preparation);

#endif

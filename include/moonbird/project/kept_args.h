/*
 * kept_args.h -- the values of the parameters that each migration of a plan gets.
 *
 * They are those of --set and those that the history kept. The row of a migration has the values
 * that its file or its rollback declares or, for SQL, names, from the moment when it begins. They
 * are used where no other value is given: when it is rolled back, when it resumes, when it is
 * started over, and for the second half of a redo that was interrupted after the first. The first
 * half of a redo undoes what was applied with them, so there they come before those of --set. A
 * replay in a scratch database uses those of the history of another database. A secret is never in
 * the row.
 */
#ifndef MOONBIRD_PROJECT_KEPT_ARGS_H
#define MOONBIRD_PROJECT_KEPT_ARGS_H

#include "moonbird/project/args.h"
#include "moonbird/project/source.h"

/* The values for one migration; begins as zero. */
typedef struct mb_own_args {
    mb_setting *items; /* those of --set, borrowed; then those that the history kept, owned */
    size_t n, given;   /* of all; of those of --set */
    char *kept;        /* the object in JSON that the history kept, owned; NULL: none */
    mb_args args;      /* with its secrets; empty where they are those of the whole run */
    bool replay;       /* as in mb_given */
    char *text;        /* what the row is to keep, as an object in JSON, owned; NULL: nothing */
} mb_own_args;

struct mb_project;

/* A migration of a history. */
typedef struct mb_replayed {
    const char *name; /* STREAM/NAME */
    const char *args; /* the values that the history keeps of it; NULL: none */
} mb_replayed;

/* Migrations in the order in which they were applied; borrowed. */
typedef struct mb_replay {
    const mb_replayed *applied;
    size_t n;
    bool kept_first; /* the values of the history come before those that are given */
} mb_replay;

/*
 * Find the values for each of the project's sources: an array of project->n_sources, without `args`
 * and `text`. The caller frees *out with mb_own_args_free; after an error there is nothing to free.
 */
MB_MUST_CHECK bool mb_own_args_find(mb_own_args **out, const struct mb_project *project,
                                    mb_given given, mb_error *err);

/*
 * Check the values of --set, as mb_args_read does, and read the secrets of all sources into
 * *scripts. A source that has kept values need not be given those. So may a value be given that
 * only the rollback of a migration takes.
 */
MB_MUST_CHECK bool mb_own_args_read(mb_args *scripts, const mb_own_args *own,
                                    const struct mb_project *project, mb_given given,
                                    mb_error *err);

/* After that, and whenever the values were found again: fill in `args` and `text`. */
MB_MUST_CHECK bool mb_own_args_complete(mb_own_args *own, const struct mb_project *project,
                                        const mb_args *scripts, mb_error *err);

void mb_own_args_free(mb_own_args *own, size_t n); /* and the array; NULL is allowed */

#endif

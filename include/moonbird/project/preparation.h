/* preparation.h -- what a plan would do, migration by migration, for those who show it. */
#ifndef MOONBIRD_PROJECT_PREPARATION_H
#define MOONBIRD_PROJECT_PREPARATION_H

#include "moonbird/history/steps.h"
#include "moonbird/project/source.h"

typedef struct mb_planned {
    const mb_step *step;
    bool atomic;          /* one transaction */
    char *description;    /* NULL when there is none */
    size_t statements;    /* SQL only: how many are to be run */
    mb_preview *previews; /* SQL only, when asked for */
    bool lua;
    bool steps;           /* Lua with transaction = false, and then: */
    const mb_declared *backfills;
    size_t n_backfills;
    mb_part *parts;       /* steps in their order, then backfills */
    size_t n_parts;
} mb_planned;

typedef struct mb_preparation {
    const mb_plan *plan;
    mb_planned *items; /* one a step */
    size_t n;
    size_t pending;    /* of the auto stream, now */
} mb_preparation;


/* Free what it holds and empty it. */
void mb_preparation_free(mb_preparation *preparation);

#endif

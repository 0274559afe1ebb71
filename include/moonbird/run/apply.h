/* apply.h -- carry out a request: run lock, policies, hooks, and one migration after another. */
#ifndef MOONBIRD_RUN_APPLY_H
#define MOONBIRD_RUN_APPLY_H

#include "moonbird/project/args.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/* A migration that a hook or itself skipped, or that requires a skipped one; strings are owned. */
typedef struct mb_skipped {
    char *name;
    mb_stream stream;
    char *why;
} mb_skipped;

/* The result of a run. */
typedef struct mb_outcome {
    mb_finished *done; /* in the order of running; owned */
    size_t n;
    mb_skipped *skipped; /* in the order of the plan; owned */
    size_t n_skipped;
    char *failed;   /* name of the migration that failed, owned; or NULL */
    char *kept;     /* what stays of it, as a clause for people; owned; NULL: none failed */
    size_t by_other; /* of the auto stream: applied by another runner during this run */
    size_t pending; /* of the auto stream: pending after the run */
    size_t applied; /* of the auto stream: applied after the run */
} mb_outcome;

void mb_outcome_free(mb_outcome *outcome);

/*
 * Carry out a request. Reads and checks everything; if there is something to do, takes the run
 * lock, reads and checks everything again under it, then runs step by step. *out is always filled
 * in, also after an error, with what was done until then; free it with mb_outcome_free. `reporter`
 * may be NULL.
 */
MB_MUST_CHECK bool mb_project_apply(mb_outcome *out, mb_project *project, const mb_request *request,
                                    mb_given given, const mb_reporter *reporter, mb_error *err);

#endif

/* apply.h -- a request done: the run lock, the policies, the hooks, and migration by migration. */
#ifndef MOONBIRD_RUN_APPLY_H
#define MOONBIRD_RUN_APPLY_H

#include "moonbird/project/args.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/* A migration that a hook passed over, or that requires such a one. */
typedef struct mb_skipped {
    char *name;
    mb_stream stream;
    char *why;
} mb_skipped;

typedef struct mb_outcome {
    mb_done *done;
    size_t n;
    mb_skipped *skipped;
    size_t n_skipped;
    char *failed;     /* the migration at which it ended; NULL */
    size_t taken;     /* of the auto stream, applied by another runner meanwhile */
    size_t pending;   /* of the auto stream, afterwards */
    size_t applied;   /* the same */
} mb_outcome;

void mb_outcome_free(mb_outcome *outcome);

/*
 * Do it: run lock (only when there is something to do), files and history read
 * again under it, everything checked, then step by step.  *out is filled in
 * any case and is the caller's to free; on an error it tells what was done before.
 */
MB_MUST_CHECK bool mb_project_apply(mb_outcome *out, mb_project *project, const mb_request *request,
                                    mb_given given, const mb_reporter *reporter, mb_error *err);

#endif

/* outcome.h -- what a run did, counted and reported. */
#ifndef MOONBIRD_MIGRATE_OUTCOME_H
#define MOONBIRD_MIGRATE_OUTCOME_H

#include "moonbird/project/project.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/run.h"

/*
 * Add what became of step `at` of the plan, and tell the reporter.  The second half of a redo is
 * left out where the first one was skipped.
 */
void mb_outcome_add(mb_outcome *out, const mb_project *project, const mb_run *run, size_t at,
                    const mb_result_of_step *results);

/* Set the numbers of pending and applied migrations: those that were read, and what was done since. */
void mb_outcome_count(mb_outcome *out, const mb_project *project);

#endif

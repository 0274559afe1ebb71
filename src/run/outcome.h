/* outcome.h -- counts and reports the work of a run. */
#ifndef MOONBIRD_RUN_OUTCOME_H
#define MOONBIRD_RUN_OUTCOME_H

#include "moonbird/project/project.h"
#include "moonbird/project/source.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/run.h"

/*
 * Add the result of step `at` of the plan, and tell the reporter. Omits the second half of a redo
 * whose first half was skipped. `results` has one element for each step.
 */
void mb_outcome_add(mb_outcome *out, const mb_project *project, const mb_run *run, size_t at,
                    const mb_step_result *results);

/*
 * Add the migration whose step failed, and what it left. `together`: the steps of the run were one
 * transaction.
 */
void mb_outcome_fail(mb_outcome *out, const mb_source *source, const mb_left *left, bool together);

/*
 * Set the numbers of pending and applied migrations: the numbers of the status that was read,
 * adjusted by the work since.
 */
void mb_outcome_count(mb_outcome *out, const mb_project *project);

#endif

/* prepare.h -- a plan, with every error in its files found before the first statement runs. */
#ifndef MOONBIRD_RUN_PREPARE_H
#define MOONBIRD_RUN_PREPARE_H

#include "moonbird/project/project.h"
#include "moonbird/project/loaded.h"

/*
 * Make the plan of a loaded project, inspect its files, and check them against each other. Fills
 * project->plan and project->sources.
 */
MB_MUST_CHECK bool mb_prepare(mb_project *project, const mb_request *request, mb_error *err);

/* Is the request an `up` on an empty history, without force_empty_history? */
bool mb_is_first(const mb_request *request, const mb_history *history);

/*
 * Fail with MB_ERR_POLICY if the first migration is to be run on a database that has another tool's
 * history, or tables; or if names in migrations would mean the history's schema.  Also without a
 * step, if the history of a tool that follows differs; see mb_mirror_check.
 */
MB_MUST_CHECK bool mb_check_history(mb_project *project, const mb_request *request, mb_error *err);

#endif

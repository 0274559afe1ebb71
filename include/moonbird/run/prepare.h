/* prepare.h -- a plan, with everything that can be wrong in its files found before the first statement. */
#ifndef MOONBIRD_RUN_PREPARE_H
#define MOONBIRD_RUN_PREPARE_H

#include "moonbird/project/preparation.h"
#include "moonbird/project/project.h"
#include "moonbird/project/loaded.h"

/*
 * What `request` would do, with everything that can be wrong in the files
 * found (directives, text, Lua load, pairs, requires, rollbacks): nothing is
 * executed, created or locked.  Borrowed until the next call.
 */
MB_MUST_CHECK bool mb_project_plan(const mb_preparation **out, mb_project *project,
                                   const mb_request *request, bool previews, mb_error *err);

MB_MUST_CHECK bool mb_prepare(mb_project *project, const mb_request *request, mb_error *err);

/* Is it an `up` of a history that is empty, and is that to be looked at? */
bool mb_is_first(const mb_request *request, const mb_history *history);

/* The first migration is refused where another tool's history, or somebody's tables, are. */
MB_MUST_CHECK bool mb_check_history(mb_project *project, const mb_request *request, mb_error *err);

#endif

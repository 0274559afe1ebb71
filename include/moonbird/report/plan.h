/* plan.h -- a plan for display. */
#ifndef MOONBIRD_REPORT_PLAN_H
#define MOONBIRD_REPORT_PLAN_H

#include "moonbird/project/args.h"
#include "moonbird/project/preparation.h"
#include "moonbird/project/project.h"

/*
 * Find out what `request` would do, and every error in the files (directives, encoding, Lua load,
 * pairs, requires, rollbacks). Creates and locks nothing. `previews` includes the SQL statements.
 *
 * If the project has before_each hooks, each is called for its migration with ctx.dry_run, in a
 * read-only transaction that is rolled back: the item then says whether the hook skips or refuses
 * the migration. No transaction may be open. *out is borrowed until the project is loaded or
 * planned again.
 */
MB_MUST_CHECK bool mb_project_plan(const mb_preparation **out, mb_project *project,
                                   const mb_request *request, bool previews, mb_given given,
                                   mb_error *err);

#endif

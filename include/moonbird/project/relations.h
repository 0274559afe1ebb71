/*
 * relations.h -- how requires, conflicts and shelved restrict a plan.
 */
#ifndef MOONBIRD_PROJECT_RELATIONS_H
#define MOONBIRD_PROJECT_RELATIONS_H

#include "moonbird/project/plan.h"
#include "moonbird/project/project.h"

/*
 * Check the prepared plan: what a migration requires is applied before it, and no migration that
 * it conflicts with is applied; what another applied migration requires is not rolled back.
 * Conflicts hold in both directions. MB_ERR_POLICY.
 */
MB_MUST_CHECK bool mb_relations_check(mb_project *project, mb_error *err);

/*
 * Refuse a shelved migration that the plan applies, unless request->shelved (MB_ERR_POLICY). One in
 * the auto stream is always an error (MB_ERR_FILE).
 */
MB_MUST_CHECK bool mb_shelved_check(const mb_project *project, const mb_request *request,
                                    mb_error *err);

/* Does the history say that the migration is applied that a directive names? */
bool mb_is_applied(const mb_project *project, const char *wanted);

/* The first migration with the name that a directive gives; *n is how many have it. */
const mb_item *mb_find_named(const mb_project *project, const char *wanted, size_t *n);

/*
 * Read the directives of a migration that has a file; none if the file cannot be read any more,
 * because that must not stop other migrations. Free *out with mb_directives_free.
 */
void mb_relations_read(mb_directives *out, const mb_project *project, const mb_item *item);

/*
 * The name by which the directives' `requires` or `conflicts` names the migration; NULL: they do
 * not. Borrowed from the directives.
 */
const char *mb_requires(const mb_directives *directives, const mb_item *item);
const char *mb_conflicts(const mb_directives *directives, const mb_item *item);

#endif

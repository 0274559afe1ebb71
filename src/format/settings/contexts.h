/* contexts.h -- Liquibase's contexts and labels: which changesets run. */
#ifndef MOONBIRD_FORMAT_SETTINGS_CONTEXTS_H
#define MOONBIRD_FORMAT_SETTINGS_CONTEXTS_H

#include <stdbool.h>

/*
 * Does the expression hold where the names of the list `given`, with commas, are there?  A changeset
 * has an expression of contexts, and the run gives them; labels are the other way round.  NULL and
 * "" give none: then each name without "@" holds.  The rules are those of ExpressionMatcher.java:
 * names in any case, "!" or "not", "and", "or", a comma as "or", parentheses.  Sets *holds; returns
 * false if the text is no expression.
 */
bool mb_contexts_hold(bool *holds, const char *expression, const char *given);

#endif

/* contexts.h -- Liquibase's contexts: which changesets run. */
#ifndef MOONBIRD_FORMAT_SETTINGS_CONTEXTS_H
#define MOONBIRD_FORMAT_SETTINGS_CONTEXTS_H

#include <stdbool.h>

/*
 * Does a changeset with this expression run in the contexts `given`, a list with commas? NULL and
 * "" give none: then each expression holds that has no name with "@". The rules are those of
 * ContextExpression.java and ExpressionMatcher.java: names in any case, "!" or "not", "and", "or",
 * a comma as "or", parentheses. Sets *holds; returns false if the text is no expression.
 */
bool mb_contexts_hold(bool *holds, const char *expression, const char *given);

#endif

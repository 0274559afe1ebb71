/*
 * step.h -- a migration outside a transaction: durable steps.
 *
 * Each step is one transaction with its record and its result in it: it runs
 * once, and a later run of the migration gets the kept result.  Between steps
 * the session is in a read-only transaction.  A name is used once in a run.
 */
#ifndef MOONBIRD_STEP_H
#define MOONBIRD_STEP_H

#include "moonbird/base/error.h"

typedef struct mb_durable mb_durable; /* such a migration while it runs */

/*
 * *kept is the result of the step that an earlier run did, as JSON, borrowed
 * until the migration ends; NULL: a transaction is open for the step now, and
 * mb_step_end or mb_step_abandon ends it.
 */
MB_MUST_CHECK bool mb_step_begin(mb_durable *durable, const char *name, const char **kept,
                                 mb_error *err);

/* Commit with `result` as JSON; a step that cannot be committed is abandoned. */
MB_MUST_CHECK bool mb_step_end(mb_durable *durable, const char *result, mb_error *err);
void mb_step_abandon(mb_durable *durable);

/*
 * A step that is one statement: in a transaction with its record, or alone
 * where the server wants that, then resumed as a segment is.
 */
MB_MUST_CHECK bool mb_step_statement(mb_durable *durable, const char *name, const char *sql,
                                     size_t len, mb_error *err);

#endif

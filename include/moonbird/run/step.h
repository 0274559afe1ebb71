/*
 * step.h -- durable steps of a migration that runs outside a transaction.
 *
 * Each step is one transaction that includes the record of the step and its result. So it runs
 * once, and a later run of the migration gets the recorded result. Between steps the session is in
 * a read-only transaction. A run may use each name once.
 */
#ifndef MOONBIRD_RUN_STEP_H
#define MOONBIRD_RUN_STEP_H

#include "moonbird/base/error.h"

typedef struct mb_durable mb_durable; /* such a migration while it runs: durable.h */

/*
 * Begin a step. *result is the result that an earlier run recorded for it, as JSON, borrowed until
 * the migration ends. NULL: a transaction is open for the step now; end it with mb_step_end or
 * mb_step_abandon.
 */
MB_MUST_CHECK bool mb_step_begin(mb_durable *durable, const char *name, const char **result,
                                 mb_error *err);

/*
 * Commit the step with its result as JSON. A step that cannot be committed is abandoned:
 * mb_step_abandon rolls it back and frees its name.
 */
MB_MUST_CHECK bool mb_step_end(mb_durable *durable, const char *result, mb_error *err);
void mb_step_abandon(mb_durable *durable, const mb_error *why); /* `why` may be NULL */

/* The SQL of a step, and where the script runs it; everything is borrowed. */
typedef struct mb_step_text {
    const char *sql;
    size_t len;
    const char *path;
    int line;
} mb_step_text;

/*
 * Run a step that is one SQL statement: in a transaction with its record, or outside one if the
 * server requires that. An interrupted statement is then resumed as in a segment.
 */
MB_MUST_CHECK bool mb_step_statement(mb_durable *durable, const char *name,
                                     const mb_step_text *text, mb_error *err);

/*
 * Note whether a step or a backfill succeeded; returns `ok`. The functions above and
 * mb_backfill_run record their actions. `why` may be NULL: the error is not known yet. If the
 * script ends after one failed and did not succeed later, it has ignored the error, and the
 * migration fails.
 */
bool mb_step_note(mb_durable *durable, const char *name, bool ok, const mb_error *why);

#endif

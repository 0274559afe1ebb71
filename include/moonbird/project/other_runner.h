/*
 * other_runner.h -- a command that begins while another moonbird process works on a migration.
 *
 * Before a command takes the run lock, it reads the history to find out whether it has anything to
 * do. A migration of segments or steps that another process works on then looks half done. So what
 * is refused because of it is decided again when that process has ended; and a command that undoes
 * migrations does not undo what that process finished.
 */
#ifndef MOONBIRD_PROJECT_OTHER_RUNNER_H
#define MOONBIRD_PROJECT_OTHER_RUNNER_H

#include "moonbird/history/lock.h"
#include "moonbird/project/plan.h"
#include "moonbird/project/project.h"

/*
 * Call after a decision without the run lock failed with *err. True: the error may come from the
 * unfinished work of another process, which has ended now, so load the history and decide again.
 * False: *err is the command's error. It is MB_ERR_LOCKED if the wait for the run lock ended, or if
 * that process lost its lock and still lives. `last` is the process of the call before; it is zero
 * at first. Costs nothing unless the loaded history has a row in state running.
 */
MB_MUST_CHECK bool mb_other_runner_ended(mb_owner *last, const mb_project *project,
                                         const mb_lock_request *wish, mb_error *err);

/* The migrations that are not wholly applied, as text; the caller frees it. */
char *mb_unfinished(const mb_status *status);

/*
 * Refuse a migration that is applied now, or is half done no longer because it was rolled back, but
 * is one of `unfinished`, the text of mb_unfinished when the command began (NULL: none): what the
 * user decided was about another state.
 */
MB_MUST_CHECK bool mb_check_not_finished(const mb_project *project, const mb_item *item,
                                         const char *unfinished, mb_error *err);

/* What a request met before the run lock was held; zero at first. */
typedef struct mb_first_look {
    char *unfinished; /* of mb_unfinished */
    char *planned;    /* down and redo: of mb_plan_fingerprint, also if the plan was refused */
} mb_first_look;

/*
 * Call each time the history was loaded, before the plan is made. The first call notes what there
 * is. A later one fails with MB_ERR_LOCKED if the request would now undo a migration that it did
 * not plan to undo, or undo, run again or start over one that was finished since.
 */
MB_MUST_CHECK bool mb_first_look_check(mb_first_look *first, const mb_project *project,
                                       const mb_request *request, mb_error *err);
void mb_first_look_free(mb_first_look *first);

/* Set *err: another process, which `who` describes, is working on the migration. Returns false. */
bool mb_fail_other_runner(mb_error *err, const char *name, const char *who);

#endif

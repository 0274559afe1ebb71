/*
 * half_done.h -- a half-done SQL file continues after the statements that already ran: checks that
 * they are unchanged, and that the rest of the file does not need what only their session had.
 */
#ifndef MOONBIRD_PROJECT_HALF_DONE_H
#define MOONBIRD_PROJECT_HALF_DONE_H

#include "moonbird/project/source.h"
#include "moonbird/sql/temporary.h"

/* Begins as zero. */
typedef struct mb_half_done {
    mb_temporary gone; /* temporary objects of the statements that ran */
    int hides_line;    /* the first statement that ran and hides a setting; 0: none */
    bool local;        /* mb_stmt_follow_local */
} mb_half_done;

/* Did an earlier run begin this file? */
bool mb_source_is_begun(const mb_source *source);

/*
 * Check one statement; `script` is behind it, and source->statements is its number. False
 * (MB_ERR_POLICY, with its place and what to do): the statements that ran were edited, or the
 * statement needs an object or a setting of theirs that is gone.
 */
MB_MUST_CHECK bool mb_half_done_check(mb_half_done *ran, const mb_source *source, mb_script *script,
                                      const mb_stmt *stmt, mb_error *err);

/* Check at the end of the file that it still has the statements that ran. */
MB_MUST_CHECK bool mb_half_done_check_end(const mb_source *source, mb_script *script,
                                          mb_error *err);

void mb_half_done_free(mb_half_done *ran); /* frees what the struct owns */

#endif

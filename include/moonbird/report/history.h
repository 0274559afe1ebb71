/* history.h -- what the command `history` shows: the rows of the history, and its events. */
#ifndef MOONBIRD_REPORT_HISTORY_H
#define MOONBIRD_REPORT_HISTORY_H

#include "moonbird/project/project.h"

typedef struct mb_history_view {
    const mb_row **rows; /* newest first; the rows are borrowed from the project */
    size_t n;
    mb_events events;    /* only when a name was given */
    char *name;          /* the complete name of the migration; NULL when none was given */
} mb_history_view;

/*
 * Reads the rows of all migrations (`name` NULL), or the row and the events of one.  `name` may
 * also be a migration that has only events left.  `limit`: the most rows, or with a name the most
 * events, to return; 0: all.  It creates and locks nothing.  The caller frees *out with
 * mb_history_view_free.  false: the history cannot be read, or it does not know the name.
 */
MB_MUST_CHECK bool mb_project_history(mb_history_view *out, mb_project *project, const char *name,
                                      size_t limit, mb_error *err);
void mb_history_view_free(mb_history_view *history);

#endif

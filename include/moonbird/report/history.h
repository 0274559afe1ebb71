/* history.h -- what was done: the rows of the history, and its events. */
#ifndef MOONBIRD_REPORT_HISTORY_H
#define MOONBIRD_REPORT_HISTORY_H

#include "moonbird/project/project.h"

typedef struct mb_history_view {
    const mb_row **rows; /* newest first, borrowed from the project; of the name, where one was given */
    size_t n;
    mb_events events;    /* only of a name */
    char *name;          /* the whole one; NULL where none was given */
} mb_history_view;

/*
 * Nothing is created or locked.  `name` (NULL: all) may also be one that only
 * events tell of.  `limit`: at most so many rows, or events of a name; 0 for all.
 */
MB_MUST_CHECK bool mb_project_history(mb_history_view *out, mb_project *project, const char *name,
                                      size_t limit, mb_error *err);
void mb_history_view_free(mb_history_view *history);

#endif

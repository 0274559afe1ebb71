/* history.h -- what the command `history` shows: the rows of the history, and its events. */
#ifndef MOONBIRD_REPORT_HISTORY_H
#define MOONBIRD_REPORT_HISTORY_H

#include "moonbird/history/events.h"
#include "moonbird/project/project.h"

typedef struct mb_history_view {
    const mb_row **rows; /* newest first; the rows are borrowed from the project */
    size_t n;
    mb_events events;
    char *name;          /* the complete name of the migration; NULL when none was given */
} mb_history_view;

/*
 * Reads the rows of all migrations and all events (filter->name NULL), or the row and the events of
 * one migration, under all names that it has had.  The name may be a prefix or a number, with the
 * stream in front or not, and also that of a migration that has only events left; filter->stream is
 * NULL.  `limit` is the most rows, and the most events, to return; `what` and `since` select events
 * only.  It creates and locks nothing.  The caller frees *out with mb_history_view_free.  false:
 * the history cannot be read, it does not know the name, or a value of the filter is wrong.
 */
MB_MUST_CHECK bool mb_project_history(mb_history_view *out, mb_project *project,
                                      const mb_event_filter *filter, mb_error *err);
void mb_history_view_free(mb_history_view *history);

#endif

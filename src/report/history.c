/* history.c -- the rows and events that the command `history` shows. */
#include "moonbird/history/events.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/report/history.h"
#include "moonbird/run/run.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void add_row(mb_history_view *out, const mb_row *row)
{
    out->rows = mb_grow(out->rows, out->n, sizeof *out->rows);
    out->rows[out->n++] = row;
}

/* Splits STREAM/NAME.  The name is complete: only events know it, so there is nothing to match. */
static const char *split_name(const char *name, mb_stream *stream, bool *said)
{
    static const mb_stream streams[] = {MB_AUTO, MB_MANUAL};

    *said = false;
    for (size_t i = 0; i < 2; i++) {
        const char *prefix = mb_stream_name(streams[i]);
        size_t len = strlen(prefix);

        if (strncmp(name, prefix, len) == 0 && name[len] == '/') {
            *stream = streams[i];
            *said = true;
            return name + len + 1;
        }
    }
    return name;
}

static bool read_events(mb_history_view *out, const mb_project *project,
                        const mb_event_filter *filter, mb_error *err)
{
    return !project->history.exists ||
           mb_history_events(&out->events, mb_project_store(project), &project->history, filter,
                             err);
}

static bool names_item(const mb_status *status, const char *whole)
{
    for (size_t i = 0; i < status->n; i++)
        if (strcmp(status->items[i].name, whole) == 0)
            return true;
    return false;
}

/* If a rename ended the name, its events are those of a migration that has another name now. */
static bool read_forgotten(mb_history_view *out, const mb_project *project, mb_event_filter of,
                           mb_error *err)
{
    if (!read_events(out, project, &of, err))
        return false;
    of.name_only = true;
    return !of.stream || out->events.n > 0 || read_events(out, project, &of, err);
}

/*
 * Reads the events of a migration without file and row.  If there are none, or if two migrations
 * have the name, *err is unchanged.
 */
static bool find_forgotten(mb_history_view *out, const mb_project *project,
                           const mb_event_filter *filter, mb_error *err)
{
    mb_event_filter of = *filter;
    mb_error not_found = *err;
    mb_stream stream;
    bool said;

    of.name = split_name(filter->name, &stream, &said);
    of.stream = said ? &stream : NULL;
    if (!said && names_item(&project->status, of.name))
        return false;
    if (!read_forgotten(out, project, of, err))
        return false;
    if (out->events.n == 0) {
        *err = not_found;
        return false;
    }
    out->name = mb_strdup(of.name);
    return true;
}

static bool of_name(mb_history_view *out, mb_project *project, const mb_event_filter *filter,
                    mb_error *err)
{
    mb_event_filter of = *filter;
    const mb_item *item;

    if (!mb_project_load(project, MB_DETAIL_ALL, err))
        return false;
    if (!mb_status_find(&item, &project->status, filter->name, NULL, err))
        return find_forgotten(out, project, filter, err);
    out->name = mb_strdup(item->name);
    if (item->row)
        add_row(out, item->row);
    of.name = item->name;
    of.stream = &item->stream;
    return read_events(out, project, &of, err);
}

static bool of_all(mb_history_view *out, mb_project *project, const mb_event_filter *filter,
                   mb_error *err)
{
    const mb_history *history = &project->history;

    if (!mb_project_read_files(project, err) ||
        !mb_history_load_events(&project->history, &out->events, mb_project_store(project), filter,
                                err))
        return false;
    mb_project_build_status(project);
    for (size_t i = history->n; i-- > 0 && (!filter->limit || out->n < filter->limit);)
        add_row(out, &history->rows[i]);
    return true;
}

bool mb_project_history(mb_history_view *out, mb_project *project, const mb_event_filter *filter,
                        mb_error *err)
{
    *out = (mb_history_view){0};
    if (filter->name ? of_name(out, project, filter, err) : of_all(out, project, filter, err))
        return true;
    mb_history_view_free(out);
    return false;
}

void mb_history_view_free(mb_history_view *history)
{
    free(history->rows);
    mb_events_free(&history->events);
    free(history->name);
    *history = (mb_history_view){0};
}

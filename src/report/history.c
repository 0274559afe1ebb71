/* history.c -- the rows and events that the command `history` shows. */
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

/* Reads the events of a migration without file and row.  If there are none, *err is unchanged. */
static bool find_forgotten(mb_history_view *out, mb_project *project, const char *name,
                           size_t limit, mb_error *err)
{
    mb_stream stream;
    bool said;
    const char *whole = split_name(name, &stream, &said);
    const mb_event_filter filter = {whole, said ? &stream : NULL, limit};
    mb_error not_found = *err;

    if (!project->history.exists)
        return false;
    if (!mb_history_events(&out->events, mb_project_store(project), &project->history, &filter,
                           err))
        return false;
    if (out->events.n == 0) {
        *err = not_found;
        return false;
    }
    out->name = mb_strdup(whole);
    return true;
}

static bool of_name(mb_history_view *out, mb_project *project, const char *name, size_t limit,
                    mb_error *err)
{
    const mb_item *item;

    if (!mb_status_find(&item, &project->status, name, NULL, err))
        return find_forgotten(out, project, name, limit, err);
    out->name = mb_strdup(item->name);
    if (item->row)
        add_row(out, item->row);
    return !project->history.exists ||
           mb_history_events(&out->events, mb_project_store(project), &project->history,
                             &(mb_event_filter){item->name, &item->stream, limit}, err);
}

bool mb_project_history(mb_history_view *out, mb_project *project, const char *name, size_t limit,
                        mb_error *err)
{
    const mb_history *history = &project->history;

    *out = (mb_history_view){0};
    if (!mb_project_load(project, MB_DETAIL_ALL, err))
        return false;
    if (name && !of_name(out, project, name, limit, err)) {
        mb_history_view_free(out);
        return false;
    }
    for (size_t i = history->n; !name && i-- > 0 && (!limit || out->n < limit);)
        add_row(out, &history->rows[i]);
    return true;
}

void mb_history_view_free(mb_history_view *history)
{
    free(history->rows);
    mb_events_free(&history->events);
    free(history->name);
    *history = (mb_history_view){0};
}

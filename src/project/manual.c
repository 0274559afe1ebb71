/* manual.c -- the manual stream, as `manual list` and `status` show it. */
#include "moonbird/project/manual.h"

#include "moonbird/history/events.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/relations.h"
#include "moonbird/project/source.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The migration with which the pending one conflicts; NULL if there is none. */
static const mb_item *find_conflict(const mb_project *project, const mb_manual *manual)
{
    for (size_t i = 0; i < project->status.n; i++)
        if (project->status.items[i].row &&
            mb_conflicts(&manual->directives, &project->status.items[i]))
            return &project->status.items[i];
    for (size_t i = 0; i < project->n_manual; i++)
        if (project->manual[i].item->row &&
            mb_conflicts(&project->manual[i].directives, manual->item))
            return project->manual[i].item;
    return NULL;
}

static const char *find_lacking(const mb_project *project, const mb_directives *directives)
{
    for (size_t i = 0; i < directives->n_requires; i++)
        if (!mb_is_applied(project, directives->requires[i]))
            return directives->requires[i];
    return NULL;
}

static void read_manual(mb_manual *out, const mb_project *project, const mb_item *item)
{
    mb_error why;

    *out = (mb_manual){.item = item};
    mb_directives_init(&out->directives);
    if (item->missing || mb_source_directives(&out->directives, &project->settings, project->host,
                                              item->file, &why))
        return;
    mb_directives_init(&out->directives);
    out->invalid = mb_strdup(why.message);
}

static void read_all(mb_project *project)
{
    project->manual = mb_alloc(project->status.n * sizeof *project->manual);
    for (size_t i = 0; i < project->status.n; i++)
        if (project->status.items[i].stream == MB_MANUAL)
            read_manual(&project->manual[project->n_manual++], project, &project->status.items[i]);
    for (size_t i = 0; i < project->n_manual; i++) {
        mb_manual *manual = &project->manual[i];

        if (manual->item->row)
            continue;
        manual->conflict = find_conflict(project, manual);
        manual->lacks = find_lacking(project, &manual->directives);
    }
}

const mb_manual *mb_project_manual(mb_project *project, size_t *n)
{
    if (!project->manual)
        read_all(project);
    *n = project->n_manual;
    return project->manual;
}

static mb_manual *find(const mb_project *project, const char *name)
{
    for (size_t i = 0; i < project->n_manual; i++)
        if (strcmp(project->manual[i].item->name, name) == 0)
            return &project->manual[i];
    return NULL;
}

bool mb_project_find_rolled_back(mb_project *project, mb_error *err)
{
    mb_events events;
    size_t n;

    mb_project_manual(project, &n);
    if (n == 0 || !project->history.exists)
        return true;
    if (!mb_history_rolled_back(&events, mb_project_store(project), &project->history, MB_MANUAL,
                                err))
        return false;
    for (size_t i = 0; i < events.n; i++) {
        mb_manual *manual = find(project, events.items[i].name);

        if (manual && !manual->item->row)
            manual->rolled_back_at = mb_strdup(events.items[i].at);
    }
    mb_events_free(&events);
    return true;
}

void mb_project_drop_manual(mb_project *project)
{
    for (size_t i = 0; i < project->n_manual; i++) {
        mb_directives_free(&project->manual[i].directives);
        free(project->manual[i].invalid);
        free(project->manual[i].rolled_back_at);
    }
    free(project->manual);
    project->manual = NULL;
    project->n_manual = 0;
}

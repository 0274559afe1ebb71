/* declared.c -- the declaration of a backfill in its file, for display. */
#include "moonbird/backfill/backfill.h"

#include "moonbird/base/mem.h"
#include "moonbird/project/declared_backfill.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/source.h"

#include <string.h>

const mb_item *mb_backfill_item(const mb_project *project, const mb_backfill_status *s)
{
    for (size_t i = 0; i < project->status.n; i++) {
        const mb_item *item = &project->status.items[i];

        if (item->stream == s->stream && strcmp(item->name, s->migration) == 0 && item->file)
            return item;
    }
    return NULL;
}

static void copy_declared(mb_backfill_status *s, const mb_chunk_info *info)
{
    for (size_t i = 0; i < info->n_backfills; i++)
        if (strcmp(info->backfills[i].name, s->name) == 0) {
            s->declared = mb_alloc(sizeof *s->declared);
            mb_declared_backfill_copy(s->declared, &info->backfills[i]);
        }
}

static void read_declared(mb_backfill_status *s, const mb_project *project)
{
    const mb_step step = {.item = mb_backfill_item(project, s), .direction = s->direction};
    mb_source source;
    mb_error ignored; /* a file that is wrong declares nothing */

    if (!step.item ||
        !mb_source_open(&source, &project->settings, project->host, &step, &ignored))
        return;
    if (source.lua && strcmp(source.sums.normalized, s->checksum) == 0)
        copy_declared(s, project->host->info(source.chunk));
    mb_source_close(&source, project->host);
}

void mb_backfills_read_declared(mb_backfills *backfills, mb_project *project)
{
    mb_error ignored;

    if (backfills->n == 0 || !mb_project_load(project, MB_DETAIL_QUICK, &ignored))
        return;
    for (size_t i = 0; i < backfills->n; i++)
        read_declared(&backfills->items[i], project);
}

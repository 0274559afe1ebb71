/* outcome.c -- counts and reports the work of a run. */
#include "outcome.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/run.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Count a finished step of the plan, which may be the rollback of a half-done migration. */
static void count(mb_outcome *out, const mb_step *step)
{
    const mb_item *item = step->item;
    size_t one = step->direction == MB_UP ? 1 : (size_t)-1;
    bool half_done = item->row && item->state != MB_APPLIED;

    if (item->stream != MB_AUTO || (half_done && step->direction == MB_DOWN))
        return;
    out->applied += one;
    if (!mb_item_is_unlisted(item)) /* a file that is not in the journal is never pending */
        out->pending -= one;
}

static void add_done(mb_outcome *out, const mb_run *run, const mb_step *step,
                     const mb_step_result *result)
{
    mb_finished *done;

    out->done = mb_grow(out->done, out->n, sizeof *out->done);
    done = &out->done[out->n++];
    *done = (mb_finished){
        .name = mb_strdup(step->item->name),
        .stream = step->item->stream,
        .direction = step->direction,
        .duration_us = result->duration_us,
        .statements = result->statements,
    };
    count(out, step);
    mb_report_finished(run->reporter, done);
}

static void add_skipped(mb_outcome *out, const mb_run *run, const mb_step *step, const char *why)
{
    out->skipped = mb_grow(out->skipped, out->n_skipped, sizeof *out->skipped);
    out->skipped[out->n_skipped++] = (mb_skipped){
        .name = mb_strdup(step->item->name),
        .stream = step->item->stream,
        .why = mb_strdup(why),
    };
    mb_report_skipped(run->reporter, step, why);
}

void mb_outcome_add(mb_outcome *out, const mb_project *project, const mb_run *run, size_t at,
                    const mb_step_result *results)
{
    const mb_step *step = &project->plan.steps[at];

    if (results[at].owned_by_other)
        out->by_other += step->item->stream == MB_AUTO;
    if (results[at].owned_by_other)
        mb_report_note(run->reporter, "%s was applied by another moonbird process",
                       step->item->name);
    else if (!results[at].skipped)
        add_done(out, run, step, &results[at]);
    else if (!project->sources[at].reinsert_row || !results[at - 1].skipped)
        add_skipped(out, run, step, results[at].skipped);
}

void mb_outcome_count(mb_outcome *out, const mb_project *project)
{
    out->pending += project->status.pending - out->by_other;
    out->applied += out->by_other;
    for (size_t i = 0; i < project->status.n; i++)
        out->applied += project->status.items[i].stream == MB_AUTO &&
                        project->status.items[i].state == MB_APPLIED &&
                        !project->status.items[i].repeat;
}

void mb_outcome_free(mb_outcome *outcome)
{
    for (size_t i = 0; i < outcome->n; i++)
        free(outcome->done[i].name);
    free(outcome->done);
    for (size_t i = 0; i < outcome->n_skipped; i++) {
        free(outcome->skipped[i].name);
        free(outcome->skipped[i].why);
    }
    free(outcome->skipped);
    free(outcome->failed);
    *outcome = (mb_outcome){0};
}

/* outcome.c -- counts and reports the work of a run. */
#include "outcome.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/run.h"

#include "moonbird/base/buf.h"
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

/* ---- what a failed step left ---- */

static const char *did(mb_direction direction)
{
    return direction == MB_DOWN ? "rolled back" : "applied";
}

static char *describe_unknown(const mb_source *source, bool together)
{
    const char *name = source->file->name;

    if (together)
        return mb_strdup("it is not known whether this was committed: run moonbird status");
    if (mb_source_is_atomic(source))
        return mb_format("it is not known whether %s was %s: run moonbird status", name,
                         did(source->direction));
    return mb_format("it is not known how much of %s is done: run moonbird status", name);
}

static void add_count(mb_buf *text, const mb_source *source, size_t done)
{
    const char *verb = done == 1 ? "is done and stays" : "are done and stay";

    if (source->lua)
        mb_buf_printf(text, "%zu step%s %s", done, done == 1 ? "" : "s", verb);
    else
        mb_buf_printf(text, "%zu of %zu statements %s", done, source->statements, verb);
}

static char *describe_parts(const mb_source *source, const mb_left *left)
{
    mb_buf text = {0};

    mb_buf_printf(&text, "%s is half %s: ", source->file->name, did(source->direction));
    if (left->done)
        add_count(&text, source, left->done);
    if (left->batches)
        mb_buf_printf(&text, "%sthe batches of its backfill stay", left->done ? ", and " : "");
    if (left->more)
        mb_buf_printf(&text, "%s%s may have left changes",
                      left->done || left->batches ? ", and " : "",
                      source->lua ? "the step that failed" : "the statement that failed");
    return text.data;
}

/* The history's row of the migration before the step; NULL: it was not applied, or no longer. */
static const mb_row *row_before(const mb_source *source, bool together)
{
    return source->reinsert_row && !together ? NULL : source->step->item->row;
}

static char *describe_kept(const mb_source *source, const mb_left *left, bool together)
{
    const mb_row *row = row_before(source, together);
    const char *name = source->file->name;

    if (left->unknown)
        return describe_unknown(source, together);
    if (left->begun && (left->done || left->batches || left->more))
        return describe_parts(source, left);
    if (!row)
        return together ? mb_strdup("nothing was kept") : mb_format("nothing of %s was kept", name);
    if (row->state == MB_APPLIED && !left->begun)
        return mb_format("%s is still applied", name);
    if (row->state == MB_APPLIED)
        return mb_format("%s is half %s", name, did(source->direction));
    return row->done ? mb_format("%s is still half %s", name, did(row->direction))
                     : mb_format("this run kept nothing of %s", name);
}

/* A rollback that stopped half-way leaves a migration that is no longer applied. */
static bool lost_its_state(const mb_source *source, const mb_left *left)
{
    const mb_item *item = source->step->item;

    return left->begun && source->direction == MB_DOWN && item->stream == MB_AUTO &&
           item->state == MB_APPLIED;
}

void mb_outcome_fail(mb_outcome *out, const mb_source *source, const mb_left *left, bool together)
{
    out->failed = mb_strdup(source->file->name);
    out->kept = describe_kept(source, left, together);
    if (lost_its_state(source, left)) {
        out->applied--;
        out->pending++;
    }
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
    free(outcome->kept);
    *outcome = (mb_outcome){0};
}

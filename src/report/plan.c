/* plan.c -- a plan for display, with the decisions of the before_each hooks. */
#include "moonbird/report/plan.h"
#include "moonbird/history/steps.h"
#include "moonbird/policy/policies.h"
#include "moonbird/project/loaded.h"
#include "moonbird/run/exec.h"
#include "moonbird/run/prepare.h"
#include "moonbird/run/run.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

/* The declared backfills and, if the migration was started, what is already done. */
static bool show_steps(mb_planned *out, const mb_project *project, const mb_source *source,
                       mb_error *err)
{
    const mb_chunk_info *info = project->host->info(source->chunk);
    const mb_step_key key = mb_source_key(source);

    out->steps = true;
    out->backfills = info->backfills;
    out->n_backfills = info->n_backfills;
    return !source->step->resume || !project->history.layout.parts ||
           mb_history_parts(&out->parts, &out->n_parts, mb_project_store(project),
                            &project->history, &key, err);
}

static bool show_source(mb_planned *out, const mb_project *project, const mb_source *source,
                        bool previews, mb_error *err)
{
    *out = (mb_planned){
        .step = source->step,
        .atomic = mb_source_is_atomic(source),
        .directives = source->directives,
        .statements = source->statements - mb_source_done(source),
        .lua = source->lua,
        .parameters = mb_source_parameters(source, project->host),
    };
    if (!source->lua)
        return !previews || mb_source_previews(source, &out->previews, err);
    out->verify = source->direction == MB_UP &&
                  project->host->info(source->chunk)->has[MB_ENTRY_VERIFY];
    return source->shape != MB_SHAPE_STEPS || show_steps(out, project, source, err);
}

/* ---- the before_each hooks ---- */

static void add_note(mb_project *project, char *text)
{
    mb_plan *plan = &project->plan;

    plan->notes = mb_grow(plan->notes, plan->n_notes, sizeof *plan->notes);
    plan->notes[plan->n_notes++] = text;
}

/*
 * An error of the database decides nothing: the hook may need an object that an earlier migration
 * of the plan creates, or may write. False if no other hook can be asked after this error.
 */
static bool judge(mb_project *project, mb_planned *item, const mb_error *why, mb_error *err)
{
    if (why->code == MB_ERR_SKIPPED) {
        item->skipped = mb_strdup(why->message);
    } else if (why->code == MB_ERR_INTERRUPTED || why->code == MB_ERR_CONNECT) {
        *err = *why;
        return false;
    } else if (why->sqlstate[0]) {
        add_note(project, mb_format("%s: plan cannot show what this hook decides: %s:%d: %s",
                                    item->step->item->name, why->file, why->line, why->message));
    } else {
        item->refused = mb_alloc(sizeof *item->refused);
        *item->refused = *why;
    }
    return true;
}

static bool ask(const mb_run *run, mb_project *project, mb_planned *item, const mb_source *source,
                mb_error *err)
{
    mb_error why;
    bool ok = mb_tx_begin(run, MB_BEGIN_READING, err);

    if (!ok)
        return false;
    ok = mb_tx_limits(run, source, &why) && mb_hook_each(run, MB_BEFORE_EACH, source, &why);
    mb_conn_rollback(run->conn);
    return ok || judge(project, item, &why, err);
}

/* The second half of a redo is skipped with the first, and the first with the second. */
static void skip_both(mb_preparation *shown, const mb_source *source, size_t at)
{
    const mb_planned *item = &shown->items[at];

    if (source->reinsert_row && item->skipped && !shown->items[at - 1].skipped)
        shown->items[at - 1].skipped = mb_strdup(item->skipped);
}

static bool ask_each(const mb_run *run, mb_project *project, mb_preparation *shown,
                     mb_step_result *results, mb_error *err)
{
    for (size_t i = 0; i < shown->n; i++) {
        const mb_source *source = &project->sources[i];
        mb_planned *item = &shown->items[i];

        if (!mb_skip_reason(&item->skipped, run, project->sources, i, results, err) ||
            (!item->skipped && !ask(run, project, item, source, err)))
            return false;
        results[i].skipped = item->skipped;
        skip_both(shown, source, i);
    }
    return true;
}

static bool ask_hooks(mb_project *project, mb_preparation *shown, const mb_request *request,
                      mb_given given, mb_error *err)
{
    mb_run run = mb_run_of(project, given, NULL);
    mb_step_result *results;
    bool ok;

    run.by = mb_writer_of(project, request->command);
    run.hooks = project->hooks;
    run.plan = &project->plan;
    run.attempt = 1;
    run.dry_run = true;
    run.own = shown->own;
    if (shown->n == 0 || !mb_hook_is_there(&run, MB_BEFORE_EACH))
        return true;
    results = mb_alloc(shown->n * sizeof *results);
    ok = ask_each(&run, project, shown, results, err) && mb_project_clean_session(project, err);
    free(results); /* the reasons belong to the items */
    return ok;
}

static bool ask_policies(const mb_project *project, mb_preparation *shown,
                         const mb_request *request, mb_error *err)
{
    const mb_operation operation = {
        .command = request->command,
        .stream = request->stream,
        .sources = project->sources,
        .n_sources = project->n_sources,
        .host = project->host,
        .check_unconfigured = mb_policies_has_unconfigured(&project->history, &project->settings),
    };

    return shown->n == 0 || mb_policies_foresee(&shown->policies, &shown->n_policies,
                                                project->policies, &operation, err);
}

bool mb_project_plan(const mb_preparation **out, mb_project *project, const mb_request *request,
                     bool previews, mb_given given, mb_error *err)
{
    mb_preparation *shown = &project->preparation;

    if (!mb_args_check(given.args, given.n, err) ||
        !mb_project_load(project, MB_DETAIL_QUICK, err) || !mb_prepare(project, request, err) ||
        !mb_check_history(project, request, err))
        return false;
    *shown = (mb_preparation){.plan = &project->plan,
                              .pending = project->status.pending,
                              .items = mb_alloc(project->n_sources * sizeof *shown->items)};
    for (size_t i = 0; i < project->n_sources; i++) {
        shown->n++;
        if (!show_source(&shown->items[i], project, &project->sources[i], previews, err))
            return false;
    }
    if (!mb_own_args_find(&shown->own, project, given, err))
        return false;
    *out = shown;
    return ask_policies(project, shown, request, err) &&
           ask_hooks(project, shown, request, given, err);
}

/* apply.c -- carry out a request: run lock, policies, hooks, then step by step. */
#include "moonbird/policy/allow.h"
#include "moonbird/history/create_tables.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/other_runner.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/exec.h"
#include "moonbird/run/prepare.h"
#include "moonbird/run/run.h"
#include "moonbird/policy/policies.h"
#include "outcome.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/history/lock.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Find the values that the history kept, and combine them with those of --set, for each source. */
static bool find_own_args(mb_run *run, const mb_project *project, mb_error *err)
{
    mb_own_args_free(run->own, run->n_own);
    run->n_own = project->n_sources;
    return mb_own_args_find(&run->own, project, run->given, err);
}

/* Ask for secrets once, before anything waits or runs. */
static bool read_args(mb_run *run, const mb_project *project, mb_error *err)
{
    bool ok = find_own_args(run, project, err) &&
              mb_own_args_read(&run->scripts, run->own, project, run->given, err) &&
              mb_own_args_complete(run->own, project, &run->scripts, err);

    for (size_t i = 0; ok && i < project->n_sources; i++)
        ok = mb_run_check_unset(run, &project->sources[i], err);
    return ok;
}

static void on_waiting(void *self, const char *text, const mb_error *why)
{
    const mb_run *run = self;

    mb_report_lock_wait(run->reporter, text);
    mb_hook_notify(self, MB_ON_LOCK_WAIT, NULL, why);
}

/* Before each step: no interrupt, the lock is held, and the policies still allow it. */
static bool is_ready(mb_run *run, mb_error *err)
{
    return mb_interrupt_check(err) &&
           (mb_lock_is_kept(run->lock) || mb_lock_again(run->lock, err)) &&
           mb_run_check_policies(run, err);
}

/* A plan while it is carried out. */
typedef struct applying {
    mb_outcome *out;
    mb_project *project;
    mb_run *run;
    mb_step_result *results; /* one for each step */
} applying;

/* `together`: the steps of the plan were one transaction. */
static bool report_failed(const applying *a, size_t at, bool together, const mb_error *err)
{
    if (err->code == MB_ERR_LOCKED) /* another runner is working on it */
        return false;
    mb_outcome_fail(a->out, &a->project->sources[at], &a->results[at].left, together);
    mb_report_failed(a->run->reporter, &a->project->plan.steps[at], err);
    return false;
}

/* Both halves of a redo can be in one file, which one note is enough for. */
static bool is_noted(const mb_source *sources, size_t at)
{
    return at > 0 && !mb_source_is_atomic(&sources[at - 1]) &&
           strcmp(sources[at - 1].path, sources[at].path) == 0;
}

static bool apply_one(const applying *a, size_t at, mb_error *err)
{
    mb_step_result *results = a->results;
    mb_source *source = &a->project->sources[at];
    mb_run *run = a->run;

    if (!is_ready(run, err) || !mb_history_need(&run->by, source->shape == MB_SHAPE_STEPS, err) ||
        !mb_skip_dependents(run, a->project->sources, at, results, err))
        return false;
    if (results[at].skipped)
        return true;
    mb_report_started(run->reporter, source, 1);
    if (!mb_source_is_atomic(source) && !is_noted(a->project->sources, at))
        mb_report_note(run->reporter, "%s is not atomic: it %s", source->path,
                       mb_source_why_not_atomic(source));
    if (mb_source_done(source))
        mb_report_note(run->reporter, "resuming %s: %zu of %zu statements are done",
                       source->file->name, mb_source_done(source), source->statements);
    return mb_run_source(run, source, &results[at], err) || report_failed(a, at, false, err);
}

/*
 * Run a batch of `n` steps from *at on. A step that ends the batch early is run alone, where it is
 * retried or its error is reported. The batch is reported after that, because only then are its
 * commits durable.
 */
static bool apply_batch(const applying *a, size_t *at, size_t n, mb_error *err)
{
    mb_project *project = a->project;
    mb_run *run = a->run;
    size_t first = *at, done;
    bool last = first + n == project->n_sources && !mb_hook_is_there(run, MB_AFTER_ALL);
    bool ok = true, allowed = true;

    mb_report_started(run->reporter, &project->sources[first], n);
    mb_batch_run(run, &project->sources[first], n, last, &a->results[first], &done);
    *at = first + done;
    if (done < n && mb_conn_tx(run->conn) == MB_TX_IDLE) {
        if (!mb_history_need(&run->by, false, err))
            return false;
        allowed = mb_run_check_policies(run, err);
    }
    if (done < n && allowed)
        ok = mb_run_source(run, &project->sources[*at], &a->results[*at], err);
    for (size_t i = first; i < *at; i++)
        mb_outcome_add(a->out, project, run, i, a->results);
    if (!ok)
        return report_failed(a, *at, false, err);
    if (!allowed)
        return false;
    if (done < n)
        mb_outcome_add(a->out, project, run, (*at)++, a->results);
    return true;
}

static bool apply_each(const applying *a, mb_error *err)
{
    mb_project *project = a->project;

    for (size_t i = 0; i < project->n_sources;) {
        size_t n = mb_batch_length(a->run, &project->sources[i], project->n_sources - i);

        if (n > 1) {
            if (!is_ready(a->run, err) || !apply_batch(a, &i, n, err))
                return false;
        } else if (apply_one(a, i, err)) {
            mb_outcome_add(a->out, project, a->run, i++, a->results);
        } else {
            return false;
        }
    }
    return true;
}

static bool is_atomic(const mb_project *project)
{
    for (size_t i = 0; i < project->n_sources; i++)
        if (!mb_source_is_atomic(&project->sources[i]))
            return false;
    return true;
}

/* Can both halves of a redo run in one transaction, judging by their files? */
static bool may_be_one(const mb_run *run, const mb_project *project)
{
    mb_error why;
    char *begin;
    bool agree = mb_single_transaction_begin(&begin, project->sources, project->n_sources, &why);

    free(begin);
    if (!agree)
        mb_report_note(run->reporter, "%s: %s; down and up run in separate transactions", why.file,
                    why.message);
    return agree && is_atomic(project) && project->n_sources > 1;
}

static bool apply_single_transaction(const applying *a, bool redo, mb_error *err)
{
    mb_project *project = a->project;
    mb_single_transaction all = {
        .sources = project->sources,
        .n = project->n_sources,
        .out = a->results,
        .may_split = redo,
    };

    if (!is_ready(a->run, err) || !mb_history_need(&a->run->by, false, err))
        return false;
    for (size_t i = 0; i < project->n_sources; i++)
        mb_report_started(a->run->reporter, &project->sources[i], 1);
    if (!mb_run_single_transaction(a->run, &all, err))
        return all.apart ? apply_each(a, err) : report_failed(a, all.failed, true, err);
    for (size_t i = 0; i < project->n_sources; i++)
        mb_outcome_add(a->out, project, a->run, i, a->results);
    return true;
}

static bool apply_plan(mb_outcome *out, mb_project *project, mb_run *run, const mb_request *request,
                       mb_error *err)
{
    bool redo = !request->single_transaction && request->what == MB_DO_REDO;
    bool together = request->single_transaction || (redo && may_be_one(run, project));
    applying a = {out, project, run, mb_alloc(project->n_sources * sizeof *a.results)};
    bool ok = together ? apply_single_transaction(&a, redo, err) : apply_each(&a, err);

    for (size_t i = 0; i < project->n_sources; i++)
        free(a.results[i].skipped);
    free(a.results);
    return ok;
}

/* Run before_all or after_all; if it fails, tell the on_error hooks. */
static bool run_all_hook(mb_run *run, mb_hook_event event, int64_t since, mb_error *err)
{
    run->since = since;
    if (!mb_hook_is_there(run, event) ||
        (mb_history_need(&run->by, false, err) && mb_hook_all(run, event, err)))
        return true;
    mb_hook_notify(run, MB_ON_ERROR, NULL, err);
    return false;
}

static bool apply_with_hooks(mb_outcome *out, mb_project *project, mb_run *run,
                             const mb_request *request, mb_error *err)
{
    int64_t since = mb_now_us();

    run->plan = &project->plan;
    return run_all_hook(run, MB_BEFORE_ALL, since, err) &&
           apply_plan(out, project, run, request, err) &&
           run_all_hook(run, MB_AFTER_ALL, since, err);
}

/* If an after_commit hook failed, the run fails although everything was done. */
static bool end_run(const mb_run *run, bool ok, mb_error *err)
{
    if (!run->complained)
        return ok;
    if (ok)
        *err = run->complaint;
    else
        mb_log_error(MB_LOG_ERROR, &run->complaint);
    return false;
}

static mb_operation operation_of(const mb_project *project, const mb_request *request,
                                 const mb_run *run)
{
    return (mb_operation){
        .command = run->by.command,
        .stream = request->stream,
        .sources = project->sources,
        .n_sources = project->n_sources,
        .host = project->host,
        .outside_window = request->outside_window,
        .check_unconfigured = mb_policies_has_unconfigured(&project->history, &project->settings),
    };
}

static bool is_allowed(const mb_project *project, const mb_request *request, const mb_run *run,
                       mb_error *err)
{
    mb_operation operation = operation_of(project, request, run);

    return mb_policies_allow(project->policies, &operation, err);
}

/* Run the allowed plan, after recording overrides and making the backup. */
static bool begin(mb_outcome *out, mb_project *project, mb_run *run, const mb_request *request,
                  mb_error *err)
{
    mb_operation operation = operation_of(project, request, run);
    mb_recording at = mb_run_recording(run);
    bool ok;

    run->by.history = &project->history;
    run->policies = project->policies;
    run->operation = &operation;
    ok = mb_policies_begin(project->policies, &operation, &at, err) &&
         (request->stream == MB_MANUAL || mb_run_follow(run, project, err)) &&
         apply_with_hooks(out, project, run, request, err);
    mb_run_end_follow(run);
    run->operation = NULL;
    return ok;
}

static mb_lock_request wish_of(const mb_project *project, mb_run *run)
{
    return (mb_lock_request){
        .conn = run->conn,
        .schema = project->settings.schema,
        .wait_ms = project->settings.wait_ms,
        .waiting = on_waiting,
        .self = run,
    };
}

/* Take the run lock, and read the history under it in the same message. */
static bool take_lock(mb_answers *now, const mb_project *project, mb_run *run,
                      const mb_request *request, mb_error *err)
{
    char *reload = mb_history_reload_sql(&project->history, project->settings.schema,
                                         mb_is_first(request, &project->history));
    mb_lock_request wish = wish_of(project, run);
    int64_t since = mb_now_us();
    bool ok;

    wish.with = reload;
    ok = mb_lock_take(&run->lock, &wish, now, err);
    free(reload);
    if (ok)
        mb_report_locked(run->reporter, mb_now_us() - since);
    return ok;
}

/* Under the run lock: read and check everything again, then run. */
static bool prepare_locked(mb_project *project, mb_run *run, mb_answers *now,
                           const mb_request *request, mb_first_look *first, mb_error *err)
{
    run->checks_client = mb_lock_is_watched(run->lock);
    return mb_project_reload(project, now, err) &&
           mb_first_look_check(first, project, request, err) && mb_prepare(project, request, err) &&
           mb_check_history(project, request, err) && find_own_args(run, project, err) &&
           mb_own_args_complete(run->own, project, &run->scripts, err);
}

static bool apply_locked(mb_outcome *out, mb_project *project, mb_run *run, mb_answers *now,
                         const mb_request *request, mb_first_look *first, mb_error *err)
{
    if (!prepare_locked(project, run, now, request, first, err))
        return false;
    mb_report_planned(run->reporter, &project->plan);
    mb_note_files(run, project->sources, project->n_sources);
    return project->plan.n == 0 || (mb_project_may_write(project, err) &&
                                    is_allowed(project, request, run, err) &&
                                    begin(out, project, run, request, err));
}

/*
 * If the policies may prompt, check the history first, so that the user does not confirm a change
 * that is then refused. Otherwise the check under the lock is enough, which a plan without steps
 * does not take.
 */
static bool check_before_asking(mb_project *project, const mb_request *request, mb_error *err)
{
    return (project->plan.n && !mb_policies_is_set(project->policies)) ||
           mb_check_history(project, request, err);
}

static bool look(mb_first_look *first, mb_project *project, const mb_request *request,
                 mb_error *err)
{
    return mb_project_load(project, MB_DETAIL_QUICK, err) &&
           mb_first_look_check(first, project, request, err) && mb_prepare(project, request, err) &&
           check_before_asking(project, request, err);
}

/* Make the plan; again, if it was refused while another process worked on a migration. */
static bool look_first(mb_first_look *first, mb_project *project, mb_run *run,
                       const mb_request *request, mb_error *err)
{
    const mb_lock_request wish = wish_of(project, run);
    mb_owner other = {0};

    while (!look(first, project, request, err))
        if (!mb_other_runner_ended(&other, project, &wish, err))
            return false;
    return true;
}

bool mb_project_apply(mb_outcome *out, mb_project *project, const mb_request *request,
                      mb_given given, const mb_reporter *reporter, mb_error *err)
{
    mb_run run = mb_run_of(project, given, reporter);
    mb_answers now = {0};
    mb_first_look first = {0};
    bool ok;

    run.by = mb_writer_of(project, request->command);
    run.recorded = true;
    run.hooks = project->hooks;
    run.plan = &project->plan;
    run.observer = mb_run_observe(&run);
    *out = (mb_outcome){0};
    ok = mb_args_check(given.args, given.n, err) && look_first(&first, project, &run, request, err);
    if (ok && project->plan.n == 0) {
        mb_report_planned(run.reporter, &project->plan);
    } else if (ok) {
        ok = is_allowed(project, request, &run, err) && read_args(&run, project, err) &&
             take_lock(&now, project, &run, request, err) &&
             apply_locked(out, project, &run, &now, request, &first, err);
        mb_answers_free(&now);
        mb_lock_release(run.lock);
        mb_args_free(&run.scripts);
        mb_own_args_free(run.own, run.n_own);
    }
    mb_first_look_free(&first);
    mb_observer_free(run.observer);
    mb_outcome_count(out, project);
    mb_project_drop(project); /* free it before the caller makes an equally large report */
    return end_run(&run, ok, err);
}

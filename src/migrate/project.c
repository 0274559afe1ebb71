#include "moonbird/project.h"

#include "guard.h"

#include "moonbird/file.h"
#include "moonbird/interrupt.h"
#include "moonbird/lock.h"
#include "moonbird/log.h"
#include "moonbird/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mb_project_open(mb_project **out, const mb_settings *settings, mb_conn *conn,
                     const mb_host *host)
{
    mb_project *project = mb_alloc(sizeof *project);

    project->settings = *settings;
    project->conn = conn;
    project->host = host;
    project->guard = mb_guard_new(&project->settings, conn);
    *out = project;
}

void mb_project_hook(mb_project *project, const mb_hooks *hooks)
{
    project->hooks = hooks;
}

static void drop_preparation(mb_project *project)
{
    for (size_t i = 0; i < project->preparation.n; i++) {
        mb_planned *item = &project->preparation.items[i];

        for (size_t k = 0; item->previews && k < item->statements; k++)
            free(item->previews[k].sql);
        free(item->previews);
        free(item->description);
    }
    free(project->preparation.items);
    project->preparation = (mb_preparation){0};
}

static void drop_plan(mb_project *project)
{
    drop_preparation(project);
    for (size_t i = 0; i < project->n_units; i++)
        mb_unit_close(&project->units[i], project->host);
    free(project->units);
    project->units = NULL;
    project->n_units = 0;
    mb_plan_free(&project->plan);
}

static void drop_status(mb_project *project)
{
    drop_plan(project);
    mb_status_free(&project->status);
    mb_ledger_free(&project->ledger);
    mb_files_free(&project->files);
}

void mb_project_close(mb_project *project)
{
    if (!project)
        return;
    drop_status(project);
    mb_guard_free(project->guard);
    free(project);
}

const mb_settings *mb_project_settings(const mb_project *project)
{
    return &project->settings;
}

mb_writer mb_writer_of(const mb_settings *settings, const char *command)
{
    return (mb_writer){
        .schema = settings->schema,
        .environment = settings->environment,
        .commit = settings->commit,
        .command = command,
    };
}

/* ---- status ---- */

/* A file that cannot be read as SQL has no canonical sum, and is not what was applied. */
static void add_canonical_sum(const mb_project *project, mb_migration *m)
{
    char *full = mb_path_join(project->settings.root, m->path);
    mb_error ignored;

    (void)!mb_sums_of_file(&m->sums, full, m->lua, &ignored);
    free(full);
}

/* That sum costs a reading by the splitter: only where the bytes differ is it asked for. */
static void look_closer(mb_project *project)
{
    for (size_t i = 0; i < project->status.n; i++) {
        mb_item *item = &project->status.items[i];

        if (!item->changed)
            continue;
        add_canonical_sum(project, &project->files.items[item->file - project->files.items]);
        item->changed = strcmp(item->file->sums.canonical, item->row->canonical) != 0;
    }
}

bool mb_project_load(mb_project *project, mb_error *err)
{
    const mb_settings *s = &project->settings;

    drop_status(project);
    if (!mb_files_read(&project->files, s->root, s->migrations, s->manual, err) ||
        !mb_ledger_load(&project->ledger, project->conn, s->schema, err))
        return false;
    mb_status_build(&project->status, &project->files, &project->ledger);
    look_closer(project);
    return true;
}

bool mb_project_status(const mb_status **out, mb_project *project, mb_error *err)
{
    if (!mb_project_load(project, err))
        return false;
    *out = &project->status;
    return true;
}

/* ---- plan, with everything looked at before the first statement ---- */

static bool is_first(const mb_request *request, const mb_ledger *ledger)
{
    return request->what == MB_DO_UP && request->stream == MB_AUTO && ledger->n == 0 &&
           !request->force_empty_history;
}

static bool check_history(mb_project *project, const mb_request *request, mb_error *err)
{
    char found[256];

    if (!is_first(request, &project->ledger) || project->plan.n == 0)
        return true;
    if (!mb_ledger_foreign(found, project->conn, project->settings.schema, err))
        return false;
    if (!found[0])
        return true;
    mb_fail(err, MB_ERR_POLICY, "moonbird's history is empty, but the database holds %s", found);
    return mb_fail_hint(err, "If the first migrations were done there already, say so: moonbird "
                             "baseline NAME, or moonbird mark NAME. If all are to be run on it as "
                             "they are: --force-empty-history.");
}

/* Will `wanted` be applied when step `n` of the plan is reached? */
static bool is_met(const mb_project *project, size_t n, const char *wanted)
{
    for (size_t i = 0; i < n; i++) {
        const mb_step *step = &project->plan.steps[i];

        if (step->direction == MB_UP && mb_is_named(wanted, step->item->stream, step->item->name))
            return true;
    }
    for (size_t i = 0; i < project->ledger.n; i++) {
        const mb_row *row = &project->ledger.rows[i];

        if (row->state == MB_APPLIED && mb_is_named(wanted, row->stream, row->name))
            return true;
    }
    return false;
}

static bool check_requires(mb_project *project, mb_error *err)
{
    for (size_t i = 0; i < project->n_units; i++) {
        const mb_unit *unit = &project->units[i];

        if (unit->direction == MB_DOWN)
            continue;
        for (size_t k = 0; k < unit->directives.n_requires; k++) {
            if (is_met(project, i, unit->directives.requires[k]))
                continue;
            mb_fail(err, MB_ERR_POLICY, "%s requires \"%s\", which is not applied",
                    unit->file->name, unit->directives.requires[k]);
            mb_fail_at(err, unit->path, 0, 0);
            return mb_fail_hint(err, "Apply that first.");
        }
    }
    return true;
}

static bool is_rolled_back(const mb_project *project, const mb_item *item)
{
    for (size_t i = 0; i < project->plan.n; i++)
        if (project->plan.steps[i].item == item)
            return true;
    return false;
}

static bool refuse_required(const mb_project *project, const mb_item *by,
                            const mb_directives *directives, mb_error *err)
{
    for (size_t i = 0; i < project->plan.n; i++) {
        const mb_item *item = project->plan.steps[i].item;

        for (size_t k = 0; k < directives->n_requires; k++) {
            if (!mb_is_named(directives->requires[k], item->stream, item->name))
                continue;
            mb_fail(err, MB_ERR_POLICY, "%s/%s cannot be rolled back: %s/%s, which is applied, "
                                        "requires it", mb_stream_name(item->stream), item->name,
                    mb_stream_name(by->stream), by->name);
            return mb_fail_hint(err, "Roll that back first.");
        }
    }
    return true;
}

/* What stays applied must not require what goes. */
static bool check_required(mb_project *project, mb_error *err)
{
    if (project->plan.n == 0 || project->plan.steps[0].direction == MB_UP)
        return true;
    for (size_t i = 0; i < project->status.n; i++) {
        const mb_item *item = &project->status.items[i];
        mb_directives directives;
        bool ok;

        if (item->state != MB_APPLIED || item->missing || is_rolled_back(project, item))
            continue;
        if (!mb_unit_directives(&directives, &project->settings, project->host, item->file, err))
            return false;
        ok = refuse_required(project, item, &directives, err);
        mb_directives_free(&directives);
        if (!ok)
            return false;
    }
    return true;
}

static const char *why_not_atomic(const mb_unit *unit)
{
    if (unit->directives.no_transaction)
        return unit->lua ? "says transaction = false" : "says transaction=off";
    return unit->breaks == MB_STMT_ALONE ? "has a statement that cannot run in a transaction"
                                         : "manages its own transactions";
}

static bool check_single(const mb_project *project, const mb_request *request, mb_error *err)
{
    for (size_t i = 0; request->single_transaction && i < project->n_units; i++) {
        const mb_unit *unit = &project->units[i];

        if (mb_unit_is_atomic(unit))
            continue;
        mb_fail(err, MB_ERR_POLICY, "%s %s", unit->file->name, why_not_atomic(unit));
        mb_fail_at(err, unit->path, unit->breaks_line, 0);
        return mb_fail_hint(err, "Run it without --single-transaction.");
    }
    return true;
}

static bool check_args(const mb_setting *args, size_t n, mb_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *s = args[i].name;

        while (isalnum((unsigned char)*s) || *s == '_')
            s++;
        if (*s || !args[i].name[0] || isdigit((unsigned char)args[i].name[0])) {
            mb_fail(err, MB_ERR_USAGE, "\"%s\" cannot be a setting's name", args[i].name);
            return mb_fail_hint(err, "Use letters, digits and _.");
        }
    }
    return true;
}

static bool open_units(mb_project *project, mb_error *err)
{
    project->units = mb_alloc(project->plan.n * sizeof *project->units);
    for (size_t i = 0; i < project->plan.n; i++) {
        if (!mb_unit_open(&project->units[i], &project->settings, project->host,
                          &project->plan.steps[i], err))
            return false;
        project->n_units++;
        project->units[i].fresh = i > 0 && project->plan.steps[i].direction == MB_UP &&
                                  project->plan.steps[i - 1].item == project->plan.steps[i].item;
    }
    return true;
}

static bool load_hooks(mb_project *project, mb_error *err)
{
    return project->plan.n == 0 || !project->hooks ||
           project->hooks->load(project->hooks->self, err);
}

/* Plan and look through, from files and ledger as they were loaded. */
static bool prepare(mb_project *project, const mb_request *asked, mb_error *err)
{
    mb_request request = *asked;

    drop_plan(project);
    return mb_guard_tighten(project->guard, &request, err) &&
           mb_plan_build(&project->plan, &project->status, &project->ledger, &request, err) &&
           check_history(project, &request, err) && load_hooks(project, err) &&
           open_units(project, err) &&
           check_requires(project, err) && check_required(project, err) &&
           check_single(project, &request, err);
}

static bool show_unit(mb_planned *out, const mb_unit *unit, bool previews, mb_error *err)
{
    *out = (mb_planned){
        .step = unit->step,
        .atomic = mb_unit_is_atomic(unit),
        .description = mb_strdup(unit->directives.description),
        .statements = unit->statements,
        .lua = unit->lua,
    };
    return unit->lua || !previews || mb_unit_previews(unit, &out->previews, err);
}

bool mb_project_plan(const mb_preparation **out, mb_project *project, const mb_request *request,
                     bool previews, mb_error *err)
{
    mb_preparation *shown = &project->preparation;

    if (!mb_project_load(project, err) || !prepare(project, request, err))
        return false;
    *shown = (mb_preparation){.plan = &project->plan,
                              .pending = project->status.pending,
                              .items = mb_alloc(project->n_units * sizeof *shown->items)};
    for (size_t i = 0; i < project->n_units; i++) {
        shown->n++;
        if (!show_unit(&shown->items[i], &project->units[i], previews, err))
            return false;
    }
    *out = shown;
    return true;
}

/* ---- apply ---- */

static void told_waiting(void *self, const char *holder)
{
    mb_error why;

    mb_run_note(self, "waiting for another runner: %s", holder);
    mb_fail(&why, MB_ERR_LOCKED, "another runner holds the lock: %s", holder);
    mb_hook_tell(self, MB_ON_LOCK_WAIT, NULL, &why);
}

static const mb_reporter silent = {0};

/* Inside the session's waiting: a hook has to wait for the statement's end. */
static void observed(void *self, const char *text)
{
    mb_run *run = self;

    if (run->reporter->observed)
        run->reporter->observed(run->reporter->self, text);
    if (strncmp(text, "waiting for ", 12) == 0)
        snprintf(run->waited, sizeof run->waited, "%s", text);
}

static mb_observer *observe(mb_run *run)
{
    return mb_observer_new(run->conn, observed, run);
}

/* The server looks every two seconds whether we are still there; not every platform can. */
static void watch_client(mb_run *run)
{
    mb_error ignored;

    if (mb_conn_pooled(run->conn) || mb_conn_version(run->conn) < 140000)
        return;
    run->checks_client =
        mb_conn_exec(NULL, run->conn, "SET client_connection_check_interval = 2000", &ignored);
}

static void add_done(mb_outcome *out, const mb_run *run, const mb_step *step,
                     const mb_result_of_step *result)
{
    mb_done *done;

    out->done = mb_grow(out->done, out->n, sizeof *out->done);
    done = &out->done[out->n++];
    *done = (mb_done){
        .name = mb_strdup(step->item->name),
        .stream = step->item->stream,
        .direction = step->direction,
        .duration_us = result->duration_us,
        .statements = result->statements,
    };
    if (run->reporter->finished)
        run->reporter->finished(run->reporter->self, done);
}

static void add_skipped(mb_outcome *out, const mb_run *run, const mb_step *step, const char *why)
{
    out->skipped = mb_grow(out->skipped, out->n_skipped, sizeof *out->skipped);
    out->skipped[out->n_skipped++] = (mb_skipped){
        .name = mb_strdup(step->item->name),
        .stream = step->item->stream,
        .why = mb_strdup(why),
    };
    if (run->reporter->skipped)
        run->reporter->skipped(run->reporter->self, step, why);
}

/* What became of step `at`; the second half of a redo that was skipped is no news. */
static void add_result(mb_outcome *out, const mb_project *project, const mb_run *run, size_t at,
                       const mb_result_of_step *results)
{
    const mb_step *step = &project->plan.steps[at];

    if (results[at].taken)
        mb_run_note(run, "%s was applied by another runner meanwhile", step->item->name);
    else if (!results[at].skipped)
        add_done(out, run, step, &results[at]);
    else if (!project->units[at].fresh || !results[at - 1].skipped)
        add_skipped(out, run, step, results[at].skipped);
}

static bool report_failed(mb_outcome *out, const mb_run *run, const mb_step *step)
{
    out->failed = mb_strdup(step->item->name);
    if (run->reporter->failed)
        run->reporter->failed(run->reporter->self, step);
    return false;
}

static void report_started(const mb_run *run, const mb_step *step)
{
    if (run->reporter->started)
        run->reporter->started(run->reporter->self, step);
}

static bool apply_one(mb_outcome *out, mb_project *project, mb_run *run, size_t at,
                      mb_result_of_step *results, mb_error *err)
{
    const mb_step *step = &project->plan.steps[at];
    mb_unit *unit = &project->units[at];

    if (!mb_interrupt_check(err) || !mb_skip_what_waits(run, project->units, at, results, err))
        return false;
    if (results[at].skipped)
        return true;
    report_started(run, step);
    if (!mb_unit_is_atomic(unit))
        mb_run_note(run, "%s is not atomic: it %s", unit->path, why_not_atomic(unit));
    return mb_run_unit(run, unit, &results[at], err) || report_failed(out, run, step);
}

static bool apply_each(mb_outcome *out, mb_project *project, mb_run *run,
                       mb_result_of_step *results, mb_error *err)
{
    for (size_t i = 0; i < project->n_units; i++) {
        if (!apply_one(out, project, run, i, results, err))
            return false;
        add_result(out, project, run, i, results);
    }
    return true;
}

static bool is_atomic(const mb_project *project)
{
    for (size_t i = 0; i < project->n_units; i++)
        if (!mb_unit_is_atomic(&project->units[i]))
            return false;
    return true;
}

static bool apply_together(mb_outcome *out, mb_project *project, mb_run *run,
                           mb_result_of_step *results, mb_error *err)
{
    size_t failed = 0;

    for (size_t i = 0; i < project->n_units; i++)
        report_started(run, &project->plan.steps[i]);
    if (!mb_run_together(run, project->units, project->n_units, results, &failed, err))
        return report_failed(out, run, &project->plan.steps[failed]);
    for (size_t i = 0; i < project->n_units; i++)
        add_result(out, project, run, i, results);
    return true;
}

static bool apply_plan(mb_outcome *out, mb_project *project, mb_run *run,
                       const mb_request *request, mb_error *err)
{
    bool together = request->single_transaction ||
                    (request->what == MB_DO_REDO && is_atomic(project) && project->n_units > 1);
    mb_result_of_step *results = mb_alloc(project->n_units * sizeof *results);
    bool ok = together ? apply_together(out, project, run, results, err)
                       : apply_each(out, project, run, results, err);

    for (size_t i = 0; i < project->n_units; i++)
        free(results[i].skipped);
    free(results);
    return ok;
}

/* A hook that stands round all of it, and the word to those who are told of errors. */
static bool run_all_hook(mb_run *run, mb_hook_event event, int64_t since, mb_error *err)
{
    run->since = since;
    if (mb_hook_all(run, event, err))
        return true;
    mb_hook_tell(run, MB_ON_ERROR, NULL, err);
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

/* Everything is done, but a hook failed on the way. */
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

static mb_deed deed_of(const mb_project *project, const mb_request *request, const mb_run *run)
{
    return (mb_deed){
        .kind = MB_DEED_MIGRATIONS,
        .command = run->by.command,
        .stream = request->stream,
        .units = project->units,
        .n_units = project->n_units,
        .outside_window = request->outside_window,
    };
}

static bool is_allowed(const mb_project *project, const mb_request *request, const mb_run *run,
                       mb_error *err)
{
    mb_deed deed = deed_of(project, request, run);

    return mb_guard_allow(project->guard, &deed, err);
}

/* What was allowed: the ledger made where it is absent, the policies' own work, then the plan. */
static bool begin(mb_outcome *out, mb_project *project, mb_run *run, const mb_request *request,
                  mb_error *err)
{
    mb_deed deed = deed_of(project, request, run);

    if (project->ledger.outdated && !mb_ledger_create(run->conn, project->settings.schema, err))
        return false;
    return mb_guard_enter(project->guard, &deed, run, err) &&
           apply_with_hooks(out, project, run, request, err);
}

/* Under the run lock: everything read again and allowed, then done. */
static bool apply_locked(mb_outcome *out, mb_project *project, mb_run *run,
                         const mb_request *request, mb_error *err)
{
    watch_client(run);
    if (!mb_project_load(project, err) || !prepare(project, request, err))
        return false;
    if (run->reporter->planned)
        run->reporter->planned(run->reporter->self, &project->plan);
    return project->plan.n == 0 || (is_allowed(project, request, run, err) &&
                                    begin(out, project, run, request, err));
}

/* What is pending and applied now: as it was read, and what was done since. */
static void count(mb_outcome *out, const mb_project *project)
{
    out->pending = project->status.pending;
    for (size_t i = 0; i < project->status.n; i++)
        out->applied += project->status.items[i].stream == MB_AUTO &&
                        project->status.items[i].state == MB_APPLIED;
    for (size_t i = 0; i < out->n; i++) {
        if (out->done[i].stream != MB_AUTO)
            continue;
        out->pending += out->done[i].direction == MB_UP ? (size_t)-1 : 1;
        out->applied += out->done[i].direction == MB_UP ? 1 : (size_t)-1;
    }
}

bool mb_project_apply(mb_outcome *out, mb_project *project, const mb_request *request,
                      const char *command, const mb_setting *args, size_t n_args,
                      const mb_reporter *reporter, mb_error *err)
{
    mb_run run = {
        .conn = project->conn,
        .settings = &project->settings,
        .host = project->host,
        .reporter = reporter ? reporter : &silent,
        .args = args,
        .n_args = n_args,
        .by = mb_writer_of(&project->settings, command),
        .recorded = true,
        .hooks = project->hooks,
        .plan = &project->plan,
    };
    bool ok;

    run.observer = observe(&run);
    *out = (mb_outcome){0};
    ok = check_args(args, n_args, err) && mb_project_load(project, err) && prepare(project, request, err);
    if (ok && project->plan.n == 0) {
        if (run.reporter->planned)
            run.reporter->planned(run.reporter->self, &project->plan);
    } else if (ok) {
        ok = is_allowed(project, request, &run, err) &&
             mb_lock_take(&run.lock, run.conn, project->settings.schema, project->settings.wait_ms,
                          told_waiting, &run, err) &&
             apply_locked(out, project, &run, request, err);
        mb_lock_release(run.lock);
    }
    mb_observer_free(run.observer);
    count(out, project);
    return end_run(&run, ok, err);
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

/* ---- one script, unrecorded ---- */

bool mb_project_run_sql(mb_project *project, const char *path, const mb_setting *args,
                        size_t n_args, const mb_reporter *reporter, size_t *statements,
                        mb_error *err)
{
    mb_run run = {
        .conn = project->conn,
        .settings = &project->settings,
        .host = project->host,
        .reporter = reporter ? reporter : &silent,
        .args = args,
        .n_args = n_args,
    };
    mb_result_of_step result;
    mb_unit unit;
    bool ok;

    if (!check_args(args, n_args, err) || !mb_unit_open_file(&unit, path, err))
        return false;
    if (!mb_project_allow_script(project, run.reporter, err)) {
        mb_unit_close(&unit, NULL);
        return false;
    }
    run.observer = observe(&run);
    watch_client(&run);
    ok = mb_run_unit(&run, &unit, &result, err);
    mb_observer_free(run.observer);
    *statements = unit.statements;
    mb_unit_close(&unit, NULL);
    return ok;
}

/*
 * amend.c -- the course of a command that changes the history and runs nothing.
 *
 * It decides before it takes the run lock whether it has anything to do, so that it does not wait
 * for nothing, and decides again under the lock.  All its changes are one transaction.
 */
#include "parts.h"

#include "moonbird/history/create_tables.h"
#include "moonbird/policy/policies.h"
#include "moonbird/run/run.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/process_alive.h"

#include <stdlib.h>
#include <string.h>

/* ---- which migrations ---- */

bool mb_amend_has(const mb_amend *w, const mb_item *item)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (w->items[i] == item)
            return true;
    return false;
}

bool mb_amend_add(mb_amend *w, const mb_item *item, mb_error *err)
{
    char *why = NULL;
    mb_amended *entry;

    if (!w->verb->check(w, item, &why, err))
        return false;
    w->items = mb_grow(w->items, w->out->n, sizeof *w->items);
    w->out->items = mb_grow(w->out->items, w->out->n, sizeof *w->out->items);
    w->items[w->out->n] = item;
    entry = &w->out->items[w->out->n++];
    *entry = (mb_amended){.stream = item->stream, .name = mb_strdup(item->name), .why = why};
    return true;
}

bool mb_amend_choose_named(mb_amend *w, mb_error *err)
{
    for (size_t i = 0; i < w->n_names; i++) {
        const mb_item *item;

        if (!mb_status_find(&item, &w->project->status, w->names[i], NULL, err) ||
            (!mb_amend_has(w, item) && !mb_amend_add(w, item, err)))
            return false;
    }
    return true;
}

/* ---- doing it ---- */

static void drop(mb_amend *w)
{
    mb_amendment_free(w->out);
    free(w->items);
    free(w->to);
    w->items = w->to = NULL;
}

/* Calls what is to be called before the command, with what it would change. */
static bool call_before(const mb_amend *w, mb_error *err)
{
    const mb_amend_before *before = w->project->before_amend;

    return !before || before->call(before->self, w->out, err);
}

void mb_project_before_amend(mb_project *project, const mb_amend_before *before)
{
    project->before_amend = before;
}

static bool choose(mb_amend *w, mb_error *err)
{
    drop(w);
    if (!mb_project_load(w->project, MB_DETAIL_ALL, err))
        return false;
    if (!w->unfinished)
        w->unfinished = mb_unfinished(&w->project->status);
    return w->verb->choose(w, err);
}

/* A process that lost the run lock still works on its migration; its row must not change. */
static bool check_runners(const mb_amend *w, mb_error *err)
{
    for (size_t i = 0; i < w->out->n; i++) {
        const mb_row *row = w->items[i]->row;

        if (!w->out->items[i].why && row && row->state == MB_RUNNING &&
            strcmp(row->host, mb_this_host()) == 0 && mb_process_lives(row->pid, row->started_us))
            return mb_fail_other_runner(err, row->name, "");
    }
    return true;
}

static bool has_work(const mb_amend *w)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (!w->out->items[i].why)
            return true;
    return false;
}

/* The outcome is unknown only when the reply is missing; any other error means "not committed". */
static bool commit(const mb_amend *w, const mb_item *last, mb_error *err)
{
    const mb_change change = {w->lock, w->project->policies, &w->by, w->reporter};

    if (mb_conn_exec(NULL, w->project->conn, "COMMIT", err))
        return true;
    if (err->code != MB_ERR_CONNECT && err->code != MB_ERR_FAILED)
        return false;
    mb_conn_give_up(w->project->conn);
    err->code = MB_ERR_CONNECT;
    return mb_recover_change(&change, mb_amend_key(last), err);
}

/* The user takes a half-done migration out of that state: say that nothing was undone. */
static void report_changed(const mb_amend *w, const mb_item *item)
{
    const mb_row *row = item->row;

    mb_report_changed(w->reporter, w->verb->name, item);
    if (row && row->state != MB_APPLIED && !w->to)
        mb_report_note(w->reporter, "%s/%s was half %s; %s runs nothing and undoes nothing",
                       mb_stream_name(item->stream), item->name,
                       row->direction == MB_UP ? "applied" : "rolled back", w->verb->name);
    if (w->verb->report)
        w->verb->report(w, item);
}

static bool execute(mb_amend *w, mb_error *err)
{
    mb_conn *conn = w->project->conn;
    const mb_item *last = NULL;
    bool ok = mb_history_begin_change(w->by.in, err) &&
              mb_policies_record(w->project->policies, &w->by, MB_AUTO, err);

    for (size_t i = 0; ok && i < w->out->n; i++)
        if (!w->out->items[i].why) {
            ok = w->verb->execute(w, w->items[i], &w->out->items[i], err);
            last = w->to ? w->to[i] : w->items[i];
        }
    ok = ok && mb_amend_follow(w, err) && commit(w, last, err);
    if (!ok)
        mb_conn_rollback(conn);
    for (size_t i = 0; ok && i < w->out->n; i++)
        if (!w->out->items[i].why)
            report_changed(w, w->items[i]);
    return ok;
}

static mb_operation operation_of(const mb_amend *w)
{
    return (mb_operation){.command = w->verb->name,
                          .check_unconfigured = mb_policies_has_unconfigured(
                              &w->project->history, &w->project->settings)};
}

static bool is_allowed(const mb_amend *w, mb_error *err)
{
    const mb_operation operation = operation_of(w);

    return mb_policies_allow(w->project->policies, &operation, err);
}

/* Checks the policies again under the lock, since the wait for it may have been long. */
static bool enter(mb_amend *w, mb_error *err)
{
    const mb_operation operation = operation_of(w);
    mb_policies *policies = w->project->policies;
    const mb_recording at = {
        .settings = &w->project->settings,
        .reporter = w->reporter,
        .by = &w->by,
        .recorded = true,
    };

    w->by.environment = mb_policies_environment(policies);
    return mb_policies_still_allows(policies, &operation, err) &&
           mb_policies_back_up(policies, &operation, &at, err);
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_same(const mb_amended *a, const mb_amended *b)
{
    return a->stream == b->stream && strcmp(a->name, b->name) == 0 && is_same_text(a->to, b->to);
}

/* The order is usually that of `found`, so that place is looked at first. */
static bool has(const mb_amendment *found, const mb_amended *item, size_t place)
{
    if (place < found->n && is_same(&found->items[place], item))
        return true;
    for (size_t i = 0; i < found->n; i++)
        if (is_same(&found->items[i], item))
            return true;
    return false;
}

/* Nothing changes that was not shown before: a team's hooks may refuse single migrations. */
static bool check_shown(const mb_amend *w, mb_error *err)
{
    for (size_t i = 0; w->project->before_amend && i < w->out->n; i++)
        if (!has(&w->shown, &w->out->items[i], i)) {
            mb_fail(err, MB_ERR_POLICY,
                    "the files or the database changed while the command "
                    "waited for the run lock");
            return mb_fail_hint(err, "Run the command again.");
        }
    return true;
}

/* Reads files and history again under the lock, and makes the changes. */
static bool execute_locked(mb_amend *w, mb_error *err)
{
    mb_project *p = w->project;

    return choose(w, err) && check_shown(w, err) && check_runners(w, err) &&
           mb_project_may_write(p, err) &&
           (!w->verb->makes_history || mb_history_need(&w->by, false, err)) && enter(w, err) &&
           mb_amend_lock_tool(w, err) && execute(w, err);
}

static void on_waiting(void *self, const char *text, const mb_error *why)
{
    (void)why;
    mb_report_lock_wait(self, text);
}

static mb_lock_request wish_of(const mb_amend *w)
{
    return (mb_lock_request){
        .conn = w->project->conn,
        .schema = w->project->settings.schema,
        .wait_ms = w->project->settings.wait_ms,
        .waiting = on_waiting,
        .self = (void *)w->reporter,
    };
}

/* Chooses; again, if that was refused while another process worked on a migration. */
static bool choose_first(mb_amend *w, mb_error *err)
{
    const mb_lock_request wish = wish_of(w);
    mb_owner other = {0};

    while (!choose(w, err))
        if (!mb_other_runner_ended(&other, w->project, &wish, err))
            return false;
    return true;
}

static bool take_lock(mb_amend *w, mb_error *err)
{
    const mb_lock_request wish = wish_of(w);
    int64_t since = mb_now_us();

    if (!mb_lock_take(&w->lock, &wish, NULL, err))
        return false;
    mb_report_locked(w->reporter, mb_now_us() - since);
    return true;
}

/* Runs a command; the caller has set verb, project, names, reporter and out of `w`. */
bool mb_amend_run(mb_amend w, mb_error *err)
{
    bool ok;

    w.by = mb_writer_of(w.project, w.verb->name);
    w.by.history = &w.project->history;
    *w.out = (mb_amendment){0};
    ok = choose_first(&w, err) && call_before(&w, err);
    if (ok && has_work(&w)) {
        w.shown = *w.out;
        *w.out = (mb_amendment){0};
        ok = is_allowed(&w, err) && take_lock(&w, err) && execute_locked(&w, err) &&
             mb_project_load(w.project, MB_DETAIL_ALL, err);
        mb_tool_lock_release(w.tool_lock);
        mb_lock_release(w.lock);
    }
    w.out->pending = w.project->status.pending;
    if (!ok)
        mb_amendment_free(w.out);
    free(w.items);
    free(w.to);
    free(w.unfinished);
    mb_amendment_free(&w.shown);
    return ok;
}

mb_amend mb_amend_of(const mb_amend_verb *what, mb_amendment *out, mb_project *project,
                     const char *const *names, size_t n, const mb_reporter *reporter)
{
    return (mb_amend){
        .verb = what,
        .out = out,
        .project = project,
        .names = names,
        .n_names = n,
        .reporter = reporter,
    };
}

void mb_amendment_free(mb_amendment *amendment)
{
    for (size_t i = 0; i < amendment->n; i++) {
        free(amendment->items[i].name);
        free(amendment->items[i].why);
        free(amendment->items[i].to);
    }
    free(amendment->items);
    *amendment = (mb_amendment){0};
}

/*
 * mark.c -- commands that change the history and run nothing: mark, forget,
 * repair, rename, baseline.
 *
 * Each command decides what it has to do before it takes the run lock, so that
 * it does not wait when there is nothing to do, and decides again under the
 * lock.  All its changes are one transaction.
 */
#include "moonbird/history/create_tables.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/relations.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/report/mark.h"
#include "moonbird/run/run.h"
#include "foreign.h"
#include "moonbird/policy/policies.h"
#include "moonbird/project/half_done_hint.h"

#include "moonbird/base/buf.h"
#include "moonbird/history/lock.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct work work;

typedef struct verb {
    const char *name; /* of the command, and of its event */
    bool makes_history; /* it creates or updates the history's tables */

    /* Calls `add` for each item that the command is to change. */
    bool (*choose)(work *w, mb_error *err);

    /* false: the change is refused.  *why (allocated): there is nothing to do, for this reason. */
    bool (*check)(const work *w, const mb_item *item, char **why, mb_error *err);
    bool (*execute)(const work *w, const mb_item *item, mb_amended *out, mb_error *err);
} verb;

struct work {
    const verb *verb;
    mb_project *project;
    const char *const *names;
    size_t n_names;
    mb_writer by;
    const mb_item **items; /* items[i] is the item of out->items[i] */
    const mb_item *to;     /* rename: the item that gets the row */
    bool force;            /* baseline: accept items that another tool's history does not list */
    bool told;             /* the note about that history was reported */
    const mb_reporter *reporter;
    mb_lock *lock;
    mb_amendment *out;
};

static bool refuse(mb_error *err, mb_code code, const mb_item *item, const char *what,
                   const char *hint)
{
    mb_fail(err, code, "%s/%s %s", mb_stream_name(item->stream), item->name, what);
    if (item->file && item->file->path)
        mb_fail_at(err, item->file->path, 0, 0);
    return mb_fail_hint(err, "%s", hint);
}

/* Describes the row before the change, for the event. */
static char *describe(const mb_row *row)
{
    if (!row)
        return mb_strdup("");
    if (row->state == MB_APPLIED)
        return mb_format("was applied at %s by %s", row->applied_at, row->applied_by);
    if (!row->total) /* a migration of steps */
        return mb_format("was %s %s", mb_state_name(row->state), mb_direction_name(row->direction));
    return mb_format("was %s %s, %zu of %zu statements done", mb_state_name(row->state),
                     mb_direction_name(row->direction), row->done, row->total);
}

/* ---- mark ---- */

static bool need_file(const mb_item *item, const char *hint, mb_error *err)
{
    return !item->missing || refuse(err, MB_ERR_FILE, item, "has no file", hint);
}

static bool check_mark(const work *w, const mb_item *item, char **why, mb_error *err)
{
    (void)w;
    if (item->state == MB_APPLIED) {
        *why = mb_format("was already applied at %s", item->row->applied_at);
        return true;
    }
    return need_file(item, "moonbird records the checksums of the file. Restore it.", err);
}

static mb_key key_of(const mb_item *item)
{
    return (mb_key){item->stream, item->name};
}

/* Inspects the file as a run does, so that it records the same checksums. */
static bool check_all(const work *w, const mb_item *item, mb_checksums *sums, size_t *statements,
                      mb_error *err)
{
    const mb_step step = {.item = item, .direction = MB_UP};
    mb_source source;

    if (!mb_source_open(&source, &w->project->settings, w->project->host, &step, err))
        return false;
    *sums = source.sums;
    *statements = source.statements;
    mb_source_close(&source, w->project->host);
    return true;
}

static bool execute_mark(const work *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    char *detail = describe(item->row);
    size_t statements;
    bool ok = check_all(w, item, &out->after, &statements, err) &&
              mb_history_mark(&w->by, key_of(item), &out->after, statements, detail, err);

    free(detail);
    return ok;
}

/* ---- forget ---- */

static bool need_row(const mb_item *item, mb_error *err)
{
    return item->row || refuse(err, MB_ERR_USAGE, item, "is not in the history",
                               "moonbird history lists the recorded migrations.");
}

static bool check_forget(const work *w, const mb_item *item, char **why, mb_error *err)
{
    (void)w;
    (void)why;
    return need_row(item, err);
}

static bool execute_forget(const work *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    char *detail = describe(item->row);
    bool ok = mb_history_forget(&w->by, key_of(item), detail, err);

    (void)out;
    free(detail);
    return ok;
}

/* ---- repair ---- */

static bool check_repair(const work *w, const mb_item *item, char **why, mb_error *err)
{
    (void)w;
    if (!need_row(item, err) ||
        !need_file(item, "Restore the file, or forget the migration: moonbird forget NAME.", err))
        return false;
    if (item->state != MB_APPLIED) {
        refuse(err, MB_ERR_POLICY, item, "is half done and has no checksums yet", "");
        return mb_hint_half_done(err, item->row);
    }
    if (item->moved) {
        refuse(err, MB_ERR_POLICY, item, "was applied with the contents that another file has now",
               "");
        return mb_fail_hint(err, "moonbird verify shows which file. If the migration was "
                                 "renamed: moonbird rename OLD NEW. If that file is a new "
                                 "migration, move it out of the folder, run repair, and move it "
                                 "back.");
    }
    if (strcmp(item->row->file_sum, item->file->file_sum) == 0)
        *why = mb_strdup("has the file that was applied");
    return true;
}

static bool execute_repair(const work *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    const mb_row *row = item->row;
    size_t statements;
    char *detail;
    bool ok;

    if (!check_all(w, item, &out->after, &statements, err))
        return false;
    snprintf(out->before.file, MB_HASH_HEX, "%s", row->file_sum);
    snprintf(out->before.normalized, MB_HASH_HEX, "%s", row->normalized_sum);
    detail = mb_format("checksum %s, was %s; raw %s, was %s", out->after.normalized,
                       row->normalized_sum, out->after.file, row->file_sum);
    ok = mb_history_repair(&w->by, key_of(item), &out->after, detail, err);
    free(detail);
    return ok;
}

/* ---- which ones ---- */

static bool has(const work *w, const mb_item *item)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (w->items[i] == item)
            return true;
    return false;
}

static bool add(work *w, const mb_item *item, mb_error *err)
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

static bool choose_named(work *w, mb_error *err)
{
    for (size_t i = 0; i < w->n_names; i++) {
        const mb_item *item;

        if (!mb_status_find(&item, &w->project->status, w->names[i], NULL, err) ||
            (!has(w, item) && !add(w, item, err)))
            return false;
    }
    return true;
}

static bool refuse_required(const mb_item *item, const mb_item *by, mb_error *err)
{
    const char *stream = mb_stream_name(item->stream), *other = mb_stream_name(by->stream);

    mb_fail(err, MB_ERR_POLICY, "%s/%s cannot be forgotten: %s/%s is applied and requires it",
            stream, item->name, other, by->name);
    return mb_fail_hint(err, "If that migration was undone, too: moonbird forget %s/%s %s/%s. "
                             "Otherwise remove the requirement from its file, and then: moonbird "
                             "repair %s/%s.",
                        stream, item->name, other, by->name, other, by->name);
}

/* No applied migration that stays in the history may require one that leaves it. */
static bool check_required(const work *w, mb_error *err)
{
    const mb_status *status = &w->project->status;
    const mb_item *required = NULL;

    for (size_t i = 0; !required && i < status->n; i++) {
        const mb_item *by = &status->items[i];
        mb_directives directives;

        if (by->state != MB_APPLIED || by->missing || has(w, by))
            continue;
        mb_relations_read(&directives, w->project, by);
        for (size_t k = 0; !required && k < w->out->n; k++)
            if (w->items[k]->state == MB_APPLIED && mb_requires(&directives, w->items[k]))
                required = w->items[k];
        mb_directives_free(&directives);
        if (required)
            return refuse_required(required, by, err);
    }
    return true;
}

static bool choose_forgotten(work *w, mb_error *err)
{
    return choose_named(w, err) && check_required(w, err);
}

/* Adds the auto stream up to and including the name, without orphans, since these never run. */
static bool choose_up_to(work *w, mb_error *err)
{
    const mb_stream stream = MB_AUTO;
    const mb_status *status = &w->project->status;
    const mb_item *last = NULL;
    bool told;

    if (w->project->history.n) {
        const mb_row *first = &w->project->history.rows[0];

        mb_fail(err, MB_ERR_POLICY, "the history is not empty: it begins with %s/%s",
                mb_stream_name(first->stream), first->name);
        return mb_fail_hint(err, "To record more migrations as applied: moonbird mark NAME...");
    }
    if (w->n_names && !mb_status_find(&last, status, w->names[0], &stream, err))
        return false;
    for (size_t i = 0; i < status->n && status->items[i].stream == MB_AUTO; i++) {
        if (!status->items[i].orphan && !add(w, &status->items[i], err))
            return false;
        if (&status->items[i] == last)
            break;
    }
    told = w->told;
    w->told = true;
    return mb_foreign_check(w->items, w->out->n, w->force, told ? NULL : w->reporter,
                            w->project->conn, err);
}

/* ---- rename ---- */

/* Does the pending `to` have the contents that were applied as `from`? */
static bool has_contents(const mb_item *to, const mb_item *from)
{
    const mb_item *of = to->renamed;

    return of && (of == from || strcmp(of->row->normalized_sum, from->row->normalized_sum) == 0);
}

static bool check_rename(const work *w, const mb_item *item, char **why, mb_error *err)
{
    const mb_item *to = w->to;

    (void)why;
    if (!need_row(item, err))
        return false;
    if (!mb_item_is_gone(item) && to->renamed != item)
        return refuse(err, MB_ERR_USAGE, item, "still has its file",
                      "Rename the file first. moonbird rename then updates the history.");
    if (to->row)
        return refuse(err, MB_ERR_USAGE, to, "is already in the history",
                      "moonbird history lists the recorded migrations.");
    if ((item->moved || to->renamed) && !has_contents(to, item))
        return refuse(err, MB_ERR_POLICY, to, "does not have the contents that were applied",
                      "moonbird verify shows which file was renamed.");
    return need_file(to, "Give the new name of the file.", err);
}

static bool choose_renamed(work *w, mb_error *err)
{
    const mb_item *from;

    return mb_status_find(&from, &w->project->status, w->names[0], NULL, err) &&
           mb_status_find(&w->to, &w->project->status, w->names[1], NULL, err) && add(w, from, err);
}

static bool execute_rename(const work *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    char *detail = mb_format("was %s/%s", mb_stream_name(item->stream), item->name);
    bool ok = mb_history_rename(&w->by, key_of(item), key_of(w->to), detail, err);

    free(detail);
    out->to = mb_format("%s/%s", mb_stream_name(w->to->stream), w->to->name);
    return ok;
}

/* The files that name the migration would otherwise lose their requirement or conflict silently. */
static void report_old_names(const work *w, const mb_item *from)
{
    const mb_status *status = &w->project->status;

    for (size_t i = 0; i < status->n; i++) {
        const mb_item *item = &status->items[i];
        bool applied = item->row && item->state == MB_APPLIED;
        const char *required, *conflicting;
        mb_directives d;

        if (item->missing)
            continue;
        mb_relations_read(&d, w->project, item);
        required = mb_requires(&d, from);
        conflicting = mb_conflicts(&d, from);
        if (required || conflicting)
            mb_report_note(w->reporter, "%s/%s still %s \"%s\": write the new name in %s%s%s",
                           mb_stream_name(item->stream), item->name,
                           required ? "requires" : "conflicts with",
                           required ? required : conflicting, item->file->path,
                           applied ? ", and then: moonbird repair " : "",
                           applied ? item->name : "");
        mb_directives_free(&d);
    }
}

static const verb mark = {"mark", true, choose_named, check_mark, execute_mark};
static const verb forget = {"forget", false, choose_forgotten, check_forget, execute_forget};
static const verb repair = {"repair", false, choose_named, check_repair, execute_repair};
static const verb rename_row = {"rename", true, choose_renamed, check_rename, execute_rename};
static const verb baseline = {"baseline", true, choose_up_to, check_mark, execute_mark};

/* ---- doing it ---- */

static void drop(work *w)
{
    mb_amendment_free(w->out);
    free(w->items);
    w->items = NULL;
}

static bool choose(work *w, mb_error *err)
{
    drop(w);
    return mb_project_load(w->project, MB_DETAIL_ALL, err) && w->verb->choose(w, err);
}

static bool has_work(const work *w)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (!w->out->items[i].why)
            return true;
    return false;
}

/* The outcome is unknown only when the reply is missing; any other error means "not committed". */
static bool commit(const work *w, const mb_item *last, mb_error *err)
{
    const mb_change change = {w->lock, w->project->policies, &w->by, w->reporter};

    if (mb_conn_exec(NULL, w->project->conn, "COMMIT", err))
        return true;
    if (err->code != MB_ERR_CONNECT && err->code != MB_ERR_FAILED)
        return false;
    mb_conn_give_up(w->project->conn);
    err->code = MB_ERR_CONNECT;
    return mb_recover_change(&change, key_of(last), err);
}

/* The user takes a half-done migration out of that state: say that nothing was undone. */
static void report_changed(const work *w, const mb_item *item)
{
    const mb_row *row = item->row;

    mb_report_changed(w->reporter, w->verb->name, item);
    if (row && row->state != MB_APPLIED && !w->to)
        mb_report_note(w->reporter, "%s/%s was half %s; %s runs nothing and undoes nothing",
                       mb_stream_name(item->stream), item->name,
                       row->direction == MB_UP ? "applied" : "rolled back", w->verb->name);
    if (w->to)
        report_old_names(w, item);
}

static bool execute(work *w, mb_error *err)
{
    mb_conn *conn = w->project->conn;
    const mb_item *last = NULL;
    bool ok = mb_history_begin_change(w->by.in, err) &&
              mb_policies_record(w->project->policies, &w->by, MB_AUTO, err);

    for (size_t i = 0; ok && i < w->out->n; i++)
        if (!w->out->items[i].why) {
            ok = w->verb->execute(w, w->items[i], &w->out->items[i], err);
            last = w->to ? w->to : w->items[i];
        }
    ok = ok && commit(w, last, err);
    if (!ok)
        mb_conn_rollback(conn);
    for (size_t i = 0; ok && i < w->out->n; i++)
        if (!w->out->items[i].why)
            report_changed(w, w->items[i]);
    return ok;
}

static mb_operation operation_of(const work *w)
{
    return (mb_operation){.command = w->verb->name,
                          .check_unconfigured = mb_policies_has_unconfigured(
                              &w->project->history, &w->project->settings)};
}

static bool is_allowed(const work *w, mb_error *err)
{
    const mb_operation operation = operation_of(w);

    return mb_policies_allow(w->project->policies, &operation, err);
}

/* Checks the policies again under the lock, since the wait for it may have been long. */
static bool enter(work *w, mb_error *err)
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

/* Reads files and history again under the lock, and makes the changes. */
static bool execute_locked(work *w, mb_error *err)
{
    mb_project *p = w->project;

    return choose(w, err) && mb_project_may_write(p, err) &&
           (!w->verb->makes_history || mb_history_need(&w->by, false, err)) &&
           enter(w, err) && execute(w, err);
}

static void on_waiting(void *self, const char *text, const mb_error *why)
{
    (void)why;
    mb_report_lock_wait(self, text);
}

static bool take_lock(work *w, mb_error *err)
{
    const mb_settings *s = &w->project->settings;
    const mb_lock_request wish = {
        .conn = w->project->conn,
        .schema = s->schema,
        .wait_ms = s->wait_ms,
        .waiting = on_waiting,
        .self = (void *)w->reporter,
    };
    int64_t since = mb_now_us();

    if (!mb_lock_take(&w->lock, &wish, NULL, err))
        return false;
    mb_report_locked(w->reporter, mb_now_us() - since);
    return true;
}

/* Runs a command; the caller has set verb, project, names, reporter and out of `w`. */
static bool amend(work w, mb_error *err)
{
    bool ok;

    w.by = mb_writer_of(w.project, w.verb->name);
    w.by.history = &w.project->history;
    *w.out = (mb_amendment){0};
    ok = choose(&w, err);
    if (ok && has_work(&w)) {
        ok = is_allowed(&w, err) && take_lock(&w, err) &&
             execute_locked(&w, err) &&
             mb_project_load(w.project, MB_DETAIL_ALL, err);
        mb_lock_release(w.lock);
    }
    w.out->pending = w.project->status.pending;
    if (!ok)
        mb_amendment_free(w.out);
    free(w.items);
    return ok;
}

static work work_on(const verb *what, mb_amendment *out, mb_project *project,
                    const char *const *names, size_t n, const mb_reporter *reporter)
{
    return (work){
        .verb = what,
        .out = out,
        .project = project,
        .names = names,
        .n_names = n,
        .reporter = reporter,
    };
}

bool mb_project_mark(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                     const mb_reporter *reporter, mb_error *err)
{
    return amend(work_on(&mark, out, project, names, n, reporter), err);
}

bool mb_project_forget(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                       const mb_reporter *reporter, mb_error *err)
{
    return amend(work_on(&forget, out, project, names, n, reporter), err);
}

bool mb_project_repair(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                       const mb_reporter *reporter, mb_error *err)
{
    return amend(work_on(&repair, out, project, names, n, reporter), err);
}

bool mb_project_rename(mb_amendment *out, mb_project *project, const char *from, const char *to,
                       const mb_reporter *reporter, mb_error *err)
{
    const char *const names[] = {from, to};

    return amend(work_on(&rename_row, out, project, names, 2, reporter), err);
}

bool mb_project_baseline(mb_amendment *out, mb_project *project, const char *name, bool force,
                         const mb_reporter *reporter, mb_error *err)
{
    work w = work_on(&baseline, out, project, &name, name != NULL, reporter);

    w.force = force;
    return amend(w, err);
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

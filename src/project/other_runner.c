#include "moonbird/project/other_runner.h"

#include "moonbird/history/runner.h"
#include "moonbird/project/loaded.h"

#include "moonbird/base/buf.h"

#include <stdlib.h>
#include <string.h>

bool mb_fail_other_runner(mb_error *err, const char *name, const char *who)
{
    mb_fail(err, MB_ERR_LOCKED, "another moonbird process is working on %s%s%s", name,
            *who ? ": " : "", who);
    return mb_fail_hint(err, "Run the command again when that process has ended. If it hangs, "
                             "terminate it first. moonbird status shows the migration.");
}

/* ---- wait for it ---- */

static bool lives(const mb_project *project, const mb_owner *owner)
{
    const mb_runner runner = {
        .host = owner->host, .pid = owner->pid, .started_us = owner->started_us};
    mb_error ignored;
    char *holder = NULL;
    bool alive;
    bool ok = mb_runner_lives(&alive, &holder, mb_project_store(project), &runner, &ignored);

    free(holder);
    return ok && alive;
}

/*
 * A row that another process was working on when the history was loaded, and its owner now; NULL if
 * there is none, or its process is gone.
 */
static const mb_row *find_row(mb_owner *owner, const mb_project *project)
{
    const mb_writer by = mb_writer_of(project, "");
    mb_error ignored;

    for (size_t i = 0; i < project->history.n; i++) {
        const mb_row *row = &project->history.rows[i];

        if (row->state == MB_RUNNING &&
            mb_history_owner(owner, &by, (mb_key){row->stream, row->name}, false, &ignored) &&
            (owner->state != MB_RUNNING || lives(project, owner)))
            return row;
    }
    return NULL;
}

static bool is_same(const mb_owner *a, const mb_owner *b)
{
    return a->pid == b->pid && a->started_us == b->started_us && strcmp(a->host, b->host) == 0;
}

bool mb_other_runner_ended(mb_owner *last, const mb_project *project, const mb_lock_request *wish,
                           mb_error *err)
{
    mb_owner owner;
    const mb_row *row = err->code == MB_ERR_POLICY ? find_row(&owner, project) : NULL;
    mb_lock *lock;

    if (!row)
        return false;
    if (owner.state != MB_RUNNING)
        return true;
    if (is_same(&owner, last))
        return mb_fail_other_runner(err, row->name, owner.who);
    *last = owner;
    if (!mb_lock_take(&lock, wish, NULL, err))
        return false;
    mb_lock_release(lock);
    return true;
}

/* ---- what it finished in that time ---- */

enum { PENDING = 'P', GOING_UP = 'U', GOING_DOWN = 'D' };

static void add_line(mb_buf *text, const mb_item *item, char how)
{
    mb_buf_printf(text, "%c %s/%s\n", how, mb_stream_name(item->stream), item->name);
}

char *mb_unfinished(const mb_status *status)
{
    mb_buf text = {0};

    mb_buf_putc(&text, '\n');
    for (size_t i = 0; i < status->n; i++) {
        const mb_item *item = &status->items[i];

        if (item->state != MB_APPLIED)
            add_line(&text, item,
                     !item->row                      ? PENDING
                     : item->row->direction == MB_UP ? GOING_UP
                                                     : GOING_DOWN);
    }
    return text.data;
}

static bool was(const mb_item *item, char how, const char *unfinished)
{
    mb_buf line = {0};
    bool found;

    mb_buf_putc(&line, '\n');
    add_line(&line, item, how);
    found = strstr(unfinished, mb_buf_str(&line)) != NULL;
    mb_buf_free(&line);
    return found;
}

/* What happened to an unfinished migration; NULL: nothing, or it is half done. */
static const char *what_happened(const mb_item *item, const char *unfinished)
{
    if (item->state == MB_APPLIED)
        return was(item, GOING_UP, unfinished)     ? "was finished"
               : was(item, PENDING, unfinished)    ? "was applied"
               : was(item, GOING_DOWN, unfinished) ? "was applied again"
                                                   : NULL;
    return !item->row && (was(item, GOING_UP, unfinished) || was(item, GOING_DOWN, unfinished))
               ? "was rolled back"
               : NULL;
}

bool mb_check_not_finished(const mb_project *project, const mb_item *item, const char *unfinished,
                           mb_error *err)
{
    const mb_writer by = mb_writer_of(project, "");
    const mb_key key = {item->stream, item->name};
    const char *what = unfinished ? what_happened(item, unfinished) : NULL;
    mb_error ignored;
    mb_owner owner;

    if (!what)
        return true;
    if (!item->row || !mb_history_owner(&owner, &by, key, false, &ignored))
        owner.who[0] = '\0';
    mb_fail(err, MB_ERR_LOCKED,
            "%s/%s %s by another moonbird process while this command waited%s%s",
            mb_stream_name(item->stream), item->name, what, *owner.who ? ": " : "", owner.who);
    mb_fail_detail(err, "It was %s when this command began. Nothing was changed.",
                   was(item, PENDING, unfinished)    ? "pending"
                   : was(item, GOING_UP, unfinished) ? "half applied"
                                                     : "half rolled back");
    return mb_fail_hint(err, "Check moonbird status, then run the command again.");
}

/* ---- a request ---- */

/*
 * Refuse a rollback of migrations that were not in the plan before the wait for the lock. If two
 * people roll back the newest migration at the same time, the second must not roll back the one
 * before it, which neither of them chose.
 */
static bool check_planned(const mb_plan *plan, const char *planned, mb_error *err)
{
    const mb_step *beyond = planned ? mb_plan_beyond(plan, planned) : NULL;

    if (!beyond)
        return true;
    mb_fail(err, MB_ERR_LOCKED,
            "another moonbird process changed the history while this one waited; this command "
            "would now roll back %s, which it did not plan",
            beyond->item->name);
    return mb_fail_hint(err, "Check moonbird status, then run the command again.");
}

/* Check each step that undoes a migration, or runs it again. */
static bool check_steps(const mb_project *project, const mb_plan *plan, const char *unfinished,
                        mb_error *err)
{
    for (size_t i = 0; i < plan->n; i++) {
        const mb_step *step = &plan->steps[i];
        bool again = step->direction == MB_UP && step->item->stream == MB_MANUAL;

        if ((again || step->direction == MB_DOWN) &&
            !mb_check_not_finished(project, step->item, unfinished, err))
            return false;
    }
    return true;
}

/* A migration that another process has finished is no longer half applied. */
static bool check_restart(const mb_project *project, const mb_request *request,
                          const char *unfinished, mb_error *err)
{
    const mb_item *item;
    mb_error ignored;

    return !request->restart ||
           !mb_status_find(&item, &project->status, request->restart, &request->stream, &ignored) ||
           mb_check_not_finished(project, item, unfinished, err);
}

/* The plan as if half-applied migrations could be rolled back; empty if it is refused. */
static void plan_all(mb_plan *out, const mb_project *project, const mb_request *request)
{
    mb_request all = *request;
    mb_error ignored;

    all.partial = true;
    (void)!mb_plan_build(out, &project->status, &project->history, &all, &ignored);
}

bool mb_first_look_check(mb_first_look *first, const mb_project *project, const mb_request *request,
                         mb_error *err)
{
    mb_plan plan;
    bool ok = true;

    if (request->what == MB_DO_UP && !request->again && !request->restart)
        return true;
    plan_all(&plan, project, request);
    if (first->unfinished)
        ok = check_planned(&plan, first->planned, err) &&
             check_restart(project, request, first->unfinished, err) &&
             check_steps(project, &plan, first->unfinished, err);
    else
        first->unfinished = mb_unfinished(&project->status);
    if (!first->planned && plan.n && request->what != MB_DO_UP)
        first->planned = mb_plan_fingerprint(&plan);
    mb_plan_free(&plan);
    return ok;
}

void mb_first_look_free(mb_first_look *first)
{
    free(first->unfinished);
    free(first->planned);
    *first = (mb_first_look){0};
}

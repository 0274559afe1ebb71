/* plan.c -- which migrations a request runs, in which order. */
#include "plan_checks.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void add_step(mb_planner *p, const mb_item *item, mb_direction direction)
{
    mb_step step = {
        .item = item,
        .direction = direction,
        .resume = item->row && item->row->state != MB_APPLIED && item->row->direction == direction,
    };

    step.restart = item == p->restart && step.resume;
    step.resume = step.resume && !step.restart;
    if (step.restart)
        mb_plan_note(p, mb_format("%s/%s starts over; the changes that its statements made so far "
                                  "are not undone",
                                  mb_stream_name(item->stream), item->name));
    p->plan->steps = mb_grow(p->plan->steps, p->plan->n, sizeof *p->plan->steps);
    p->plan->steps[p->plan->n++] = step;
}

/* ---- up ---- */

static bool is_pending(const mb_planner *p, const mb_item *item)
{
    return (item->state != MB_APPLIED || item->repeat) && !item->orphan &&
           (!item->left_out || p->request->left_out);
}

/* The migrations that a baseline migration replaces; it comes right after them. */
static void note_replaced(mb_planner *p, const mb_item *baseline)
{
    const mb_item *first = NULL, *last = NULL;

    for (const mb_item *item = p->status->items; item < baseline; item++)
        if (item->replaced_by == baseline && !item->file->baseline) {
            first = first ? first : item;
            last = item;
        }
    if (first == last && first)
        mb_plan_note(p, mb_format("%s runs in place of %s", baseline->name, first->name));
    else if (first)
        mb_plan_note(p, mb_format("%s runs in place of %s to %s", baseline->name, first->name,
                                  last->name));
}

static bool plan_up_item(mb_planner *p, const mb_item *item, bool numbered)
{
    if (!mb_plan_check_up(p, item, numbered))
        return false;
    if (item->file && item->file->baseline && !item->row)
        note_replaced(p, item);
    add_step(p, item, MB_UP);
    return true;
}

/* A journal's entries, or another tool's format, give the order, so that names need no numbers. */
static bool is_ordered(const mb_status *status)
{
    for (size_t i = 0; i < status->n; i++)
        if (status->items[i].file &&
            (status->items[i].file->journaled || status->items[i].file->format))
            return true;
    return false;
}

/* --restart applies to half-applied migrations only. */
static bool find_restart(mb_planner *p)
{
    const char *name = p->request->restart;

    if (!name)
        return true;
    return mb_status_find(&p->restart, p->status, name, &p->request->stream, p->err) &&
           mb_plan_check_restart(p, p->restart);
}

/*
 * Note the first file without a number: `_0002_b.sql` was perhaps meant to be disabled, and
 * V10_c.sql to follow V9_b.sql, which the order of names does not do.
 */
static void note_unnumbered(mb_planner *p)
{
    for (size_t i = 0; i < p->plan->n; i++) {
        const mb_migration *file = p->plan->steps[i].item->file;

        if (file && !file->number[0] && !file->repeatable) {
            mb_plan_note(p, mb_format("%s does not begin with a number; such files run after all "
                                      "numbered files, in order of name", file->path));
            return;
        }
    }
}

static bool refuse_orphan(const mb_planner *p, const mb_item *item)
{
    mb_fail(p->err, MB_ERR_USAGE, "auto/%s is not in the journal and never runs", item->name);
    mb_fail_at(p->err, item->file->path, 0, 0);
    return mb_fail_hint(p->err, "Add it to the journal, or name the last migration to apply.");
}

static bool refuse_left_out(const mb_planner *p, const mb_item *item)
{
    if (!item->replaced_by) {
        mb_fail(p->err, MB_ERR_USAGE, "auto/%s runs only on an empty history", item->name);
        mb_fail_at(p->err, item->file->path, 0, 0);
        return mb_fail_hint(p->err, "Name the last migration to apply.");
    }
    mb_fail(p->err, MB_ERR_USAGE, "auto/%s does not run: %s replaces it", item->name,
            item->replaced_by->name);
    mb_fail_at(p->err, item->file->path, 0, 0);
    return mb_fail_hint(p->err, "Name the baseline migration, or one that comes after it.");
}

static bool check_last(const mb_planner *p, const mb_item *last)
{
    if (last && last->orphan)
        return refuse_orphan(p, last);
    return !last || !last->left_out || p->request->left_out || refuse_left_out(p, last);
}

static bool plan_up(mb_planner *p)
{
    const mb_stream stream = MB_AUTO;
    const mb_item *last = NULL;
    bool numbered = !is_ordered(p->status);

    if (p->request->n_names &&
        !mb_status_find(&last, p->status, p->request->names[0], &stream, p->err))
        return false;
    if (!check_last(p, last))
        return false;
    for (size_t i = 0; p->status->notes && i < p->status->notes->n; i++)
        mb_plan_note(p, mb_strdup(p->status->notes->items[i]));
    for (size_t i = 0; i < p->status->n; i++) {
        const mb_item *item = &p->status->items[i];

        if (item->stream == MB_AUTO && !mb_plan_check_stream(p, item))
            return false;
    }
    for (size_t i = 0; i < p->status->n; i++) {
        const mb_item *item = &p->status->items[i];

        if (item->stream != MB_AUTO || (p->request->limit && p->plan->n == p->request->limit))
            break;
        if (is_pending(p, item) && (item == last || !p->request->alone) &&
            !plan_up_item(p, item, numbered))
            return false;
        if (item == last)
            break;
    }
    if (numbered)
        note_unnumbered(p);
    return true;
}

static bool is_planned(const mb_planner *p, const mb_item *item)
{
    for (size_t i = 0; i < p->plan->n; i++)
        if (p->plan->steps[i].item == item)
            return true;
    return false;
}

static bool plan_manual_up(mb_planner *p)
{
    const mb_stream stream = MB_MANUAL;

    for (size_t i = 0; i < p->request->n_names; i++) {
        const mb_item *item;

        if (!mb_status_find(&item, p->status, p->request->names[i], &stream, p->err))
            return false;
        if (is_planned(p, item))
            continue;
        if (item->state == MB_APPLIED && !p->request->again) {
            mb_plan_note(p, mb_format("manual/%s was already applied at %s; --again runs it again",
                                      item->name, item->row->applied_at));
            continue;
        }
        if (!mb_plan_check_manual_up(p, item))
            return false;
        add_step(p, item, MB_UP);
    }
    return true;
}

/* ---- down ---- */

static const mb_item *item_of(const mb_status *status, const mb_row *row)
{
    for (size_t i = 0; i < status->n; i++)
        if (status->items[i].row == row)
            return &status->items[i];
    return NULL;
}

static bool plan_down_item(mb_planner *p, const mb_item *item)
{
    if (!mb_plan_check_down(p, item))
        return false;
    add_step(p, item, MB_DOWN);
    return true;
}

/*
 * Roll back newest first, by position in the history, down to and including `last`; without `last`,
 * `limit` migrations.
 */
static bool plan_down_to(mb_planner *p, const mb_item *last, size_t limit)
{
    for (size_t i = p->history->n; i-- > 0;) {
        const mb_row *row = &p->history->rows[i];
        const mb_item *item;

        if (row->stream != MB_AUTO)
            continue;
        if (limit && p->plan->n == limit)
            break;
        item = item_of(p->status, row);
        /* A repeatable migration is not undone, unless it is named: its next version replaces it.
         */
        if (item->repeatable && item != last)
            continue;
        if (!plan_down_item(p, item))
            return false;
        if (item == last)
            break;
    }
    return true;
}

static bool plan_down(mb_planner *p)
{
    const mb_stream stream = MB_AUTO;
    const mb_item *last = NULL;
    size_t limit = p->request->limit;

    if (p->request->n_names) {
        if (!mb_status_find(&last, p->status, p->request->names[0], &stream, p->err) ||
            !mb_plan_check_applied(p, last))
            return false;
    } else if (!limit) {
        limit = 1;
    }
    return plan_down_to(p, last, limit);
}

static bool plan_manual_down(mb_planner *p)
{
    const mb_stream stream = MB_MANUAL;

    for (size_t i = 0; i < p->request->n_names; i++) {
        const mb_item *item;

        if (!mb_status_find(&item, p->status, p->request->names[i], &stream, p->err))
            return false;
        if (!is_planned(p, item) && (!mb_plan_check_applied(p, item) || !plan_down_item(p, item)))
            return false;
    }
    return true;
}

static const mb_item *newest(const mb_planner *p)
{
    for (size_t i = p->history->n; i-- > 0;) {
        const mb_item *item =
            p->history->rows[i].stream == MB_AUTO ? item_of(p->status, &p->history->rows[i]) : NULL;

        if (item && !item->repeatable)
            return item;
    }
    return NULL;
}

static bool plan_redo(mb_planner *p)
{
    const mb_item *item = newest(p);

    if (p->request->n_names &&
        !mb_status_find(&item, p->status, p->request->names[0], NULL, p->err))
        return false;
    if (!item)
        return true;
    if (!mb_plan_check_applied(p, item) || !plan_down_item(p, item))
        return false;
    add_step(p, item, MB_UP);
    p->plan->steps[p->plan->n - 1].resume = false;
    return true;
}

static void identify(mb_plan *plan)
{
    mb_buf text = {0};

    for (size_t i = 0; i < plan->n; i++) {
        const mb_item *item = plan->steps[i].item;

        mb_buf_printf(&text, "%s %s/%s %s\n", mb_direction_name(plan->steps[i].direction),
                      mb_stream_name(item->stream), item->name, item->file->file_sum);
    }
    mb_sha256_hex(mb_buf_str(&text), text.len, plan->id);
    mb_buf_free(&text);
}

/* Refuse to run anything but the plan that the user was shown. */
static bool check_id(const mb_planner *p)
{
    if (!p->request->plan || strcmp(p->request->plan, p->plan->id) == 0)
        return true;
    mb_fail(p->err, MB_ERR_POLICY, "the files or the database changed after the plan was made");
    return mb_fail_hint(p->err, "Make a new plan.");
}

bool mb_plan_build(mb_plan *out, const mb_status *status, const mb_history *history,
                   const mb_request *request, mb_error *err)
{
    mb_planner p = {.plan = out, .status = status, .history = history, .request = request};
    bool manual = request->stream == MB_MANUAL, ok = false;

    p.err = err;
    *out = (mb_plan){0};
    switch (request->what) {
    case MB_DO_UP:
        ok = find_restart(&p) && (manual ? plan_manual_up(&p) : plan_up(&p));
        break;
    case MB_DO_DOWN:
        ok = manual ? plan_manual_down(&p) : plan_down(&p);
        break;
    case MB_DO_REDO:
        ok = plan_redo(&p);
        break;
    }
    if (ok)
        identify(out);
    ok = ok && check_id(&p);
    if (!ok)
        mb_plan_free(out);
    return ok;
}

void mb_plan_free(mb_plan *plan)
{
    for (size_t i = 0; i < plan->n_notes; i++)
        free(plan->notes[i]);
    free(plan->notes);
    free(plan->steps);
    *plan = (mb_plan){0};
}

bool mb_is_named(const char *wanted, mb_stream stream, const char *name)
{
    const char *prefix = mb_stream_name(stream);
    size_t len = strlen(prefix);

    if (strncmp(wanted, prefix, len) == 0 && wanted[len] == '/')
        wanted += len + 1;
    return strcmp(wanted, name) == 0;
}

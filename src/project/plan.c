/* plan.c -- which migrations a request runs, in which order, and what forbids it. */
#include "moonbird/project/plan.h"

#include "moonbird/project/half_done_hint.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The arguments of mb_plan_build, and what it found in them. */
typedef struct planner {
    mb_plan *plan;
    const mb_status *status;
    const mb_history *history;
    const mb_request *request;
    const mb_item *restart; /* the item that --restart names; NULL for none */
    mb_error *err;
} planner;

static void note(planner *p, char *text)
{
    p->plan->notes = mb_grow(p->plan->notes, p->plan->n_notes, sizeof *p->plan->notes);
    p->plan->notes[p->plan->n_notes++] = text;
}

static void add_step(planner *p, const mb_item *item, mb_direction direction)
{
    mb_step step = {
        .item = item,
        .direction = direction,
        .resume = item->row && item->row->state != MB_APPLIED && item->row->direction == direction,
    };

    step.restart = item == p->restart && step.resume;
    step.resume = step.resume && !step.restart;
    if (step.restart)
        note(p, mb_format("%s/%s starts over; what its statements did so far is not undone",
                          mb_stream_name(item->stream), item->name));
    p->plan->steps = mb_grow(p->plan->steps, p->plan->n, sizeof *p->plan->steps);
    p->plan->steps[p->plan->n++] = step;
}

static bool refuse(planner *p, mb_code code, const mb_item *item, const char *what,
                   const char *hint)
{
    mb_fail(p->err, code, "%s/%s %s", mb_stream_name(item->stream), item->name, what);
    if (item->file && item->file->path)
        mb_fail_at(p->err, item->file->path, 0, 0);
    return mb_fail_hint(p->err, "%s", hint);
}

/* ---- checks before the first statement ---- */

static const char *changed_hint(const mb_item *item)
{
    if (item->moved)
        return "Another file has the contents that were applied; moonbird verify shows which. If "
               "the file was renamed: moonbird rename OLD NEW. Otherwise restore the file.";
    /* A Lua file's row has no count of statements. */
    if (item->row->total == 0 && !item->file->lua)
        return "If it was an SQL file without statements: moonbird forget NAME, then moonbird "
               "up. If it was a Lua file, restore that file: it has already run.";
    return "Restore the file, or write the change as a new migration. moonbird verify shows what "
           "differs. To accept a harmless change: moonbird repair NAME.";
}

static bool check_changed(planner *p, const mb_item *item)
{
    if (!item->changed || p->request->changed == MB_ALLOW)
        return true;
    if (p->request->changed == MB_REFUSE)
        return refuse(p, MB_ERR_POLICY, item, "was changed after it was applied",
                      changed_hint(item));
    note(p, mb_format("%s/%s was changed after it was applied", mb_stream_name(item->stream),
                      item->name));
    return true;
}

static bool refuse_half_done(planner *p, const mb_item *item, const char *what)
{
    refuse(p, MB_ERR_POLICY, item, what, "");
    return mb_hint_half_done(p->err, item->row);
}

static bool check_half_done(planner *p, const mb_item *item)
{
    if (!item->row || item->row->state == MB_APPLIED || item->row->direction == MB_UP)
        return true;
    return refuse_half_done(p, item, "is half rolled back");
}

static bool check_item(planner *p, const mb_item *item)
{
    if (item->missing && item->row && item->state == MB_APPLIED)
        note(p, mb_format("%s/%s is applied, but its file is missing", mb_stream_name(item->stream),
                          item->name));
    if (item->orphan)
        note(p, mb_format("%s is not in the journal and does not run", item->file->path));
    return check_changed(p, item) && check_half_done(p, item);
}

/* Does a second number follow the first, as in 2024-01-15_users? */
static bool has_more_numbers(const char *name)
{
    const char *after = name + strspn(name, "0123456789");

    return after > name && *after && strspn(after + 1, "0123456789") > 0;
}

/* A hint that ends without a period, and what a date in the name means. */
static bool hint_number(mb_error *err, const mb_item *item, const char *hint)
{
    return mb_fail_hint(err, "%s.%s", hint,
                        has_more_numbers(item->name)
                            ? " A file's number ends at the first character that is not a digit: "
                              "write a date as 20240131, not as 2024-01-31."
                            : "");
}

/*
 * A number that two files share is an error once one of them is to be run, unless a journal gives
 * their order.
 */
static bool refuse_number(planner *p, const mb_item *item, const mb_item *other)
{
    mb_fail(p->err, MB_ERR_FILE, "number %s is used twice: \"%s\" and \"%s\"",
            item->file->number, other->name, item->name);
    mb_fail_at(p->err, item->file->path, 0, 0);
    return hint_number(p->err, item, "Give the newer file the next free number");
}

/* Without a journal the items are sorted by number, so only neighbours can share one. */
static bool check_number(planner *p, const mb_item *item)
{
    const mb_item *first = p->status->items, *end = first + p->status->n, *other;

    if (item->stream != MB_AUTO || !item->file || !item->file->number[0])
        return true;
    for (other = item; other > first && !(--other)->file;)
        ;
    if (other != item && other->file && strcmp(other->file->number, item->file->number) == 0)
        return refuse_number(p, item, other);
    for (other = item + 1; other < end && !other->file; other++)
        ;
    if (other < end && other->stream == MB_AUTO &&
        strcmp(other->file->number, item->file->number) == 0)
        return refuse_number(p, item, other);
    return true;
}

static bool refuse_late(planner *p, const mb_item *item)
{
    static const char what[] = "comes before a migration that is already applied";

    if (item->file->journaled)
        return refuse(p, MB_ERR_POLICY, item, what,
                      "Generate it again with Drizzle, or set out_of_order = \"warn\".");
    (void)refuse(p, MB_ERR_POLICY, item, what, "");
    return hint_number(p->err, item, "Give it a number after the last applied one, or set "
                                     "out_of_order = \"warn\"");
}

static bool check_late(planner *p, const mb_item *item)
{
    if (!item->out_of_order || p->request->out_of_order == MB_ALLOW)
        return true;
    if (p->request->out_of_order == MB_REFUSE)
        return refuse_late(p, item);
    note(p, mb_format("%s/%s comes before a migration that is already applied; running it now",
                      mb_stream_name(item->stream), item->name));
    return true;
}

static bool check_file(planner *p, const mb_item *item)
{
    if (!item->missing)
        return true;
    if (item->row)
        return refuse(p, MB_ERR_FILE, item, "no longer has a file",
                      "Restore the file. If it was renamed: moonbird rename OLD NEW. To remove "
                      "the migration from the history: moonbird forget NAME.");
    return refuse(p, MB_ERR_FILE, item, "is in the journal, but has no file",
                  "Restore the file, or remove the entry from meta/_journal.json.");
}

static bool check_renamed(planner *p, const mb_item *item)
{
    const mb_item *was = item->renamed;

    if (!was)
        return true;
    mb_fail_renamed(p->err, item);
    mb_fail_at(p->err, item->file->path, 0, 0);
    return mb_fail_hint(p->err, "If the file was renamed: moonbird rename %s/%s %s/%s. To run it "
                                "again: moonbird forget %s/%s.",
                        mb_stream_name(was->stream), was->name, mb_stream_name(item->stream),
                        item->name, mb_stream_name(was->stream), was->name);
}

/* ---- up ---- */

static bool is_pending(const mb_item *item)
{
    return item->state != MB_APPLIED && !item->orphan;
}

static bool plan_up_item(planner *p, const mb_item *item, bool numbered)
{
    if (!check_file(p, item) || !check_renamed(p, item) ||
        (numbered && !check_number(p, item)) || !check_late(p, item))
        return false;
    add_step(p, item, MB_UP);
    return true;
}

/* A journal's entries give the order, so that file names need no numbers. */
static bool is_journaled(const mb_status *status)
{
    for (size_t i = 0; i < status->n; i++)
        if (status->items[i].file && status->items[i].file->journaled)
            return true;
    return false;
}

/* --restart applies to half-applied migrations only. */
static bool find_restart(planner *p)
{
    const char *name = p->request->restart;

    if (!name)
        return true;
    if (!mb_status_find(&p->restart, p->status, name, &p->request->stream, p->err))
        return false;
    if (p->restart->row && p->restart->row->state != MB_APPLIED)
        return true;
    return refuse(p, MB_ERR_USAGE, p->restart, "is not half applied",
                  "Only a half-applied migration can be started over.");
}

/*
 * Note the first file without a number: `_0002_b.sql` was perhaps meant to be disabled, and
 * V10_c.sql to follow V9_b.sql, which the order of names does not do.
 */
static void note_unnumbered(planner *p)
{
    for (size_t i = 0; i < p->plan->n; i++) {
        const mb_migration *file = p->plan->steps[i].item->file;

        if (file && !file->number[0]) {
            note(p, mb_format("%s does not begin with a number; such files run after all "
                              "numbered files, in order of name", file->path));
            return;
        }
    }
}

static bool plan_up(planner *p)
{
    const mb_stream stream = MB_AUTO;
    const mb_item *last = NULL;
    bool numbered = !is_journaled(p->status);

    if (p->request->n_names &&
        !mb_status_find(&last, p->status, p->request->names[0], &stream, p->err))
        return false;
    for (size_t i = 0; p->status->notes && i < p->status->notes->n; i++)
        note(p, mb_strdup(p->status->notes->items[i]));
    for (size_t i = 0; i < p->status->n; i++) {
        const mb_item *item = &p->status->items[i];

        if (item->stream == MB_AUTO && !check_item(p, item))
            return false;
    }
    for (size_t i = 0; i < p->status->n; i++) {
        const mb_item *item = &p->status->items[i];

        if (item->stream != MB_AUTO || (p->request->limit && p->plan->n == p->request->limit))
            break;
        if (is_pending(item) && !plan_up_item(p, item, numbered))
            return false;
        if (item == last)
            break;
    }
    if (numbered)
        note_unnumbered(p);
    return true;
}

static bool is_planned(const planner *p, const mb_item *item)
{
    for (size_t i = 0; i < p->plan->n; i++)
        if (p->plan->steps[i].item == item)
            return true;
    return false;
}

static bool plan_manual_up(planner *p)
{
    const mb_stream stream = MB_MANUAL;

    for (size_t i = 0; i < p->request->n_names; i++) {
        const mb_item *item;

        if (!mb_status_find(&item, p->status, p->request->names[i], &stream, p->err))
            return false;
        if (is_planned(p, item))
            continue;
        if (item->state == MB_APPLIED && !p->request->again) {
            note(p, mb_format("manual/%s was already applied at %s; --again runs it again",
                              item->name, item->row->applied_at));
            continue;
        }
        if (!check_file(p, item) || !check_renamed(p, item) || !check_half_done(p, item))
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

static bool plan_down_item(planner *p, const mb_item *item)
{
    const mb_row *row = item->row;

    if (row->state != MB_APPLIED && row->direction == MB_UP) {
        if (!p->request->partial)
            return refuse_half_done(p, item, "is half applied");
        note(p, mb_format("%s/%s is half applied; its whole rollback runs, including the parts "
                          "for statements that never ran; what the rollback leaves out is not "
                          "undone",
                          mb_stream_name(item->stream), item->name));
    }
    if (item->missing)
        return refuse(p, MB_ERR_FILE, item, "has no file, and therefore no rollback",
                      "Restore the file, or forget the migration: moonbird forget NAME.");
    add_step(p, item, MB_DOWN);
    return true;
}

static bool need_applied(planner *p, const mb_item *item)
{
    if (item->row)
        return true;
    mb_fail(p->err, MB_ERR_USAGE, "%s/%s is not applied", mb_stream_name(item->stream), item->name);
    return mb_fail_hint(p->err, "moonbird status lists the applied migrations.");
}

/*
 * Roll back newest first, by position in the history, down to and including `last`; without `last`,
 * `limit` migrations.
 */
static bool plan_down_to(planner *p, const mb_item *last, size_t limit)
{
    for (size_t i = p->history->n; i-- > 0;) {
        const mb_row *row = &p->history->rows[i];
        const mb_item *item;

        if (row->stream != MB_AUTO)
            continue;
        if (limit && p->plan->n == limit)
            break;
        item = item_of(p->status, row);
        if (!plan_down_item(p, item))
            return false;
        if (item == last)
            break;
    }
    return true;
}

static bool plan_down(planner *p)
{
    const mb_stream stream = MB_AUTO;
    const mb_item *last = NULL;
    size_t limit = p->request->limit;

    if (p->request->n_names) {
        if (!mb_status_find(&last, p->status, p->request->names[0], &stream, p->err) ||
            !need_applied(p, last))
            return false;
    } else if (!limit) {
        limit = 1;
    }
    return plan_down_to(p, last, limit);
}

static bool plan_manual_down(planner *p)
{
    const mb_stream stream = MB_MANUAL;

    for (size_t i = 0; i < p->request->n_names; i++) {
        const mb_item *item;

        if (!mb_status_find(&item, p->status, p->request->names[i], &stream, p->err))
            return false;
        if (!is_planned(p, item) && (!need_applied(p, item) || !plan_down_item(p, item)))
            return false;
    }
    return true;
}

static const mb_item *newest(const planner *p)
{
    for (size_t i = p->history->n; i-- > 0;)
        if (p->history->rows[i].stream == MB_AUTO)
            return item_of(p->status, &p->history->rows[i]);
    return NULL;
}

static bool plan_redo(planner *p)
{
    const mb_item *item = newest(p);

    if (p->request->n_names &&
        !mb_status_find(&item, p->status, p->request->names[0], NULL, p->err))
        return false;
    if (!item)
        return true;
    if (!need_applied(p, item) || !plan_down_item(p, item))
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
static bool check_id(const planner *p)
{
    if (!p->request->plan || strcmp(p->request->plan, p->plan->id) == 0)
        return true;
    mb_fail(p->err, MB_ERR_POLICY, "the files or the database changed after the plan was made");
    return mb_fail_hint(p->err, "Make a new plan.");
}

bool mb_plan_build(mb_plan *out, const mb_status *status, const mb_history *history,
                   const mb_request *request, mb_error *err)
{
    planner p = {.plan = out, .status = status, .history = history, .request = request, .err = err};
    bool manual = request->stream == MB_MANUAL, ok = false;

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

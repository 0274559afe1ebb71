#include "plan_checks.h"

#include "moonbird/project/half_done_hint.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/named_hint.h"

#include <string.h>

void mb_plan_note(mb_planner *p, char *text)
{
    p->plan->notes = mb_grow(p->plan->notes, p->plan->n_notes, sizeof *p->plan->notes);
    p->plan->notes[p->plan->n_notes++] = text;
}

static bool refuse(mb_planner *p, mb_code code, const mb_item *item, const char *what,
                   const char *hint)
{
    mb_fail(p->err, code, "%s/%s %s", mb_stream_name(item->stream), item->name, what);
    if (item->file && item->file->path)
        mb_fail_at(p->err, item->file->path, 0, 0);
    return mb_named_hint(p->err, hint, item->name);
}

static const char *changed_hint(const mb_item *item)
{
    if (item->moved)
        return "Another file has the contents that were applied; moonbird verify shows which. If "
               "files were renamed: moonbird rename --all. Otherwise restore the file.";
    return "Restore the file, or write the change as a new migration. With git, moonbird "
           "verify shows what differs. To accept a harmless change: moonbird repair NAME.";
}

static bool check_changed(mb_planner *p, const mb_item *item)
{
    if (!item->changed || p->request->changed == MB_ALLOW)
        return true;
    if (p->request->changed == MB_REFUSE) {
        refuse(p, MB_ERR_POLICY, item, "was changed after it was applied", changed_hint(item));
        return item->unrun && !item->moved && mb_hint_unrun(p->err, item);
    }
    mb_plan_note(p, mb_format("%s/%s was changed after it was applied",
                              mb_stream_name(item->stream), item->name));
    return true;
}

static bool refuse_half_done(mb_planner *p, const mb_item *item, const char *what)
{
    refuse(p, MB_ERR_POLICY, item, what, "");
    return mb_hint_half_done(p->err, item->row);
}

static bool check_half_done(mb_planner *p, const mb_item *item)
{
    if (!item->row || item->row->state == MB_APPLIED || item->row->direction == MB_UP)
        return true;
    return refuse_half_done(p, item, "is half rolled back");
}

bool mb_plan_check_stream(mb_planner *p, const mb_item *item)
{
    if (item->missing && !item->hidden && item->row && item->state == MB_APPLIED)
        mb_plan_note(p, mb_format("%s/%s is applied, but its file is missing",
                                  mb_stream_name(item->stream), item->name));
    if (mb_item_is_unlisted(item))
        mb_plan_note(p, mb_format("%s/%s is %sapplied, but %s is not in the journal",
                                  mb_stream_name(item->stream), item->name,
                                  item->state == MB_APPLIED ? "" : "half ", item->file->path));
    if (item->orphan)
        mb_plan_note(p, mb_format("%s is not in the journal and does not run", item->file->path));
    return check_changed(p, item) && check_half_done(p, item);
}

/* Does a second number follow the first, as in 2024-01-15_users? */
static bool has_more_numbers(const char *name)
{
    const char *after = name + strspn(name, "0123456789");

    return after > name && *after && strspn(after + 1, "0123456789") > 0;
}

/* A hint without its final period, and the explanation of a date in the name. */
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
static bool refuse_number(mb_planner *p, const mb_item *item, const mb_item *other)
{
    mb_fail(p->err, MB_ERR_FILE, "number %s is used twice: \"%s\" and \"%s\"",
            item->file->number, other->name, item->name);
    mb_fail_at(p->err, item->file->path, 0, 0);
    return hint_number(p->err, item, "Give the newer file the next free number");
}

/* Without a journal the items are sorted by number, so only neighbours can share one. */
static bool check_number(mb_planner *p, const mb_item *item)
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

static bool refuse_late(mb_planner *p, const mb_item *item)
{
    static const char what[] = "comes before a migration that is already applied";

    if (item->file->journaled)
        return refuse(p, MB_ERR_POLICY, item, what,
                      "Generate it again with Drizzle, or set out_of_order = \"warn\".");
    (void)refuse(p, MB_ERR_POLICY, item, what, "");
    return hint_number(p->err, item, "Give it a number after the last applied one, or set "
                                     "out_of_order = \"warn\"");
}

static bool check_late(mb_planner *p, const mb_item *item)
{
    if (!item->out_of_order || p->request->out_of_order == MB_ALLOW)
        return true;
    if (p->request->out_of_order == MB_REFUSE)
        return refuse_late(p, item);
    mb_plan_note(p, mb_format("%s/%s comes before a migration that is already applied; it runs out "
                              "of order", mb_stream_name(item->stream), item->name));
    return true;
}

static bool refuse_hidden(const mb_planner *p, const mb_item *item)
{
    mb_fail(p->err, MB_ERR_FILE, "%s/%s is left out, because it is %s", mb_stream_name(item->stream), item->name,
            item->hidden);
    return mb_fail_hint(p->err, "Change its attributes, or give its context to moonbird.");
}

static bool check_file(mb_planner *p, const mb_item *item)
{
    if (!item->missing)
        return true;
    if (item->hidden)
        return refuse_hidden(p, item);
    if (item->row)
        return refuse(p, MB_ERR_FILE, item, "no longer has a file",
                      "Restore the file. If it was renamed: moonbird rename NAME NEW. To remove "
                      "the migration from the history: moonbird forget NAME.");
    return refuse(p, MB_ERR_FILE, item, "is in the journal, but has no file",
                  "Restore the file, or remove the entry from meta/_journal.json.");
}

static bool check_renamed(mb_planner *p, const mb_item *item)
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

bool mb_plan_check_up(mb_planner *p, const mb_item *item, bool numbered)
{
    return check_file(p, item) && check_renamed(p, item) && (!numbered || check_number(p, item)) &&
           check_late(p, item);
}

bool mb_plan_check_manual_up(mb_planner *p, const mb_item *item)
{
    return check_file(p, item) && check_renamed(p, item) && check_half_done(p, item);
}

bool mb_plan_check_restart(mb_planner *p, const mb_item *item)
{
    return (item->row && item->row->state != MB_APPLIED) ||
           refuse(p, MB_ERR_USAGE, item, "is not half applied",
                  "Only a half-applied migration can be started over.");
}

/* ---- down ---- */

bool mb_plan_check_down(mb_planner *p, const mb_item *item)
{
    const mb_row *row = item->row;

    if (row->state != MB_APPLIED && row->direction == MB_UP) {
        if (!p->request->partial)
            return refuse_half_done(p, item, "is half applied");
        mb_plan_note(p, mb_format("%s/%s is half applied; its whole rollback runs, including the "
                                  "parts for statements that never ran; changes that the rollback "
                                  "does not cover stay",
                                  mb_stream_name(item->stream), item->name));
    }
    if (item->hidden)
        return refuse_hidden(p, item);
    return !item->missing ||
           refuse(p, MB_ERR_FILE, item, "has no file, and therefore no rollback",
                  "Restore the file, or forget the migration: moonbird forget NAME.");
}

bool mb_plan_check_applied(mb_planner *p, const mb_item *item)
{
    if (item->row)
        return true;
    mb_fail(p->err, MB_ERR_USAGE, "%s/%s is not applied", mb_stream_name(item->stream), item->name);
    return mb_fail_hint(p->err, "moonbird status lists the applied migrations.");
}

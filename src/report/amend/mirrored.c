/* mirrored.c -- the history of another tool, which follows these commands. */
#include "parts.h"

#include "moonbird/foreign/mirror.h"
#include "moonbird/policy/policies.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

/* Does the command change the tool's row of this item? */
static bool is_followed(const mb_amend *w, const mb_mirror *mirror, const mb_item *item)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (w->items[i] == item && !w->out->items[i].why)
            return mb_mirror_has(mirror, item) &&
                   mb_mirror_lists(mirror, item) != (w->verb->mirrors == MB_MIRRORS_UP);
    return false;
}

static mb_direction direction_of(const mb_amend *w)
{
    return w->verb->mirrors == MB_MIRRORS_UP ? MB_UP : MB_DOWN;
}

/* The items whose rows change: in the order of the migrations, or in the opposite one. */
static const mb_item **list_followed(const mb_amend *w, const mb_mirror *mirror, size_t *n)
{
    const mb_status *status = &w->project->status;
    const mb_item **items = mb_alloc(status->n * sizeof *items);

    *n = 0;
    for (size_t i = 0; i < status->n; i++) {
        size_t at = direction_of(w) == MB_UP ? i : status->n - 1 - i;

        if (is_followed(w, mirror, &status->items[at]))
            items[(*n)++] = &status->items[at];
    }
    return items;
}

static bool follow(const mb_amend *w, mb_mirror *mirror, mb_error *err)
{
    size_t n;
    const mb_item **items = list_followed(w, mirror, &n);
    bool ok = mb_mirror_check_amend(mirror, items, n, direction_of(w), err);

    for (size_t i = 0; ok && i < n; i++)
        ok = mb_mirror_record(mirror, items[i], direction_of(w), NULL, err);
    free(items);
    return ok;
}

static bool repair(const mb_amend *w, const mb_mirror *mirror, mb_error *err)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (!w->out->items[i].why && !mb_mirror_repair(mirror, w->items[i], err))
            return false;
    return true;
}

static bool check_renamed(const mb_amend *w, const mb_mirror *mirror, mb_error *err)
{
    for (size_t i = 0; i < w->out->n; i++) {
        const mb_item *from = w->items[i], *to = w->to[i];

        if (!mb_mirror_has(mirror, to) || from->state != MB_APPLIED || mb_mirror_lists(mirror, to))
            continue;
        mb_fail(err, MB_ERR_POLICY, "%s does not list %s", mb_mirror_table(mirror), to->name);
        return mb_fail_hint(err,
                            "moonbird does not rename rows there. Write the new name to the row "
                            "of %s in that table, then run the command again.",
                            from->name);
    }
    return true;
}

/* *tool: the tool whose history the command changes, too; NULL: none. */
static bool find_tool(const char **tool, const mb_amend *w, mb_error *err)
{
    *tool = w->eject ? w->names[0] : NULL;
    return w->verb->mirrors == MB_MIRRORS_NOTHING ||
           mb_policies_mirror(tool, w->project->policies, &w->project->history, err);
}

static void on_waiting(void *self, const char *text, const mb_error *why)
{
    (void)why;
    mb_report_lock_wait(self, text);
}

bool mb_amend_lock_tool(mb_amend *w, mb_error *err)
{
    const mb_tool_lock_request wish = {
        .wait_ms = w->project->settings.wait_ms,
        .waiting = on_waiting,
        .self = (void *)w->reporter,
    };
    const char *tool;

    if (!find_tool(&tool, w, err))
        return false;
    if (!tool && !w->tool)
        return true;
    /* adopt reads the history of the tool whose format the folder has, although none follows */
    return mb_mirror_lock(&w->tool_lock, w->project, tool, &wish, err);
}

bool mb_amend_follow(const mb_amend *w, mb_error *err)
{
    mb_mirror *mirror;
    const char *tool;
    bool ok;

    if (w->verb->mirrors == MB_MIRRORS_NOTHING)
        return true;
    if (!find_tool(&tool, w, err) || !mb_mirror_open(&mirror, w->project, tool, err))
        return false;
    if (!mirror)
        return true;
    ok = w->verb->mirrors == MB_MIRRORS_REPAIR   ? repair(w, mirror, err)
         : w->verb->mirrors == MB_MIRRORS_RENAME ? check_renamed(w, mirror, err)
                                                 : follow(w, mirror, err);
    mb_mirror_free(mirror);
    return ok;
}

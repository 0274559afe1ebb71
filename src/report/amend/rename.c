/* rename.c -- rename: the row of a migration whose file was renamed gets its new name. */
#include "parts.h"

#include "moonbird/project/relations.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Does the pending `to` have the contents that were applied as `from`? */
static bool has_contents(const mb_item *to, const mb_item *from)
{
    const mb_item *of = to->renamed;

    return of && (of == from || strcmp(of->row->normalized_sum, from->row->normalized_sum) == 0);
}

static bool check_rename(const mb_amend *w, const mb_item *item, char **why, mb_error *err)
{
    const mb_item *to = w->to;

    (void)why;
    if (!mb_amend_need_row(item, err))
        return false;
    if (!mb_item_is_gone(item) && to->renamed != item)
        return mb_amend_refuse(err, MB_ERR_USAGE, item, "still has its file",
                               "Rename the file first. moonbird rename then updates the history.");
    if (to->row)
        return mb_amend_refuse(err, MB_ERR_USAGE, to, "is already in the history",
                               "moonbird history lists the recorded migrations.");
    if ((item->moved || to->renamed) && !has_contents(to, item))
        return mb_amend_refuse(err, MB_ERR_POLICY, to,
                               "does not have the contents that were applied",
                               "moonbird verify shows which file was renamed.");
    return mb_amend_need_file(to, "Give the new name of the file.", err);
}

static bool choose_renamed(mb_amend *w, mb_error *err)
{
    const mb_item *from;

    return mb_status_find(&from, &w->project->status, w->names[0], NULL, err) &&
           mb_status_find(&w->to, &w->project->status, w->names[1], NULL, err) &&
           mb_amend_add(w, from, err);
}

static bool execute_rename(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    char *detail = mb_format("was %s/%s", mb_stream_name(item->stream), item->name);
    bool ok = mb_history_rename(&w->by, mb_amend_key(item), mb_amend_key(w->to), detail, err);

    free(detail);
    out->to = mb_format("%s/%s", mb_stream_name(w->to->stream), w->to->name);
    return ok;
}

/* The files that name the migration would otherwise lose their requirement or conflict silently. */
static void report_old_names(const mb_amend *w, const mb_item *from)
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
            mb_report_note(
                w->reporter, "%s/%s still %s \"%s\": write the new name in %s%s%s",
                mb_stream_name(item->stream), item->name, required ? "requires" : "conflicts with",
                required ? required : conflicting, item->file->path,
                applied ? ", and then: moonbird repair " : "", applied ? item->name : "");
        mb_directives_free(&d);
    }
}

static const mb_amend_verb rename_row = {
    .name = "rename",
    .makes_history = true,
    .mirrors = MB_MIRRORS_RENAME,
    .choose = choose_renamed,
    .check = check_rename,
    .execute = execute_rename,
    .report = report_old_names,
};

bool mb_project_rename(mb_amendment *out, mb_project *project, const char *from, const char *to,
                       const mb_reporter *reporter, mb_error *err)
{
    const char *const names[] = {from, to};

    return mb_amend_run(mb_amend_of(&rename_row, out, project, names, 2, reporter), err);
}

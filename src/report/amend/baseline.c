/* baseline.c -- baseline: an empty history begins with migrations that are recorded as applied. */
#include "parts.h"
#include "report/foreign.h"

/*
 * Does an empty database that got its migrations up to `last` have this one?  If a baseline
 * migration replaces `last`, it has those before the baseline migration instead.
 */
static bool is_part(const mb_item *item, const mb_item *last)
{
    if (last && last->replaced_by)
        return !item->orphan && !item->file->baseline;
    return !mb_item_never_runs(item);
}

/* Adds the auto stream up to and including the name, without what never runs. */
static bool choose_up_to(mb_amend *w, mb_error *err)
{
    const mb_stream stream = MB_AUTO;
    const mb_status *status = &w->project->status;
    const mb_item *last = NULL;
    mb_configured_table named;
    bool told, ok;

    if (w->project->history.n) {
        const mb_row *first = &w->project->history.rows[0];

        mb_fail(err, MB_ERR_POLICY, "the history is not empty: it begins with %s/%s",
                mb_stream_name(first->stream), first->name);
        return mb_fail_hint(err, "To record more migrations as applied: moonbird mark NAME...");
    }
    if (w->n_names && !mb_status_find(&last, status, w->names[0], &stream, err))
        return false;
    for (size_t i = 0; i < status->n && status->items[i].stream == MB_AUTO; i++) {
        if (is_part(&status->items[i], last) && !mb_amend_add(w, &status->items[i], err))
            return false;
        if (&status->items[i] == last)
            break;
    }
    told = w->told;
    w->told = true;
    ok = mb_configured_table_read(&named, status->format, w->project->settings.migrations, err) &&
         mb_foreign_check(&(mb_foreign_request){.status = status,
                                                .items = w->items,
                                                .n = w->out->n,
                                                .force = w->force,
                                                .named = &named},
                          told ? NULL : w->reporter, w->project->conn, err);
    mb_configured_table_free(&named);
    return ok;
}

static const mb_amend_verb baseline = {
    .name = "baseline",
    .makes_history = true,
    .mirrors = MB_MIRRORS_UP,
    .choose = choose_up_to,
    .check = mb_amend_check_mark,
    .execute = mb_amend_mark,
};

bool mb_project_baseline(mb_amendment *out, mb_project *project, const char *name, bool force,
                         const mb_reporter *reporter, mb_error *err)
{
    mb_amend w = mb_amend_of(&baseline, out, project, &name, name != NULL, reporter);

    w.force = force;
    return mb_amend_run(w, err);
}

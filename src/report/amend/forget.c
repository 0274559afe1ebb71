/* forget.c -- forget: rows are deleted without rolling back. */
#include "parts.h"

#include "moonbird/project/relations.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

static bool check_forget(const mb_amend *w, const mb_item *item, char **why, mb_error *err)
{
    (void)why;
    return mb_amend_need_row(item, err) &&
           mb_check_not_finished(w->project, item, w->unfinished, err);
}

static bool execute_forget(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    char *detail = mb_amend_describe(item->row);
    bool ok = mb_history_forget(&w->by, mb_amend_key(item), detail, err);

    (void)out;
    free(detail);
    return ok;
}

static bool refuse_required(const mb_item *item, const mb_item *by, mb_error *err)
{
    const char *stream = mb_stream_name(item->stream), *other = mb_stream_name(by->stream);

    mb_fail(err, MB_ERR_POLICY, "%s/%s cannot be forgotten: %s/%s is applied and requires it",
            stream, item->name, other, by->name);
    return mb_fail_hint(err,
                        "If that migration was undone, too: moonbird forget %s/%s %s/%s. "
                        "Otherwise remove the requirement from its file, and then: moonbird "
                        "repair %s/%s.",
                        stream, item->name, other, by->name, other, by->name);
}

/* A migration that stays applied must not require one that leaves the history. */
static bool check_required(const mb_amend *w, mb_error *err)
{
    const mb_status *status = &w->project->status;
    const mb_item *required = NULL;

    for (size_t i = 0; !required && i < status->n; i++) {
        const mb_item *by = &status->items[i];
        mb_directives directives;

        if (by->state != MB_APPLIED || by->missing || mb_amend_has(w, by))
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

static bool choose_forgotten(mb_amend *w, mb_error *err)
{
    return mb_amend_choose_named(w, err) && check_required(w, err);
}

static const mb_amend_verb forget = {
    .name = "forget",
    .mirrors = MB_MIRRORS_DOWN,
    .choose = choose_forgotten,
    .check = check_forget,
    .execute = execute_forget,
};

bool mb_project_forget(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                       const mb_reporter *reporter, mb_error *err)
{
    return mb_amend_run(mb_amend_of(&forget, out, project, names, n, reporter), err);
}

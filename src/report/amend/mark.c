/* mark.c -- mark: migrations are recorded as applied without running them. */
#include "parts.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

bool mb_amend_check_mark(const mb_amend *w, const mb_item *item, char **why, mb_error *err)
{
    if (item->state == MB_APPLIED) {
        *why = mb_format("was already applied at %s", item->row->applied_at);
        return true;
    }
    return mb_check_not_finished(w->project, item, w->unfinished, err) &&
           mb_amend_need_file(item, "moonbird records the checksums of the file. Restore it.", err);
}

bool mb_amend_record(const mb_amend *w, const mb_item *item, mb_checksums *sums,
                     const char *detail, const char *at, mb_error *err)
{
    mb_marking marking = {.sums = sums, .detail = detail, .at = at};

    return mb_amend_inspect_file(w, item, sums, &marking.statements, err) &&
           mb_history_mark(&w->by, mb_amend_key(item), &marking, err);
}

bool mb_amend_mark(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    char *detail = mb_amend_describe(item->row);
    bool ok = mb_amend_record(w, item, &out->after, detail, NULL, err);

    free(detail);
    return ok;
}

static const mb_amend_verb mark = {
    .name = "mark",
    .makes_history = true,
    .mirrors = MB_MIRRORS_UP,
    .choose = mb_amend_choose_named,
    .check = mb_amend_check_mark,
    .execute = mb_amend_mark,
};

bool mb_project_mark(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                     const mb_reporter *reporter, mb_error *err)
{
    return mb_amend_run(mb_amend_of(&mark, out, project, names, n, reporter), err);
}

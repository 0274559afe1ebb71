#include "migrate.h"

#include "moonbird/report/amend.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/exec.h"

bool mb_migrate_one(mb_project *project, mb_request_kind what, const mb_item *item, mb_given given,
                    bool *anything, mb_error *err)
{
    const mb_request request = {
        .command = "test",
        .what = what,
        .stream = item->stream,
        .names = &item->name,
        .n_names = 1,
        .force_empty_history = true,
        .shelved = true, /* the test says what it applies */
        .out_of_order = MB_ALLOW,
        .changed = MB_ALLOW,
    };
    mb_outcome outcome = {0};
    bool ok = mb_project_clean_session(project, err) && /* the test may have left something in it */
              mb_project_apply(&outcome, project, &request, given, NULL, err);

    if (anything)
        *anything = outcome.n > 0;
    mb_outcome_free(&outcome);
    return ok;
}

static bool apply_up(mb_project *project, const mb_item *item, mb_error *err)
{
    return !item || mb_migrate_one(project, MB_DO_UP, item, (mb_given){0}, NULL, err);
}

bool mb_migrate_manual(mb_project *project, const mb_version *v, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < v->n; i++)
        ok = apply_up(project, v->manual[i], err);
    return ok;
}

bool mb_migrate_autos(mb_project *project, const mb_version_source *source, size_t done,
                      size_t wanted, mb_error *err)
{
    bool ok = true;

    for (size_t i = done + 1; ok && i <= wanted; i++) {
        mb_version needs = {0};

        ok = mb_version_require(&needs, source, mb_auto_at(source->status, i), err) &&
             (needs.n == 0 || (apply_up(project, mb_auto_at(source->status, i - 1), err) &&
                               mb_migrate_manual(project, &needs, err)));
        mb_version_free(&needs);
    }
    return ok && (done == wanted || apply_up(project, mb_auto_at(source->status, wanted), err));
}

static bool is_listed(const mb_item *item, const char *const *applied, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (mb_is_named(applied[i], item->stream, item->name))
            return true;
    return false;
}

/* Records the auto migrations that are not applied as applied, so that `up` passes them over. */
static bool mark_others(mb_project *project, const mb_status *status, const char *const *applied,
                        size_t n, mb_error *err)
{
    static const mb_reporter silent = {0};
    mb_amendment amendment;
    bool ok = true;

    for (size_t i = 0; ok && i < status->n; i++) {
        const mb_item *item = &status->items[i];

        if (item->stream != MB_AUTO || item->orphan || is_listed(item, applied, n))
            continue;
        ok = mb_project_mark(&amendment, project, (const char *const[]){item->name}, 1, &silent,
                             err);
        if (ok)
            mb_amendment_free(&amendment);
    }
    return ok;
}

bool mb_migrate_applied(mb_project *project, const mb_status *status, const char *const *applied,
                        size_t n, mb_error *err)
{
    const mb_item *item;
    bool ok = mark_others(project, status, applied, n, err);

    for (size_t i = 0; ok && i < n; i++)
        ok = mb_status_find(&item, status, applied[i], NULL, err) &&
             apply_up(project, item, err);
    return ok;
}

bool mb_migrate_forget(mb_project *project, const mb_item *item, mb_error *err)
{
    static const mb_reporter silent = {0};
    mb_amendment amendment;

    if (item->stream != MB_AUTO)
        return true;
    if (!mb_project_forget(&amendment, project, &item->name, 1, &silent, err))
        return false;
    mb_amendment_free(&amendment);
    return true;
}

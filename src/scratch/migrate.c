#include "migrate.h"

#include "moonbird/base/mem.h"
#include "moonbird/report/amend.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/exec.h"

#include <stdlib.h>

static mb_request request_for(mb_request_kind what, const mb_item *item)
{
    return (mb_request){
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
}

static bool migrate(mb_project *project, const mb_request *request, mb_given given, bool *anything,
                    mb_error *err)
{
    mb_outcome outcome = {0};
    bool ok = mb_project_clean_session(project, err) && /* the test may have left something in it */
              mb_project_apply(&outcome, project, request, given, NULL, err);

    if (anything)
        *anything = outcome.n > 0;
    mb_outcome_free(&outcome);
    return ok;
}

bool mb_migrate_one(mb_project *project, mb_request_kind what, const mb_item *item, mb_given given,
                    bool *anything, mb_error *err)
{
    const mb_request request = request_for(what, item);

    return migrate(project, &request, given, anything, err);
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

typedef bool mb_amend(mb_amendment *, mb_project *, const char *const *, size_t,
                      const mb_reporter *, mb_error *);

static bool amend(mb_amend *how, mb_project *project, const char *const *names, size_t n,
                  mb_error *err)
{
    static const mb_reporter silent = {0};
    mb_amendment amendment;

    if (n == 0)
        return true;
    if (!how(&amendment, project, names, n, &silent, err))
        return false;
    mb_amendment_free(&amendment);
    return true;
}

/* The auto migrations that are not in the list; the caller frees the array. */
static const char **others(size_t *n_others, const mb_status *status, const char *const *applied,
                           size_t n)
{
    const char **names = mb_alloc((status->n + 1) * sizeof *names);

    *n_others = 0;
    for (size_t i = 0; i < status->n; i++) {
        const mb_item *item = &status->items[i];

        if (item->stream == MB_AUTO && !item->orphan && !is_listed(item, applied, n))
            names[(*n_others)++] = item->name;
    }
    return names;
}

/* The other migrations are marked as applied, also a baseline migration that would replace it. */
static bool apply_listed(mb_project *project, const mb_item *item, mb_error *err)
{
    mb_request request = request_for(MB_DO_UP, item);

    request.left_out = true;
    return migrate(project, &request, (mb_given){0}, NULL, err);
}

bool mb_migrate_applied(mb_project *project, const mb_status *status, const char *const *applied,
                        size_t n, mb_error *err)
{
    size_t n_others;
    const char **names = others(&n_others, status, applied, n);
    bool ok = amend(mb_project_mark, project, names, n_others, err);
    const mb_item *item;

    for (size_t i = 0; ok && i < n; i++)
        ok = mb_status_find(&item, status, applied[i], NULL, err) &&
             apply_listed(project, item, err);
    ok = ok && amend(mb_project_forget, project, names, n_others, err);
    free(names);
    return ok;
}

#include "migrate.h"

#include "moonbird/base/mem.h"
#include "moonbird/report/amend.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/exec.h"

#include <stdlib.h>
#include <string.h>

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

/* Why this migration was skipped; NULL: it was not. */
static char *reason_of(const mb_outcome *outcome, const mb_request *request)
{
    for (size_t i = 0; i < outcome->n_skipped; i++)
        if (strcmp(outcome->skipped[i].name, request->names[0]) == 0)
            return mb_strdup(outcome->skipped[i].why);
    return NULL;
}

static bool migrate(mb_migrated *out, mb_project *project, const mb_request *request,
                    mb_given given, mb_error *err)
{
    mb_outcome outcome = {0};
    bool ok = mb_project_clean_session(project, err) && /* the test may have left something in it */
              mb_project_apply(&outcome, project, request, given, NULL, err);

    if (out)
        *out = (mb_migrated){outcome.n > 0, reason_of(&outcome, request)};
    mb_outcome_free(&outcome);
    return ok;
}

bool mb_migrate_one(mb_migrated *out, mb_project *project, mb_request_kind what,
                    const mb_item *item, mb_given given, mb_error *err)
{
    const mb_request request = request_for(what, item);

    return migrate(out, project, &request, given, err);
}

static bool apply_up(mb_project *project, const mb_item *item, mb_given given, mb_error *err)
{
    return !item || mb_migrate_one(NULL, project, MB_DO_UP, item, given, err);
}

bool mb_migrate_manual(mb_project *project, const mb_version *v, mb_given given, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < v->n; i++)
        ok = apply_up(project, v->manual[i], given, err);
    return ok;
}

bool mb_migrate_autos(mb_project *project, const mb_version_source *source, size_t done,
                      size_t wanted, mb_given given, mb_error *err)
{
    bool ok = true;

    for (size_t i = done + 1; ok && i <= wanted; i++) {
        mb_version needs = {0};

        ok = mb_version_require(&needs, source, mb_auto_at(source->status, i), err) &&
             (needs.n == 0 || (apply_up(project, mb_auto_at(source->status, i - 1), given, err) &&
                               mb_migrate_manual(project, &needs, given, err)));
        mb_version_free(&needs);
    }
    return ok &&
           (done == wanted || apply_up(project, mb_auto_at(source->status, wanted), given, err));
}

static bool is_listed(const mb_item *item, const mb_replay *replay)
{
    for (size_t i = 0; i < replay->n; i++)
        if (mb_is_named(replay->applied[i].name, item->stream, item->name))
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
static const char **others(size_t *n_others, const mb_status *status, const mb_replay *replay)
{
    const char **names = mb_alloc((status->n + 1) * sizeof *names);

    *n_others = 0;
    for (size_t i = 0; i < status->n; i++) {
        const mb_item *item = &status->items[i];

        if (item->stream == MB_AUTO && !item->orphan && !is_listed(item, replay))
            names[(*n_others)++] = item->name;
    }
    return names;
}

/* The other migrations are marked as applied, also a baseline migration that would replace it. */
static bool apply_listed(mb_project *project, const mb_item *item, mb_given given, mb_error *err)
{
    mb_request request = request_for(MB_DO_UP, item);

    request.alone = true;
    request.left_out = true;
    return migrate(NULL, project, &request, given, err);
}

/* Applies those of the list that are repeatable, or the others. */
static bool apply_list(mb_project *project, const mb_status *status, const mb_replay *replay,
                       mb_given given, bool repeatable, mb_error *err)
{
    bool ok = true;

    given.kept_first = replay->kept_first;
    for (size_t i = 0; ok && i < replay->n; i++) {
        const mb_item *item;

        given.kept = replay->applied[i].args;
        ok = mb_status_find(&item, status, replay->applied[i].name, NULL, err) &&
             (item->repeatable != repeatable || apply_listed(project, item, given, err));
    }
    return ok;
}

bool mb_migrate_applied(mb_project *project, const mb_status *status, const mb_replay *replay,
                        mb_given given, mb_error *err)
{
    size_t n_others;
    const char **names = others(&n_others, status, replay);
    bool ok = amend(mb_project_mark, project, names, n_others, err) &&
              apply_list(project, status, replay, given, false, err) &&
              apply_list(project, status, replay, given, true, err);

    ok = ok && amend(mb_project_forget, project, names, n_others, err);
    free(names);
    return ok;
}

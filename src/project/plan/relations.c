#include "moonbird/project/relations.h"

#include "moonbird/project/loaded.h"
#include "moonbird/project/source.h"

/* ---- requires ---- */

static bool has_row(const mb_project *project, const char *wanted)
{
    for (size_t i = 0; i < project->history.n; i++) {
        const mb_row *row = &project->history.rows[i];

        if (row->state == MB_APPLIED && mb_is_named(wanted, row->stream, row->name))
            return true;
    }
    return false;
}

/* A migration that an applied baseline migration replaces counts as applied. */
static bool is_replaced(const mb_project *project, const char *wanted)
{
    for (size_t i = 0; i < project->status.n; i++) {
        const mb_item *item = &project->status.items[i];

        if (item->replaced_by && item->replaced_by->state == MB_APPLIED &&
            mb_is_named(wanted, item->stream, item->name))
            return true;
    }
    return false;
}

bool mb_is_applied(const mb_project *project, const char *wanted)
{
    return has_row(project, wanted) || is_replaced(project, wanted);
}

/* Will `wanted` be applied when step `n` of the plan is reached? */
static bool is_met(const mb_project *project, size_t n, const char *wanted)
{
    for (size_t i = 0; i < n; i++) {
        const mb_step *step = &project->plan.steps[i];

        if (step->direction == MB_UP && mb_is_named(wanted, step->item->stream, step->item->name))
            return true;
    }
    return mb_is_applied(project, wanted);
}

const mb_item *mb_find_named(const mb_project *project, const char *wanted, size_t *n)
{
    const mb_item *found = NULL;

    *n = 0;
    for (size_t i = 0; i < project->status.n; i++) {
        const mb_item *item = &project->status.items[i];

        if (!mb_is_named(wanted, item->stream, item->name))
            continue;
        found = found ? found : item;
        ++*n;
    }
    return found;
}

static bool fail_relation(const mb_source *source, const char *relation, const char *wanted,
                          const char *why, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s %s \"%s\", which %s", source->file->name, relation, wanted,
            why);
    return mb_fail_at(err, source->path, 0, 0);
}

/*
 * Find the migration that a directive of the plan's step `i` names. Fails unless it is one other
 * migration; `relation` is "requires" or "conflicts with".
 */
static bool find_related(const mb_item **found, const mb_project *project, size_t i,
                         const char *relation, const char *wanted, mb_error *err)
{
    const mb_source *source = &project->sources[i];
    size_t n;

    *found = mb_find_named(project, wanted, &n);
    if (n > 1) {
        fail_relation(source, relation, wanted, "is ambiguous: both folders have it", err);
        return mb_fail_hint(err, "Write auto/%s or manual/%s.", wanted, wanted);
    }
    if (!*found) {
        fail_relation(source, relation, wanted, "does not exist", err);
        return mb_fail_hint(err, "Write the full name of its file, without the extension.");
    }
    if (*found != project->plan.steps[i].item)
        return true;
    mb_fail(err, MB_ERR_POLICY, "%s %s itself", source->file->name, relation);
    return mb_fail_at(err, source->path, 0, 0);
}

static bool check_requirement(const mb_project *project, size_t i, const char *wanted,
                              mb_error *err)
{
    const mb_item *item = project->plan.steps[i].item, *found;

    if (!find_related(&found, project, i, "requires", wanted, err))
        return false;
    if (is_met(project, i, wanted) ||
        (found->replaced_by && is_met(project, i, found->replaced_by->name)))
        return true;
    if (item->stream == MB_AUTO && found->stream == MB_AUTO && found > item) {
        fail_relation(&project->sources[i], "requires", wanted, "comes after it", err);
        return mb_fail_hint(err, "Change the order of the two, or the requirement.");
    }
    fail_relation(&project->sources[i], "requires", wanted, "is not applied", err);
    return mb_fail_hint(err, "Apply that migration first.");
}

static bool check_requirements(const mb_project *project, size_t i, mb_error *err)
{
    const mb_directives *d = project->sources[i].directives;

    for (size_t k = 0; k < d->n_requires; k++)
        if (!check_requirement(project, i, d->requires[k], err))
            return false;
    return true;
}

/* True when the plan rolls the migration back before its step `before`. */
static bool is_rolled_back(const mb_project *project, const mb_item *item, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (project->plan.steps[i].item == item)
            return true;
    return false;
}

static bool refuse_required(const mb_project *project, const mb_item *by,
                            const mb_directives *directives, mb_error *err)
{
    for (size_t i = 0; i < project->plan.n && !is_rolled_back(project, by, i); i++) {
        const mb_item *item = project->plan.steps[i].item;

        for (size_t k = 0; k < directives->n_requires; k++) {
            if (!mb_is_named(directives->requires[k], item->stream, item->name))
                continue;
            mb_fail(err, MB_ERR_POLICY, "%s/%s cannot be rolled back: %s/%s is applied and "
                                        "requires it", mb_stream_name(item->stream), item->name,
                    mb_stream_name(by->stream), by->name);
            return mb_fail_hint(err, "Roll back that migration first.");
        }
    }
    return true;
}

/* While a migration is applied, no step may roll back one that it requires. */
static bool check_required(mb_project *project, mb_error *err)
{
    if (project->plan.n == 0 || project->plan.steps[0].direction == MB_UP)
        return true;
    for (size_t i = 0; i < project->status.n; i++) {
        const mb_item *item = &project->status.items[i];
        mb_directives directives;
        bool ok;

        if (item->state != MB_APPLIED || item->missing || is_rolled_back(project, item, 1))
            continue;
        if (!mb_source_directives(&directives, &project->settings, project->host, item->file, err))
            return false;
        ok = refuse_required(project, item, &directives, err);
        mb_directives_free(&directives);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- conflicts ---- */

/* Is the migration applied, if only in part, when step `n` of the plan is reached? */
static bool is_present(const mb_project *project, size_t n, const mb_item *item)
{
    bool present = item->row != NULL;

    for (size_t i = 0; i < n; i++)
        if (project->plan.steps[i].item == item)
            present = project->plan.steps[i].direction == MB_UP;
    return present;
}

/* The files of the auto stream are all applied in the end, so that two of them cannot conflict. */
static bool are_both_auto(const mb_item *a, const mb_item *b)
{
    return a->stream == MB_AUTO && b->stream == MB_AUTO;
}

static const char *describe_presence(const mb_item *present)
{
    if (!present->row)
        return "would be applied before it";
    return present->state == MB_APPLIED ? "is applied" : "is half applied";
}

static bool hint_conflict(const mb_item *present, mb_error *err)
{
    return mb_fail_hint(err, present->row ? "Roll back that migration first."
                                          : "Apply only one of the two.");
}

static bool check_conflict(const mb_project *project, size_t i, const char *wanted, mb_error *err)
{
    static const char relation[] = "conflicts with";
    const mb_source *source = &project->sources[i];
    const mb_item *found;

    if (!find_related(&found, project, i, relation, wanted, err))
        return false;
    if (are_both_auto(project->plan.steps[i].item, found)) {
        fail_relation(source, relation, wanted, "is in the same folder", err);
        return mb_fail_hint(err, "up applies all migrations of this folder. Move one of the two to "
                                 "the folder of manual migrations.");
    }
    if (!is_present(project, i, found))
        return true;
    fail_relation(source, relation, wanted, describe_presence(found), err);
    return hint_conflict(found, err);
}

static bool check_conflicts(const mb_project *project, size_t i, mb_error *err)
{
    const mb_directives *d = project->sources[i].directives;

    for (size_t k = 0; k < d->n_conflicts; k++)
        if (!check_conflict(project, i, d->conflicts[k], err))
            return false;
    return true;
}

static const char *find_name(char *const *names, size_t n, const mb_item *item)
{
    for (size_t i = 0; i < n; i++)
        if (mb_is_named(names[i], item->stream, item->name))
            return names[i];
    return NULL;
}

const char *mb_requires(const mb_directives *directives, const mb_item *item)
{
    return find_name(directives->requires, directives->n_requires, item);
}

const char *mb_conflicts(const mb_directives *directives, const mb_item *item)
{
    return find_name(directives->conflicts, directives->n_conflicts, item);
}

/* Refuse a step that a migration with these directives excludes. */
static bool check_excluded(const mb_project *project, const mb_item *by,
                           const mb_directives *directives, mb_error *err)
{
    for (size_t i = 0; directives->n_conflicts > 0 && i < project->plan.n; i++) {
        const mb_item *item = project->plan.steps[i].item;

        if (project->plan.steps[i].direction == MB_DOWN || item == by || are_both_auto(item, by) ||
            !is_present(project, i, by) || !mb_conflicts(directives, item))
            continue;
        mb_fail(err, MB_ERR_POLICY, "%s/%s cannot be applied: %s/%s %s and conflicts with it",
                mb_stream_name(item->stream), item->name, mb_stream_name(by->stream), by->name,
                describe_presence(by));
        mb_fail_at(err, project->sources[i].path, 0, 0);
        return hint_conflict(by, err);
    }
    return true;
}

static bool goes_up(const mb_project *project, mb_stream stream)
{
    for (size_t i = 0; i < project->plan.n; i++)
        if (project->plan.steps[i].direction == MB_UP &&
            project->plan.steps[i].item->stream == stream)
            return true;
    return false;
}

void mb_relations_read(mb_directives *out, const mb_project *project, const mb_item *item)
{
    mb_error unreadable;

    if (!mb_source_directives(out, &project->settings, project->host, item->file, &unreadable))
        mb_directives_init(out);
}

/* No step may apply a migration that an applied one excludes. */
static bool check_exclusions(const mb_project *project, mb_error *err)
{
    bool manual = goes_up(project, MB_MANUAL), any = manual || goes_up(project, MB_AUTO);

    for (size_t i = 0; i < project->n_sources; i++)
        if (!check_excluded(project, project->plan.steps[i].item, project->sources[i].directives,
                            err))
            return false;
    for (size_t i = 0; any && i < project->status.n; i++) {
        const mb_item *item = &project->status.items[i];
        mb_directives directives;
        bool ok;

        if (!item->row || item->missing || (item->stream == MB_AUTO && !manual))
            continue;
        mb_relations_read(&directives, project, item);
        ok = check_excluded(project, item, &directives, err);
        mb_directives_free(&directives);
        if (!ok)
            return false;
    }
    return true;
}

bool mb_relations_check(mb_project *project, mb_error *err)
{
    for (size_t i = 0; i < project->n_sources; i++)
        if (project->sources[i].direction == MB_UP &&
            (!check_requirements(project, i, err) || !check_conflicts(project, i, err)))
            return false;
    return check_required(project, err) && check_exclusions(project, err);
}

/* ---- shelved ---- */

static bool check_shelved(const mb_source *source, const mb_request *request, mb_error *err)
{
    const mb_item *item = source->step->item;
    const char *why = source->directives->shelved;

    if (!why || source->direction == MB_DOWN)
        return true;
    if (item->stream == MB_AUTO) {
        mb_fail(err, MB_ERR_FILE, "only a manual migration can be shelved");
        mb_fail_hint(err, "Move the file to the folder of manual migrations.");
    } else if (request->shelved) {
        return true;
    } else {
        mb_fail(err, MB_ERR_POLICY, "manual/%s is shelved: %s", item->name, why);
        mb_fail_hint(err, "To apply it anyway: moonbird --yes manual apply %s.", item->name);
    }
    return mb_fail_at(err, source->path, 0, 0);
}

bool mb_shelved_check(const mb_project *project, const mb_request *request, mb_error *err)
{
    for (size_t i = 0; i < project->n_sources; i++)
        if (!check_shelved(&project->sources[i], request, err))
            return false;
    return true;
}

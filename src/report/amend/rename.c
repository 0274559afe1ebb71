/*
 * rename.c -- rename: the row of a migration whose file was renamed gets its new name.
 *
 * All renames of a command are decided before the first one.  A name that is needed becomes free
 * first; where names were exchanged none is free, and one row waits under a name that no file has.
 */
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

/* The file with the contents of `item` belongs to another row. */
static bool refuse_taken(const mb_item *item, const mb_item *to, mb_error *err)
{
    const char *stream = mb_stream_name(to->stream);

    mb_fail(err, MB_ERR_POLICY, "%s/%s has the contents of %s/%s, but is in the history, too",
            stream, to->name, mb_stream_name(item->stream), item->name);
    mb_fail_at(err, to->file->path, 0, 0);
    if (to->moved)
        return mb_fail_hint(err, "The file with its own contents has another name, too. To rename "
                                 "all of them together: moonbird rename --all.");
    return mb_fail_hint(err, "Nothing was renamed. No file has what was applied as %s/%s: restore "
                             "it, or remove it from the history: moonbird forget %s/%s.",
                        stream, to->name, stream, to->name);
}

static bool check_rename(const mb_amend *w, const mb_item *item, char **why, mb_error *err)
{
    const mb_item *to = w->to[w->out->n];

    (void)why;
    if (!mb_amend_need_row(item, err))
        return false;
    if (to->row && item->moved == to)
        return refuse_taken(item, to, err);
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

static bool add_pair(mb_amend *w, const mb_item *from, const mb_item *to, mb_error *err)
{
    w->to = mb_grow(w->to, w->out->n, sizeof *w->to);
    w->to[w->out->n] = to;
    if (!mb_amend_add(w, from, err))
        return false;
    w->out->items[w->out->n - 1].to = mb_format("%s/%s", mb_stream_name(to->stream), to->name);
    return true;
}

static bool choose_named(mb_amend *w, mb_error *err)
{
    const mb_item *from, *to;

    return mb_status_find(&from, &w->project->status, w->names[0], NULL, err) &&
           mb_status_find(&to, &w->project->status, w->names[1], NULL, err) &&
           add_pair(w, from, to, err);
}

/* ---- --all ---- */

static bool refuse_unclear(const mb_item *item, const mb_item *a, const mb_item *b,
                           const char *both, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s/%s may be %s/%s or %s/%s: both %s",
            mb_stream_name(item->stream), item->name, mb_stream_name(a->stream), a->name,
            mb_stream_name(b->stream), b->name, both);
    return mb_fail_hint(err, "Nothing was renamed. Say which one it is: moonbird rename OLD NEW.");
}

/* Another item whose row has the same contents, and no file of its own. */
static const mb_item *find_twin(const mb_status *status, const mb_item *item)
{
    for (size_t i = 0; i < status->n; i++) {
        const mb_item *other = &status->items[i];

        if (other != item && other->moved &&
            strcmp(other->row->normalized_sum, item->row->normalized_sum) == 0)
            return other;
    }
    return NULL;
}

static bool check_clear(const mb_amend *w, const mb_item *item, char **why, mb_error *err)
{
    const mb_item *to = item->moved, *twin = find_twin(&w->project->status, item);

    (void)why;
    if (item->moved_too)
        return refuse_unclear(item, to, item->moved_too, "have its contents", err);
    if (twin)
        return refuse_unclear(to, item, twin, "were applied with its contents", err);
    return !to->row || to->moved || refuse_taken(item, to, err);
}

/*
 * Adds the item, and before it the one whose name it gets, and so on.  In a circle the first one
 * added gets the name of the last one added.
 */
static bool add_chain(mb_amend *w, const mb_item *item, const mb_item **chain, bool *added,
                      mb_error *err)
{
    const mb_item *first = w->project->status.items;
    size_t n = 0;

    for (; item->moved && !added[item - first]; item = item->moved) {
        added[item - first] = true;
        chain[n++] = item;
    }
    while (n-- > 0)
        if (!add_pair(w, chain[n], chain[n]->moved, err))
            return false;
    return true;
}

static bool choose_all(mb_amend *w, mb_error *err)
{
    const mb_status *status = &w->project->status;
    const mb_item **chain = mb_alloc(status->n * sizeof *chain);
    bool *added = mb_alloc(status->n * sizeof *added), ok = true;

    for (size_t i = 0; ok && i < status->n; i++)
        ok = add_chain(w, &status->items[i], chain, added, err);
    free(chain);
    free(added);
    return ok;
}

/* ---- doing it ---- */

/* A name near the item's that no migration has.  The caller frees it. */
static char *spare_name(const mb_amend *w, const mb_item *item)
{
    char *name = mb_format("%s~", item->name);

    while (mb_history_find(&w->project->history, (mb_key){item->stream, name})) {
        char *longer = mb_format("%s~", name);

        free(name);
        name = longer;
    }
    return name;
}

static bool rename_key(const mb_amend *w, mb_key from, mb_key to, mb_error *err)
{
    char *detail = mb_format("was %s/%s", mb_stream_name(from.stream), from.name);
    bool ok = mb_history_rename(&w->by, from, to, detail, err);

    free(detail);
    return ok;
}

/* Under the spare name, or back from it: the last one of a circle waits there. */
static bool rename_aside(const mb_amend *w, const mb_item *item, const mb_item *to, mb_error *err)
{
    char *spare = spare_name(w, item);
    mb_key own = mb_amend_key(item), aside = {item->stream, spare};
    bool ok = to ? rename_key(w, aside, mb_amend_key(to), err) : rename_key(w, own, aside, err);

    free(spare);
    return ok;
}

/* Does a rename after number `i` give the item another name? */
static bool is_later(const mb_amend *w, const mb_item *item, size_t i)
{
    while (++i < w->out->n)
        if (w->items[i] == item)
            return true;
    return false;
}

/* Has one before number `i` got its name? */
static bool lost_its_name(const mb_amend *w, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (w->to[k] == w->items[i])
            return true;
    return false;
}

static bool execute_rename(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    size_t i = (size_t)(out - w->out->items);
    const mb_item *to = w->to[i];
    bool ok = !to->row || !is_later(w, to, i) || rename_aside(w, to, NULL, err);

    if (ok && lost_its_name(w, i))
        ok = rename_aside(w, item, to, err);
    else
        ok = ok && rename_key(w, mb_amend_key(item), mb_amend_key(to), err);
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
    .choose = choose_named,
    .check = check_rename,
    .execute = execute_rename,
    .report = report_old_names,
};

static const mb_amend_verb rename_all = {
    .name = "rename",
    .makes_history = true,
    .mirrors = MB_MIRRORS_RENAME,
    .choose = choose_all,
    .check = check_clear,
    .execute = execute_rename,
    .report = report_old_names,
};

bool mb_project_rename(mb_amendment *out, mb_project *project, const char *from, const char *to,
                       const mb_reporter *reporter, mb_error *err)
{
    const char *const names[] = {from, to};

    return mb_amend_run(mb_amend_of(&rename_row, out, project, names, 2, reporter), err);
}

bool mb_project_rename_all(mb_amendment *out, mb_project *project, const mb_reporter *reporter,
                           mb_error *err)
{
    return mb_amend_run(mb_amend_of(&rename_all, out, project, NULL, 0, reporter), err);
}

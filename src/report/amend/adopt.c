/* adopt.c -- adopt: records as applied the migrations that another tool applied. */
#include "parts.h"
#include "report/adoption.h"

#include "moonbird/foreign/mirror.h"
#include "moonbird/policy/policies.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>

static void add_name(mb_buf *names, const char *name)
{
    mb_buf_printf(names, "%s%s", names->len ? ", " : "", name);
}

/* Appends the rows that have no file, and that are half applied or not. */
static void list_missing(mb_buf *names, const mb_amend *w, bool half)
{
    for (size_t i = 0; i < w->tool->history.n; i++) {
        const mb_tool_row *row = &w->tool->history.items[i];
        char *name;

        if (row->half != half || !mb_tool_row_is_missing(w->tool, i))
            continue;
        name = mb_tool_row_name(row);
        add_name(names, name);
        free(name);
    }
}

/* Appends the names of the migrations in this state. */
static void list(mb_buf *names, const mb_amend *w, mb_adoption_state state)
{
    for (size_t i = 0; i < w->tool->n; i++)
        if (w->tool->states[i] == state)
            add_name(names, w->project->status.items[i].name);
    if (state == MB_ADOPTION_HALF)
        list_missing(names, w, true);
}

static void list_unread(mb_buf *rows, const mb_amend *w)
{
    for (size_t i = 0; i < w->tool->history.n; i++)
        if (w->tool->history.items[i].unread)
            add_name(rows, w->tool->history.items[i].unread);
}

/* Such a row may stand for an applied migration, which would run a second time. */
static bool check_unread(const mb_amend *w, mb_error *err)
{
    mb_buf rows = {0};
    bool none;

    list_unread(&rows, w);
    none = rows.len == 0;
    if (!none) {
        mb_fail(err, MB_ERR_POLICY, "%s has rows that moonbird cannot read: %s",
                w->tool->history.table, mb_buf_str(&rows));
        mb_fail_hint(err, "Correct or delete them. To leave them out, use --force.");
    }
    mb_buf_free(&rows);
    return none;
}

/* Refuses migrations in this state; `what` follows the name of the tool's table. */
static bool check_none(const mb_amend *w, mb_adoption_state state, const char *what,
                       const char *hint, mb_error *err)
{
    mb_buf names = {0};
    bool none;

    list(&names, w, state);
    none = names.len == 0;
    if (!none) {
        mb_fail(err, MB_ERR_POLICY, "%s: %s: %s", w->tool->history.table, what, mb_buf_str(&names));
        mb_fail_hint(err, "%s", hint);
    }
    mb_buf_free(&names);
    return none;
}

static void note(const mb_amend *w, const char *what, mb_buf *names)
{
    if (names->len)
        mb_report_note(w->reporter, "%s %s: %s", w->tool->history.table, what, mb_buf_str(names));
    mb_buf_free(names);
}

/* Reports the migrations that are not recorded, once. */
static void note_rest(mb_amend *w)
{
    mb_buf skipped = {0}, missing = {0}, unread = {0};

    if (w->told)
        return;
    w->told = true;
    list(&skipped, w, MB_ADOPTION_SKIPPED);
    list_missing(&missing, w, false);
    list_unread(&unread, w);
    note(w, "does not list these migrations, although it lists later ones; they stay pending",
         &skipped);
    note(w, "lists migrations that have no file", &missing);
    note(w, "has rows that moonbird cannot read and leaves out", &unread);
}

/* Rails, for example: its table is that of dbmate, but its migrations are programs. */
static bool check_some(const mb_amend *w, mb_error *err)
{
    for (size_t i = 0; i < w->tool->n; i++)
        if (w->tool->rows[i])
            return true;
    for (size_t i = 0; i < w->tool->history.n; i++)
        if (mb_tool_row_is_missing(w->tool, i)) {
            mb_fail(err, MB_ERR_POLICY,
                    "%s lists migrations, but none of them has a file in \"%s\"",
                    w->tool->history.table, w->project->settings.migrations);
            if (w->tool->history.sum_is == MB_SUM_LIQUIBASE)
                return mb_fail_hint(err,
                                    "The path of its file is part of a changeset's identity. If "
                                    "the files are the same ones, although their paths end "
                                    "in another way, record what ran: moonbird mark NAME...");
            return mb_fail_hint(err, "If the migrations are programs, start with the schema as it "
                                     "is, in an empty folder: moonbird baseline --write.");
        }
    return true;
}

/* A second row for contents that the history has under their old name would leave that row alone. */
static bool add_applied(mb_amend *w, const mb_item *item, mb_error *err)
{
    if (!item->renamed)
        return mb_amend_add(w, item, err);
    mb_fail_renamed(err, item);
    mb_fail_at(err, item->file->path, 0, 0);
    return mb_fail_hint(err, "If its file was renamed: moonbird rename %s/%s %s/%s. For all such "
                             "migrations: moonbird rename --all.",
                        mb_stream_name(item->renamed->stream), item->renamed->name,
                        mb_stream_name(item->stream), item->name);
}

static bool choose_applied(mb_amend *w, mb_error *err)
{
    const mb_status *status = &w->project->status;

    mb_tool_comparison_free(w->tool);
    if (!mb_tool_compare(w->tool, w->project, w->n_names ? w->names[0] : NULL, err) ||
        !check_some(w, err) ||
        !check_none(w, MB_ADOPTION_HALF,
                    "it lists migrations that the tool began and did not finish",
                    "Finish or undo them with that tool, then run moonbird adopt again.", err) ||
        (!w->force &&
         (!check_unread(w, err) ||
          !check_none(w, MB_ADOPTION_CHANGED,
                      "it lists migrations whose files have changed since they ran",
                      "Restore the files. To record their present contents, use --force.", err))))
        return false;
    note_rest(w);
    for (size_t i = 0; i < w->tool->n; i++)
        if ((w->tool->states[i] == MB_ADOPTION_APPLIED ||
             w->tool->states[i] == MB_ADOPTION_CHANGED) &&
            !add_applied(w, &status->items[i], err))
            return false;
    return true;
}

static bool record(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    const mb_tool_row *row = w->tool->rows[item - w->project->status.items];
    char *detail = mb_format("was applied according to %s", w->tool->history.table);
    bool ok = mb_amend_record(w, item, &out->after, detail, row->at ? row->at : "", err);

    free(detail);
    return ok;
}

static const mb_amend_verb adopt = {
    .name = "adopt",
    .makes_history = true,
    .mirrors = MB_MIRRORS_UP,
    .choose = choose_applied,
    .check = mb_amend_check_mark,
    .execute = record,
};

bool mb_project_adopt(mb_amendment *out, mb_project *project, const char *tool, bool force,
                      const mb_reporter *reporter, mb_error *err)
{
    mb_tool_comparison comparison = {0};
    mb_amend w = mb_amend_of(&adopt, out, project, &tool, tool != NULL, reporter);
    bool ok;

    w.force = force;
    w.tool = &comparison;
    ok = mb_amend_run(w, err);
    mb_tool_comparison_free(&comparison);
    return ok;
}

bool mb_project_find_newer(const char **tool, mb_project *project, mb_error *err)
{
    mb_mirror *mirror;

    *tool = NULL;
    if (!mb_may_mirror(&project->settings))
        return true;
    if (!mb_project_load(project, MB_DETAIL_QUICK, err) ||
        !mb_policies_mirror(tool, project->policies, &project->history, err) ||
        !mb_mirror_open(&mirror, project, *tool, err))
        return false;
    if (!mirror || !project->history.n || !mb_mirror_is_ahead(mirror))
        *tool = NULL;
    mb_mirror_free(mirror);
    return true;
}

bool mb_project_adopt_newer(mb_project *project, const mb_reporter *reporter, mb_error *err)
{
    mb_amendment amendment;
    const char *tool;

    if (!mb_project_find_newer(&tool, project, err))
        return false;
    if (!tool)
        return true;
    if (!mb_project_adopt(&amendment, project, tool, false, reporter, err))
        return false;
    for (size_t i = 0; i < amendment.n; i++)
        if (!amendment.items[i].why)
            mb_report_note(reporter, "%s was applied by %s, and is now recorded",
                           amendment.items[i].name, tool);
    mb_amendment_free(&amendment);
    return true;
}

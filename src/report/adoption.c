#include "adoption.h"

#include "moonbird/foreign/configured_table.h"
#include "moonbird/format/known_tool_tables.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/show.h"

#include <stdlib.h>
#include <string.h>

const char *mb_adoption_state_name(mb_adoption_state state)
{
    static const char *const names[] = {"recorded", "applied", "changed", "half",
                                        "skipped",  "pending", "left_out", "missing",
                                        "unread"};

    return names[state];
}

/* ---- the tool's history ---- */

static bool is_known(const char *tool)
{
    for (size_t i = 0; i < mb_tool_tables_n; i++)
        if (mb_tool_table_is_of(&mb_tool_tables[i], tool))
            return true;
    return false;
}

static bool fail_unknown(const char *tool, mb_error *err)
{
    mb_buf names = {0};

    for (size_t i = 0; i < mb_tool_tables_n; i++)
        if (mb_tool_tables[i].key)
            mb_buf_printf(&names, "%s%s", names.len ? " " : "", mb_tool_tables[i].tools);
    mb_fail(err, MB_ERR_USAGE, "moonbird does not know the tool \"%s\"", tool);
    mb_fail_hint(err, "It knows the histories of: %s.", mb_buf_str(&names));
    mb_buf_free(&names);
    return false;
}

static bool refuse_incomparable(const mb_tool_history *history, const char *tool, mb_error *err)
{
    if (!history->has_programs) {
        mb_fail(err, MB_ERR_POLICY, "moonbird cannot compare %s with the files", history->table);
        mb_fail_detail(err, "It is not an ordinary table with the columns that %s gives it.",
                       tool ? tool : "the tool");
        return mb_fail_hint(err, "Find out which migrations the database has, and record them with "
                                 "moonbird mark NAME...");
    }
    mb_fail(err, MB_ERR_POLICY, "%s is the history of %s, whose migrations are programs",
            history->table, history->tools);
    return mb_fail_hint(err,
                        "There are no SQL files to adopt. Start with the schema as it is, in an "
                        "empty folder: moonbird baseline --write.");
}

/* The hint names the tool whose history the database has instead, if any. */
static bool fail_none(const mb_project *project, const char *tool, const mb_configured_table *named,
                      mb_error *err)
{
    mb_tool_history any = {0};
    mb_error ignored;

    if (mb_is_configured(named))
        return mb_fail_configured(named, err);
    mb_fail(err, MB_ERR_USAGE, "the database has no history of %s",
            tool ? tool : "another migration tool");
    if (tool && mb_tool_history_read(&any, NULL, NULL, project->conn, &ignored) && any.table)
        mb_fail_hint(err, "It has that of %s, in the table %s.", any.tools, any.table);
    mb_tool_history_free(&any);
    return false;
}

static bool find_history(mb_tool_history *out, const mb_project *project, const char *tool,
                         mb_error *err)
{
    mb_configured_table named;
    bool ok = mb_configured_table_read(&named, tool ? tool : mb_files_format(&project->files),
                                       project->settings.migrations, err) &&
              mb_tool_history_read(out, tool, &named, project->conn, err) &&
              (out->table || fail_none(project, tool, &named, err));

    mb_configured_table_free(&named);
    return ok;
}

static bool read_history(mb_tool_history *out, const mb_project *project, const char *tool,
                         mb_error *err)
{
    if (tool && !is_known(tool))
        return fail_unknown(tool, err);
    if (!find_history(out, project, tool, err))
        return false;
    if (out->other) {
        mb_fail(err, MB_ERR_USAGE, "the database has two histories of other tools: %s and %s",
                out->table, out->other);
        return mb_fail_hint(err, "Name the tool: moonbird adopt TOOL. If both belong to one tool, "
                                 "rename the one that is not in use.");
    }
    return out->is_comparable || refuse_incomparable(out, tool, err);
}

/* ---- the comparison ---- */

/* A repeatable migration that has changed runs again. */
static mb_adoption_state state_of(const mb_tool_comparison *c, const mb_project *project, size_t i)
{
    const mb_item *item = &project->status.items[i];
    const mb_tool_row *row = c->rows[i];
    bool changed;

    if (item->row)
        return MB_ADOPTION_RECORDED;
    if (!row)
        return MB_ADOPTION_PENDING;
    if (mb_tool_row_is_half(row, item->file))
        return MB_ADOPTION_HALF;
    changed = mb_tool_row_is_changed(row, c->history.sum_is, project, item->file);
    if (changed && item->file->repeatable)
        return MB_ADOPTION_PENDING;
    return changed ? MB_ADOPTION_CHANGED : MB_ADOPTION_APPLIED;
}

/* atlas.sum: a changed file changes the checksums of all files after it, so only the first counts.
 */
static void keep_first_changed(mb_adoption_state *states, size_t n)
{
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        if (found && states[i] == MB_ADOPTION_CHANGED)
            states[i] = MB_ADOPTION_APPLIED;
        found = found || states[i] == MB_ADOPTION_CHANGED;
    }
}

/*
 * Flyway runs a baseline migration on an empty history only, and then nothing that precedes it.
 * moonbird's history does not have what the tool applied, so that its status cannot tell.
 */
static void find_left_out(mb_adoption_state *states, const mb_status *status, size_t n)
{
    bool begun = false, replaced = false;

    for (size_t i = 0; i < n; i++)
        begun = begun || states[i] != MB_ADOPTION_PENDING;
    for (size_t i = n; i-- > 0;) {
        const mb_item *item = &status->items[i];

        if (states[i] != MB_ADOPTION_PENDING)
            replaced = replaced || (item->file && item->file->baseline);
        else if (item->orphan || (begun ? replaced || item->file->baseline : item->left_out))
            states[i] = MB_ADOPTION_LEFT_OUT;
    }
}

/* A pending migration before an applied one was skipped. */
static void find_skipped(mb_adoption_state *states, const mb_status *status, size_t n)
{
    bool later = false;

    for (size_t i = n; i-- > 0;) {
        if (states[i] == MB_ADOPTION_LEFT_OUT)
            continue;
        if (states[i] != MB_ADOPTION_PENDING)
            later = true;
        else if (later && !status->items[i].file->repeatable)
            states[i] = MB_ADOPTION_SKIPPED;
    }
}

bool mb_tool_compare(mb_tool_comparison *out, const mb_project *project, const char *tool,
                     mb_error *err)
{
    const mb_status *status = &project->status;

    *out = (mb_tool_comparison){0};
    if (!read_history(&out->history, project, tool, err) ||
        !mb_tool_history_check_shared(&out->history, status, err))
        return false;
    out->status = status;
    out->rows = mb_tool_match(status, &out->history);
    out->states = mb_alloc(status->n * sizeof *out->states);
    while (out->n < status->n && status->items[out->n].stream == MB_AUTO) {
        out->states[out->n] = state_of(out, project, out->n);
        out->n++;
    }
    if (out->history.sum_is == MB_SUM_ATLAS)
        keep_first_changed(out->states, out->n);
    find_left_out(out->states, status, out->n);
    find_skipped(out->states, status, out->n);
    return true;
}

void mb_tool_comparison_free(mb_tool_comparison *c)
{
    mb_tool_history_free(&c->history);
    free(c->rows);
    free(c->states);
    *c = (mb_tool_comparison){0};
}

/*
 * Of two rows for one file, the first one counts, except in Drizzle's history, whose rows need not
 * have a name.
 */
static bool has_file(const mb_tool_comparison *c, const mb_tool_row *row, size_t i)
{
    const mb_migration *file = c->status->items[i].file;

    return c->history.one_each ? c->rows[i] == row : file && mb_tool_row_names(row, file);
}

bool mb_tool_row_is_missing(const mb_tool_comparison *c, size_t row)
{
    const mb_tool_row *r = &c->history.items[row];

    for (size_t i = 0; i < c->n; i++)
        if (has_file(c, r, i))
            return false;
    return !r->none && !r->unread;
}

char *mb_tool_row_name(const mb_tool_row *row)
{
    mb_buf shown = {0};

    if (row->key) {
        mb_show(&shown, row->key, strlen(row->key), MB_SHOW_LINE);
        return shown.data;
    }
    return row->sum && *row->sum ? mb_format("hash %.12s", row->sum)
                                 : mb_format("created_at %lld", (long long)row->when);
}

/* ---- the result ---- */

static void add(mb_adoption *out, mb_adoption_state state, char *name, const char *at)
{
    out->items = mb_grow(out->items, out->n, sizeof *out->items);
    out->items[out->n++] =
        (mb_adoption_item){.state = state, .name = name, .at = at ? mb_strdup(at) : NULL};
}

static void describe(mb_adoption *out, const mb_tool_comparison *c, const mb_status *status)
{
    out->table = mb_strdup(c->history.table);
    for (size_t i = 0; i < c->n; i++)
        if (!status->items[i].orphan || c->states[i] != MB_ADOPTION_LEFT_OUT)
            add(out, c->states[i], mb_strdup(status->items[i].name),
                c->rows[i] ? c->rows[i]->at : NULL);
    for (size_t i = 0; i < c->history.n; i++)
        if (mb_tool_row_is_missing(c, i))
            add(out, c->history.items[i].half ? MB_ADOPTION_HALF : MB_ADOPTION_MISSING,
                mb_tool_row_name(&c->history.items[i]),
                c->history.items[i].at);
    for (size_t i = 0; i < c->history.n; i++)
        if (c->history.items[i].unread)
            add(out, MB_ADOPTION_UNREAD, mb_strdup(c->history.items[i].unread),
                c->history.items[i].at);
}

bool mb_project_compare_tool(mb_adoption *out, mb_project *project, const char *tool, mb_error *err)
{
    mb_tool_comparison c = {0};
    bool ok = mb_project_load(project, MB_DETAIL_ALL, err) &&
              mb_tool_compare(&c, project, tool, err);

    *out = (mb_adoption){0};
    if (ok)
        describe(out, &c, &project->status);
    mb_tool_comparison_free(&c);
    return ok;
}

void mb_adoption_free(mb_adoption *adoption)
{
    for (size_t i = 0; i < adoption->n; i++) {
        free(adoption->items[i].name);
        free(adoption->items[i].at);
    }
    free(adoption->items);
    free(adoption->table);
    *adoption = (mb_adoption){0};
}

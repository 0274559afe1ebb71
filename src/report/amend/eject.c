/* eject.c -- eject: writes the migrations that moonbird applied to the history of another tool. */
#include "parts.h"
#include "moonbird/report/ejection.h"
#include "moonbird/foreign/comparison.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"

#include <stdlib.h>
#include <string.h>

/*
 * Appends the names of the migrations in this state; returns how many there are.  What is left out
 * counts only if moonbird has applied it.
 */
static size_t list(mb_buf *names, const mb_amend *w, mb_beside_state state)
{
    const mb_status *status = &w->project->status;
    size_t n = 0;

    for (size_t i = 0; i < w->eject->n; i++)
        if (w->eject->states[i] == state && (state != MB_BESIDE_LEFT || status->items[i].row))
            mb_buf_printf(names, "%s%s", n++ ? ", " : "", status->items[i].name);
    return n;
}

static bool check_none(const mb_amend *w, mb_beside_state state, const char *what, const char *hint,
                       mb_error *err)
{
    mb_buf names = {0};
    size_t n = list(&names, w, state);

    if (n) {
        mb_fail(err, MB_ERR_POLICY, "%s: %s: %s", w->eject->table, what, mb_buf_str(&names));
        mb_fail_hint(err, "%s", hint);
    }
    mb_buf_free(&names);
    return n == 0;
}

static bool check_states(const mb_amend *w, mb_error *err)
{
    return mb_tool_history_check(&w->eject->history, &w->project->status, err) &&
           check_none(
               w, MB_BESIDE_HALF, "these migrations are half applied",
               "Finish them or roll them back first. moonbird status shows how far they got.",
               err) &&
           check_none(
               w, MB_BESIDE_AHEAD, "it lists migrations that moonbird has not applied",
               "If they are applied, record them with moonbird adopt. If moonbird has rolled "
               "them back, delete their rows from that table.",
               err) &&
           check_none(w, MB_BESIDE_UNFIT,
                      "that tool runs migrations only in order, and these are out of order",
                      "If they are pending, apply them first with moonbird up. If the table "
                      "already lists later ones, the tool would refuse them.",
                      err);
}

static bool check_number(const mb_amend *w, const mb_item *item, mb_error *err)
{
    if (mb_tool_can_number(w->eject->writer, item->file))
        return true;
    mb_fail(err, MB_ERR_POLICY, "%s does not fit the history of %s: it has no number that fits in a "
                                "bigint", item->name, w->eject->writer->tool);
    return mb_fail_hint(err, "Rename the file, and then run moonbird rename.");
}

static void note(const mb_amend *w, mb_beside_state state, const char *what)
{
    mb_buf names = {0};

    if (list(&names, w, state))
        mb_report_note(w->reporter, "%s: %s", what, mb_buf_str(&names));
    mb_buf_free(&names);
}

/* Reports the migrations that are left out, once. */
static void note_rest(mb_amend *w)
{
    if (!w->told) {
        note(w, MB_BESIDE_LEFT, "that tool does not run these migrations, which are left out");
        note(w, MB_BESIDE_MISSING, "these migrations have no file, and are left out");
    }
    w->told = true;
}

static bool choose_missing(mb_amend *w, mb_error *err)
{
    mb_comparison_free(w->eject);
    if (!mb_compare_tool(w->eject, w->project, w->names[0], err) || !check_states(w, err))
        return false;
    note_rest(w);
    for (size_t i = 0; i < w->eject->n; i++)
        if (w->eject->states[i] == MB_BESIDE_WRITE &&
            (!check_number(w, &w->project->status.items[i], err) ||
             !mb_amend_add(w, &w->project->status.items[i], err)))
            return false;
    return true;
}

static bool accept(const mb_amend *w, const mb_item *item, char **why, mb_error *err)
{
    (void)w;
    (void)item;
    (void)why;
    (void)err;
    return true;
}

/* Creates the table, or reads it again once no one else can write to it. */
static bool open_table(const mb_amend *w, mb_error *err)
{
    mb_comparison again = {0};
    bool ok = mb_tool_table_open(w->eject, w->project->conn, err);

    if (!ok || !w->eject->history.table)
        return ok;
    ok = mb_compare_tool(&again, w->project, w->names[0], err);
    if (ok && (strcmp(again.table, w->eject->table) != 0 ||
               memcmp(again.states, w->eject->states, again.n * sizeof *again.states) != 0)) {
        mb_fail(err, MB_ERR_POLICY, "%s was changed while moonbird read it", w->eject->table);
        ok = mb_fail_hint(err, "Run the command again.");
    }
    mb_comparison_free(&again);
    return ok;
}

static bool write_row(const mb_amend *w, const mb_item *item, mb_error *err)
{
    char *path = mb_path_join(w->project->settings.root, item->file->path), *sql;
    mb_buf text = {0};
    bool ok = mb_file_read(&text, path, err);

    free(path);
    if (ok) {
        sql = mb_tool_row_sql(w->eject->writer,
                              &(mb_tool_entry){.table = w->eject->table,
                                               .file = item->file,
                                               .text = mb_buf_str(&text),
                                               .len = text.len,
                                               .at = item->row->applied_at,
                                               .folder = w->project->settings.migrations,
                                               .ms = item->row->duration_us / 1000});
        ok = mb_conn_exec(NULL, w->project->conn, sql, err);
        free(sql);
    }
    mb_buf_free(&text);
    return ok;
}

static bool write_item(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    char *detail = mb_format("was written to %s", w->eject->table);
    bool ok = (item != w->items[0] || open_table(w, err)) && write_row(w, item, err) &&
              mb_history_event(&w->by, mb_amend_key(item), "eject", "done", detail, err);

    (void)out;
    free(detail);
    return ok;
}

static const mb_amend_verb eject = {
    .name = "eject",
    .choose = choose_missing,
    .check = accept,
    .execute = write_item,
};

bool mb_project_eject(mb_amendment *out, mb_project *project, const char *tool,
                      const mb_reporter *reporter, mb_error *err)
{
    mb_comparison comparison = {0};
    mb_amend w = mb_amend_of(&eject, out, project, &tool, 1, reporter);
    bool ok;

    w.eject = &comparison;
    ok = mb_amend_run(w, err);
    mb_comparison_free(&comparison);
    return ok;
}

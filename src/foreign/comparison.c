#include "moonbird/foreign/comparison.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/foreign/configured_table.h"
#include "moonbird/format/drizzle_config.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

/* ---- the tool, and its table ---- */

static bool find_writer(const mb_tool_writer **out, const mb_project *project, const char *tool,
                        mb_error *err)
{
    const char *format = mb_files_format(&project->files);
    char *names = mb_tool_writer_names();

    *out = mb_tool_writer_of(tool, project->files.journal);
    if (!*out) {
        mb_fail(err, MB_ERR_USAGE, "moonbird cannot write the history of \"%s\"", tool);
        mb_fail_hint(err, "It can write those of: %s.", names);
    } else if (!format || strcmp(format, tool) != 0) {
        mb_fail(err, MB_ERR_USAGE,
                "the migrations are not in the format of %s, so that tool could not continue with "
                "them",
                tool);
        mb_fail_hint(err, "The format of the folder \"%s\" is: %s.", project->settings.migrations,
                     format ? format : MB_OWN_FORMAT);
        *out = NULL;
    }
    free(names);
    return *out != NULL;
}

static bool read_history(mb_comparison *out, const mb_configured_table *named, mb_conn *conn,
                         mb_error *err)
{
    const mb_tool_history *history = &out->history;

    if (!mb_tool_history_read(&out->history, out->writer->tool, named, conn, err))
        return false;
    if (history->other)
        return mb_fail(err, MB_ERR_USAGE, "the database has two histories of %s: %s and %s",
                       out->writer->tool, history->table, history->other);
    if (history->table && !history->is_comparable) {
        mb_fail(err, MB_ERR_POLICY, "%s is not a table as %s makes it", history->table,
                out->writer->tool);
        return mb_fail_hint(err, "It must be an ordinary table with the columns that the tool "
                                 "gives it, and without rules and row-level security.");
    }
    return true;
}

/* SQL with the names of the schema and of the table, where the tool itself creates it. */
static char *names_sql(const mb_tool_writer *writer)
{
    const char *schema = writer->schema, *table = writer->table, *other_schema, *other_table;
    mb_drizzle_config config;
    mb_buf sql = {0};

    mb_drizzle_config_read(&config);
    if (strcmp(writer->tool, "drizzle") == 0 &&
        mb_drizzle_config_names(&config, &other_schema, &other_table)) {
        schema = other_schema;
        table = other_table;
    }
    mb_buf_puts(&sql, "SELECT pg_catalog.format('%I', s), pg_catalog.format('%I.%I', s, ");
    mb_quote_literal(&sql, table);
    mb_buf_puts(&sql, "::pg_catalog.text) FROM (SELECT coalesce(");
    mb_quote_literal(&sql, schema);
    mb_buf_puts(&sql, "::pg_catalog.text, pg_catalog.current_schema()::pg_catalog.text) AS s) x"
                      " WHERE s IS NOT NULL");
    mb_drizzle_config_free(&config);
    return sql.data;
}

/* Finds where the tool itself creates its table. */
static bool name_table(mb_comparison *out, mb_conn *conn, mb_error *err)
{
    char *sql = names_sql(out->writer);
    mb_result *res;
    bool ok = mb_conn_exec(&res, conn, sql, err);

    free(sql);
    if (!ok)
        return false;
    ok = mb_result_rows(res) == 1 ||
         mb_fail(err, MB_ERR_USAGE,
                 "no schema in the search_path exists, so %s has no place for its table %s",
                 out->writer->tool, out->writer->table);
    if (ok) {
        out->schema = mb_strdup(mb_result_value(res, 0, 0));
        out->table = mb_strdup(mb_result_value(res, 0, 1));
    }
    mb_result_free(res);
    return ok;
}

/* Finds the table that exists, or that moonbird can create: with the default name. */
static bool find_table(mb_comparison *out, const mb_project *project, mb_error *err)
{
    const mb_tool_writer *writer = out->writer;
    mb_configured_table named;
    bool ok = mb_configured_table_read(&named, writer->tool, project->settings.migrations, err) &&
              read_history(out, &named, project->conn, err);

    if (ok && out->history.table) {
        out->table = mb_strdup(out->history.table);
    } else if (ok) {
        ok = name_table(out, project->conn, err) &&
             (!mb_is_configured(&named) ||
              mb_configured_table_is(&named, (mb_table_name){writer->schema, writer->table},
                                     (mb_table_name){out->schema, writer->table}) ||
              mb_fail_configured(&named, err));
    }
    mb_configured_table_free(&named);
    return ok;
}

/* ---- the comparison ---- */

bool mb_tool_leaves_out(const mb_tool_writer *writer, const mb_item *item)
{
    const mb_migration *file = item->file;

    return mb_item_never_runs(item) ||
           (file && (file->lua || file->orphan || (file->repeatable && !writer->repeatable)));
}

bool mb_tool_can_number(const mb_tool_writer *writer, const mb_migration *file)
{
    static const char most[] = "9223372036854775807";
    size_t len = strlen(file->number);

    return !writer->numbered ||
           (len && (len < sizeof most - 1 ||
                    (len == sizeof most - 1 && strcmp(file->number, most) <= 0)));
}

static mb_beside_state state_of(const mb_tool_writer *writer, const mb_item *item,
                                const mb_tool_row *row)
{
    if (mb_tool_leaves_out(writer, item))
        return MB_BESIDE_LEFT;
    if (item->row && item->state != MB_APPLIED)
        return MB_BESIDE_HALF;
    if (row && mb_tool_row_is_half(row, item->file))
        return MB_BESIDE_HALF;
    if (row)
        return item->row ? MB_BESIDE_LISTED : MB_BESIDE_AHEAD;
    if (!item->row)
        return MB_BESIDE_PENDING;
    return item->missing ? MB_BESIDE_MISSING : MB_BESIDE_WRITE;
}

/* Would the tool treat a pending migration as applied, or never run it? */
static bool hides(const mb_comparison *c, const mb_status *status, size_t pending, size_t i)
{
    if (c->states[i] != MB_BESIDE_WRITE && c->states[i] != MB_BESIDE_LISTED)
        return false;
    if (c->writer->order == MB_TOOL_TIMES)
        return status->items[pending].file->when <= status->items[i].file->when;
    return i > pending;
}

static bool is_hidden(const mb_comparison *c, const mb_status *status, size_t pending)
{
    for (size_t i = 0; i < c->n; i++)
        if (hides(c, status, pending, i))
            return true;
    return false;
}

static bool is_before_listed(const mb_comparison *c, size_t i)
{
    while (++i < c->n)
        if (c->states[i] == MB_BESIDE_LISTED)
            return true;
    return false;
}

/* Marks the migrations that do not fit the order of the tool's history. */
static void find_unfit(mb_comparison *c, const mb_status *status)
{
    bool *unfit = mb_alloc(c->n * sizeof *unfit);

    for (size_t i = 0; c->writer->order != MB_TOOL_ANY && i < c->n; i++)
        unfit[i] = (c->states[i] == MB_BESIDE_PENDING && status->items[i].file &&
                    is_hidden(c, status, i)) ||
                   (c->writer->order == MB_TOOL_APPEND && c->states[i] == MB_BESIDE_WRITE &&
                    is_before_listed(c, i));
    for (size_t i = 0; i < c->n; i++)
        if (unfit[i])
            c->states[i] = MB_BESIDE_UNFIT;
    free(unfit);
}

/*
 * Version 1 of Drizzle compares only names.  It would run a folder again whose row has another name,
 * although the time or the contents are the same.
 */
static bool has_other_name(const mb_tool_history *f, const mb_tool_row *row, const mb_item *item)
{
    return f->one_each && row && row->key && !item->file->journaled &&
           !mb_tool_row_names(row, item->file);
}

bool mb_compare_tool(mb_comparison *out, const mb_project *project, const char *tool, mb_error *err)
{
    const mb_status *status = &project->status;

    *out = (mb_comparison){0};
    if (!find_writer(&out->writer, project, tool, err) || !find_table(out, project, err))
        return false;
    out->rows = mb_tool_match(status, &out->history);
    out->states = mb_alloc(status->n * sizeof *out->states);
    while (out->n < status->n && status->items[out->n].stream == MB_AUTO) {
        if (has_other_name(&out->history, out->rows[out->n], &status->items[out->n]))
            out->rows[out->n] = NULL;
        out->states[out->n] = state_of(out->writer, &status->items[out->n], out->rows[out->n]);
        out->n++;
    }
    find_unfit(out, status);
    return true;
}

void mb_comparison_free(mb_comparison *c)
{
    mb_tool_history_free(&c->history);
    free(c->schema);
    free(c->table);
    free(c->rows);
    free(c->states);
    *c = (mb_comparison){0};
}

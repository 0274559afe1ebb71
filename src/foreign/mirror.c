#include "mirrored.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"

#include <stdlib.h>
#include <string.h>

bool mb_mirror_open(mb_mirror **out, const mb_project *project, const char *tool, mb_error *err)
{
    mb_mirror *mirror;

    *out = NULL;
    if (!tool)
        return true;
    mirror = mb_alloc(sizeof *mirror);
    mirror->project = project;
    if (!mb_compare_tool(&mirror->c, project, tool, err)) {
        mb_mirror_free(mirror);
        return false;
    }
    *out = mirror;
    return true;
}

void mb_mirror_free(mb_mirror *mirror)
{
    if (!mirror)
        return;
    mb_comparison_free(&mirror->c);
    free(mirror);
}

const char *mb_mirror_table(const mb_mirror *mirror)
{
    return mirror->c.table;
}

bool mb_mirror_has(const mb_mirror *mirror, const mb_item *item)
{
    return mirror && item->stream == MB_AUTO && item->file && item->file->path &&
           !mb_tool_leaves_out(mirror->c.writer, item);
}

static const mb_tool_row *row_of(const mb_mirror *mirror, const mb_item *item)
{
    return mirror->c.rows[item - mirror->project->status.items];
}

bool mb_mirror_lists(const mb_mirror *mirror, const mb_item *item)
{
    return mb_mirror_has(mirror, item) && row_of(mirror, item);
}

bool mb_mirror_is_empty(const mb_mirror *mirror)
{
    for (size_t i = 0; i < mirror->c.history.n; i++)
        if (!mirror->c.history.items[i].none)
            return false;
    return true;
}

/* ---- the tool's lock ---- */

/* The table that the tool has, or will have; NULL: none.  The caller frees it. */
static bool find_table(char **out, const mb_project *project, const mb_configured_table *named,
                       bool follows, mb_error *err)
{
    mb_tool_history history = {0};
    mb_mirror *mirror = NULL;
    bool ok;

    ok = follows ? mb_mirror_open(&mirror, project, named->tool, err)
                 : mb_tool_history_read(&history, named->tool, named, project->conn, err);
    *out = ok && mirror          ? mb_strdup(mirror->c.table)
           : ok && history.table ? mb_strdup(history.table)
                                 : NULL;
    mb_tool_history_free(&history);
    mb_mirror_free(mirror);
    return ok;
}

bool mb_mirror_lock(mb_tool_lock **out, const mb_project *project, const char *tool,
                    const mb_tool_lock_request *request, mb_error *err)
{
    mb_tool_lock_request full = *request;
    mb_configured_table named;
    char *table = NULL;
    bool ok;

    *out = NULL;
    full.conn = project->conn;
    full.tool = tool ? tool : mb_files_format(&project->files);
    if (!full.tool || !mb_tool_has_lock(full.tool))
        return true;
    ok = mb_configured_table_read(&named, full.tool, project->settings.migrations, err) &&
         find_table(&table, project, &named, tool, err);
    full.table = table;
    full.row_table = named.lock;
    ok = ok && (!table || mb_tool_lock_take(out, &full, err));
    mb_configured_table_free(&named);
    free(table);
    return ok;
}

/* ---- the row ---- */

/* The last migration before it that the tool runs. */
static const mb_migration *before(const mb_mirror *mirror, const mb_item *item)
{
    while (item-- > mirror->project->status.items)
        if (mb_mirror_has(mirror, item))
            return item->file;
    return NULL;
}

static mb_tool_entry entry_of(const mb_mirror *mirror, const mb_item *item, const mb_buf *text)
{
    return (mb_tool_entry){.table = mirror->c.table,
                           .file = item->file,
                           .text = mb_buf_str(text),
                           .len = text->len,
                           .folder = mirror->project->settings.migrations};
}

/* An entry for the row as the tool's history has it. */
static mb_tool_entry listed_entry(const mb_mirror *mirror, const mb_item *item, const mb_buf *text)
{
    const mb_tool_row *row = row_of(mirror, item);
    mb_tool_entry entry = entry_of(mirror, item, text);

    entry.before = before(mirror, item);
    if (row) {
        entry.sum = row->sum;
        entry.when = row->when;
        entry.key = row->key;
    }
    return entry;
}

static bool refuse_changed(const mb_migration *file, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s was changed while moonbird was running", file->name);
    mb_fail_at(err, file->path, 0, 0);
    return mb_fail_hint(err, "Run the command again.");
}

/* If the row has a checksum of the whole file, this must be the file that was read for the run. */
static bool read_file(mb_buf *text, const mb_mirror *mirror, const mb_item *item, mb_error *err)
{
    char sum[MB_HASH_HEX], *path;
    bool ok;

    if (!mirror->c.writer->change)
        return true;
    path = mb_path_join(mirror->project->settings.root, item->file->path);
    ok = mb_file_read(text, path, err);
    free(path);
    if (!ok || item->file->up.line)
        return ok;
    mb_sha256_hex(mb_buf_str(text), text->len, sum);
    return strcmp(sum, item->file->file_sum) == 0 || refuse_changed(item->file, err);
}

static bool send(const mb_mirror *mirror, char *sql, mb_result **res, mb_error *err)
{
    bool ok = mb_conn_exec(res, mirror->project->conn, sql, err);

    free(sql);
    return ok;
}

static bool refuse_ahead(const mb_mirror *mirror, const mb_item *item, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s lists %s, which moonbird was about to record", mirror->c.table,
            item->name);
    return mb_fail_hint(err, "%s applied it at the same time. Run moonbird adopt.",
                        mirror->c.writer->tool);
}

/* A repeatable migration has a row for each time that it ran. */
static bool check_absent(const mb_mirror *mirror, const mb_item *item, const mb_buf *text,
                         mb_error *err)
{
    const mb_tool_entry entry = entry_of(mirror, item, text);
    char *is = mb_tool_is_sql(mirror->c.writer, &entry);
    mb_result *res;
    bool listed;

    if (item->file->repeatable) {
        free(is);
        return true;
    }
    if (!send(mirror, mb_format("SELECT EXISTS (SELECT FROM %s f WHERE %s)", mirror->c.table, is),
              &res, err)) {
        free(is);
        return false;
    }
    free(is);
    listed = mb_result_bool(res, 0, 0);
    mb_result_free(res);
    return !listed || refuse_ahead(mirror, item, err);
}

bool mb_mirror_begin(mb_mirror *mirror, const mb_item *item, mb_direction direction, mb_error *err)
{
    mb_buf text = {0};
    bool ok;

    mirror->begun = NULL;
    if (!mb_mirror_has(mirror, item))
        return true;
    ok = mb_tool_table_open(&mirror->c, mirror->project->conn, err) &&
         (direction == MB_DOWN ||
          (read_file(&text, mirror, item, err) && check_absent(mirror, item, &text, err)));
    mb_buf_free(&text);
    mirror->begun = ok ? item : NULL;
    return ok;
}

static bool write_row(const mb_mirror *mirror, const mb_item *item, const char *at, mb_error *err)
{
    mb_buf text = {0};
    bool ok = read_file(&text, mirror, item, err) &&
              (mirror->begun == item || check_absent(mirror, item, &text, err));

    if (ok) {
        mb_tool_entry entry = entry_of(mirror, item, &text);

        entry.at = at;
        ok = send(mirror, mb_tool_row_sql(mirror->c.writer, &entry), NULL, err);
    }
    mb_buf_free(&text);
    return ok;
}

static bool remove_row(const mb_mirror *mirror, const mb_item *item, mb_error *err)
{
    const mb_tool_entry entry = listed_entry(mirror, item, &(mb_buf){0});

    return send(mirror, mb_tool_remove_sql(mirror->c.writer, &entry), NULL, err);
}

bool mb_mirror_record(mb_mirror *mirror, const mb_item *item, mb_direction direction,
                      const char *at, mb_error *err)
{
    bool ok;

    if (!mb_mirror_has(mirror, item))
        return true;
    ok = (mirror->begun == item ||
          mb_tool_table_open(&mirror->c, mirror->project->conn, err)) &&
         (direction == MB_UP ? write_row(mirror, item, at, err) : remove_row(mirror, item, err));
    mirror->begun = NULL;
    return ok;
}

void mb_mirror_begin_apart(mb_mirror *mirror)
{
    if (mirror)
        mirror->begun = NULL;
}

bool mb_mirror_repair(const mb_mirror *mirror, const mb_item *item, mb_error *err)
{
    mb_buf text = {0};
    bool ok;

    if (!mb_mirror_lists(mirror, item) || !mirror->c.writer->change)
        return true;
    ok = mb_tool_table_open(&mirror->c, mirror->project->conn, err) &&
         read_file(&text, mirror, item, err);
    if (ok) {
        const mb_tool_entry entry = listed_entry(mirror, item, &text);

        ok = send(mirror, mb_tool_change_sql(mirror->c.writer, &entry), NULL, err);
    }
    mb_buf_free(&text);
    return ok;
}

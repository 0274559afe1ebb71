/* source.c -- inspect the file of one step before anything is sent. */
#include "moonbird/history/steps.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/half_done_hint.h"
#include "moonbird/project/source.h"

#include "sql_source.h"

#include "moonbird/base/buf.h"
#include "moonbird/format/cut.h"
#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Lua ---- */

static void hint_rollback(const mb_source *source, mb_error *err)
{
    const mb_migration *m = source->file;

    if (m->repeatable)
        mb_fail_hint(err,
                     "A repeatable migration is replaced, not rolled back. If you no longer need "
                     "it, drop what it creates in a new migration, delete its file, and run "
                     "moonbird forget %s.",
                     m->name);
    else if (m->format && mb_file_format_down_place(m->format))
        mb_fail_hint(err, "Write it in the same file, %s.", mb_file_format_down_place(m->format));
    else if (m->format)
        mb_fail_hint(err,
                     "Write it as %s expects it, or write a file %s%s in the "
                     "folder of migrations.",
                     mb_file_format_tool(m->format), m->name, mb_file_format_rollback(m->format));
    else
        mb_fail_hint(err, "Write a file %s_rollback.sql beside it, or %s.", m->name,
                     source->lua ? "add a function \"down\" to it"
                                 : "write the rollback in it, below a line \"-- moonbird:down\"");
}

static bool refuse_no_down(const mb_source *source, const mb_chunk_info *info, mb_error *err)
{
    if (info->directives.irreversible) {
        mb_fail(err, MB_ERR_POLICY, "%s cannot be rolled back: %s", source->file->name,
                info->directives.irreversible);
        mb_fail_hint(err, "Restore a backup, or write a new migration that makes the change you "
                          "need.");
    } else {
        mb_fail(err, MB_ERR_FILE, "%s has no rollback", source->file->name);
        hint_rollback(source, err);
    }
    return mb_fail_at(err, source->path, 0, 0);
}

/*
 * Check that the script has the function that the direction calls. mb_source_check_rollback checks
 * a separate rollback file.
 */
static bool check_entry(const mb_source *source, const mb_chunk_info *info, mb_error *err)
{
    bool down = source->direction == MB_DOWN;

    if (down && !source->file->down_path && !info->has[MB_ENTRY_DOWN])
        return refuse_no_down(source, info, err);
    if (down || info->has[MB_ENTRY_UP])
        return true;
    mb_fail(err, MB_ERR_FILE, "the table has no function \"up\"");
    return mb_fail_at(err, source->path, 0, 0);
}

static bool open_lua(mb_source *source, const mb_host *host, mb_error *err)
{
    const mb_chunk_info *info;
    char *full = mb_source_full(source);
    mb_buf text = {0};
    bool ok = mb_file_read(&text, full, err);

    free(full);
    if (!ok)
        mb_format_into(err->file, sizeof err->file, "%s", source->path);
    ok = ok && mb_source_check_blank(source, mb_buf_str(&text), text.len, err);
    ok = ok && host->load(host->self, &source->chunk, source->path, text.data, text.len, err);
    mb_checksums_of_lua(&source->sums, mb_buf_str(&text), text.len);
    mb_buf_free(&text);
    if (!ok)
        return false;
    info = host->info(source->chunk);
    source->directives = &info->directives;
    if (source->directives->no_transaction)
        source->shape = MB_SHAPE_STEPS;
    return check_entry(source, info, err);
}

/* ---- SQL and Lua ---- */

/* Find the file, and the part of it, that the direction needs. */
static bool locate(mb_source *source, const mb_settings *settings, const mb_host *host,
                   mb_error *err)
{
    const mb_migration *m = source->file;
    mb_directives own;
    bool ok;

    source->path = mb_strdup(source->direction == MB_DOWN && m->down_path ? m->down_path : m->path);
    source->cut = source->direction == MB_UP ? m->up : m->down_path ? m->down : (mb_cut){0};
    source->root = settings->root;
    source->lua = mb_path_ends(source->path, ".lua");
    if (source->direction == MB_UP || m->down_path || m->lua)
        return true;
    source->section = MB_SECTION_DOWN;
    if (m->down_section)
        return true;
    if (!mb_source_directives(&own, settings, host, m, err))
        return false;
    ok = refuse_no_down(source, &(mb_chunk_info){.directives = own}, err);
    mb_directives_free(&own);
    return ok;
}

static bool check_sum(const mb_source *source, const char *file_sum, mb_error *err)
{
    if (strcmp(file_sum, source->sums.file) == 0)
        return true;
    mb_fail(err, MB_ERR_FILE, "the file changed after moonbird read it");
    mb_fail_at(err, source->path, 0, 0);
    return mb_fail_hint(err, "Run the command again.");
}

/*
 * Has the file been left alone since it was kept? The statements that run do not depend on the
 * answer.
 */
static bool is_kept(const mb_source *source, const char *full)
{
    mb_file_mark now = mb_file_mark_of(full);

    return source->kept && mb_file_mark_same(&source->kept->mark, &now);
}

bool mb_source_check_file(const mb_source *source, mb_error *err)
{
    char *full = mb_source_full(source), now[MB_HASH_HEX];
    bool ok = is_kept(source, full) ||
              (mb_cut_sum(now, full, &source->cut, err) && check_sum(source, now, err));

    free(full);
    return ok;
}

bool mb_source_check_ran(const mb_source *source, const mb_script *script, mb_error *err)
{
    mb_checksums now;

    if (source->kept || source->cut.text)
        return mb_source_check_file(source, err);
    mb_script_checksums(script, &now);
    return check_sum(source, now.file, err);
}

bool mb_source_read(mb_buf *out, const mb_source *source, mb_error *err)
{
    mb_checksums now;
    char *full;
    bool ok;

    if (source->kept) {
        mb_buf_add(out, source->kept->text.data, source->kept->text.len);
        return true;
    }
    full = mb_source_full(source);
    ok = mb_cut_read(out, full, &source->cut, SIZE_MAX - out->len, err);
    free(full);
    if (!ok)
        return mb_fail_at(err, source->path, 0, 0);
    if (source->cut.text)
        return mb_source_check_file(source, err);
    mb_checksums_of_lua(&now, mb_buf_str(out), out->len);
    return check_sum(source, now.file, err);
}

bool mb_source_locate(mb_source *out, const mb_settings *settings, const mb_host *host,
                      const mb_step *step, mb_error *err)
{
    *out = (mb_source){.step = step,
                       .file = step->item->file,
                       .direction = step->direction,
                       .directives = &mb_no_directives,
                       .backslashes = settings->backslashes};
    if (locate(out, settings, host, err))
        return true;
    mb_source_close(out, host);
    return false;
}

bool mb_source_inspect(mb_source *out, const mb_settings *settings, const mb_host *host,
                       size_t room, mb_error *err)
{
    if ((out->lua ? open_lua(out, host, err) : mb_source_open_sql(out, room, err)) &&
        mb_source_check_rollback(out, settings, host, err))
        return true;
    mb_source_close(out, host);
    return false;
}

bool mb_source_open(mb_source *out, const mb_settings *settings, const mb_host *host,
                    const mb_step *step, mb_error *err)
{
    return mb_source_locate(out, settings, host, step, err) &&
           mb_source_inspect(out, settings, host, 0, err);
}

bool mb_source_open_file(mb_source *out, const mb_settings *settings, const char *path,
                         mb_error *err)
{
    bool folder; /* unused: reading a folder fails with a message that says so */

    *out = (mb_source){.path = mb_strdup(path),
                       .root = ".",
                       .directives = &mb_no_directives,
                       .backslashes = settings->backslashes};
    if (mb_file_check(path, &folder, err) && mb_source_open_sql(out, 0, err))
        return true;
    mb_source_close(out, NULL);
    return false;
}

const mb_chunk_info *mb_source_parameters(const mb_source *source, const mb_host *host)
{
    static const mb_chunk_info any = {.takes_any = true}, none = {0};

    if (source->lua)
        return host->info(source->chunk);
    return source->named ? source->named : source->statements > 0 ? &any : &none;
}

static void free_named(mb_chunk_info *named)
{
    for (size_t i = 0; i < named->n_parameters; i++)
        mb_parameter_free(&named->parameters[i]);
    free(named->parameters);
    free(named);
}

void mb_source_close(mb_source *source, const mb_host *host)
{
    free(source->path);
    free(source->modes);
    if (source->kept)
        mb_buf_free(&source->kept->text);
    free(source->kept);
    mb_expectations_free(&source->expectations);
    if (source->named)
        free_named(source->named);
    if (source->chunk)
        host->free(source->chunk);
    if (source->own_directives)
        mb_directives_free(source->own_directives);
    free(source->own_directives);
    *source = (mb_source){0};
}

bool mb_source_reload(mb_source *source, const mb_settings *settings, const mb_host *host,
                      mb_error *err)
{
    mb_source reloaded;

    if (!source->lua)
        return true;
    if (!mb_source_open(&reloaded, settings, host, source->step, err))
        return false;
    if (!check_sum(source, reloaded.sums.file, err)) {
        mb_source_close(&reloaded, host);
        return false;
    }
    reloaded.shape = source->shape;
    reloaded.reinsert_row = source->reinsert_row;
    reloaded.is_redone = source->is_redone;
    mb_source_close(source, host);
    *source = reloaded;
    return true;
}

mb_step_key mb_source_key(const mb_source *source)
{
    return (mb_step_key){
        .migration = mb_key_of(source->file),
        .direction = source->direction,
    };
}

bool mb_source_is_atomic(const mb_source *source)
{
    return source->shape != MB_SHAPE_SEGMENTS && source->shape != MB_SHAPE_STEPS;
}

static bool checksums_of_lua(mb_checksums *out, const char *full, mb_error *err)
{
    mb_buf text = {0};
    bool ok = mb_file_read(&text, full, err);

    if (ok)
        mb_checksums_of_lua(out, mb_buf_str(&text), text.len);
    mb_buf_free(&text);
    return ok;
}

bool mb_source_open_up(mb_script **out, const char *root, const mb_migration *m, bool backslashes,
                       mb_error *err)
{
    char *full = mb_path_join(root, m->path);
    bool ok = mb_script_open_cut(out, full, &m->up, MB_SECTION_UP, err);

    if (ok)
        mb_script_standard_strings(*out, !backslashes);
    free(full);
    return ok;
}

static bool checksums_of_sql(mb_checksums *out, const char *root, const mb_migration *m,
                             bool backslashes, mb_error *err)
{
    mb_script *script = NULL;
    mb_stmt stmt;
    bool found = true, ok = mb_source_open_up(&script, root, m, backslashes, err);

    while (ok && found)
        ok = mb_script_next(script, &stmt, &found, err);
    if (ok)
        mb_script_checksums(script, out);
    mb_script_close(script);
    return ok;
}

bool mb_checksums_of_file(mb_checksums *out, const char *root, const mb_migration *m,
                          bool backslashes, mb_error *err)
{
    char *full = mb_path_join(root, m->path);
    bool ok = m->lua ? checksums_of_lua(out, full, err)
                     : checksums_of_sql(out, root, m, backslashes, err) &&
                           (!m->up.text || mb_cut_sum(out->file, full, &m->up, err));

    free(full);
    return ok;
}

const char *mb_source_why_not_atomic(const mb_source *source)
{
    if (source->directives->no_transaction)
        return source->lua ? "sets transaction = false" : "sets transaction=off";
    if (!source->breaks_line)
        return "was started in segments";
    return source->breaks == MB_STMT_NO_TRANSACTION
               ? "has a statement that cannot run in a transaction"
               : "manages its own transactions";
}

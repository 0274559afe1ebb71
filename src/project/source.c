/* source.c -- one step with its file looked through, before anything is sent. */
#include "moonbird/history/steps.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/half_done.h"
#include "moonbird/project/source.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/file.h"
#include "moonbird/format/format.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"
#include "moonbird/sql/temporary.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- SQL ---- */

static bool in_section(const mb_unit *unit)
{
    return unit->section == MB_SECTION_DOWN;
}

static bool refuse_statement(const mb_script *script, const mb_stmt *stmt, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "moonbird does not support this form of transaction control");
    mb_fail_hint(err, "Use BEGIN, COMMIT, ROLLBACK and savepoints.");
    return mb_stmt_fail(err, script, stmt);
}

typedef struct outline {
    size_t begins, ends;       /* BEGIN; COMMIT and ROLLBACK */
    bool begins_first, ends_last;
    bool ends_ours;            /* a COMMIT or ROLLBACK comes before any BEGIN */
    bool alone;
    bool open;                 /* in the file's own transaction */
    bool body;                 /* its opening statements are over */
    mb_stmt_kind breaks;
    int breaks_line, open_line;
    size_t inside;             /* statements of the transaction at hand */
    int undoes_line;           /* of the first ROLLBACK that undoes any */
} outline;

static void add_to_outline(outline *o, const mb_stmt *stmt)
{
    bool control = stmt->kind == MB_STMT_BEGIN || stmt->kind == MB_STMT_COMMIT ||
                   stmt->kind == MB_STMT_ROLLBACK;

    if (stmt->kind == MB_STMT_ROLLBACK && o->inside && !o->undoes_line)
        o->undoes_line = stmt->line;
    o->inside = control ? 0 : o->inside + 1;
    o->ends_last = stmt->kind == MB_STMT_COMMIT;
    if (stmt->kind == MB_STMT_BEGIN) {
        o->begins++;
        o->begins_first = o->begins_first || stmt->number == 1;
        o->open = true;
        o->open_line = stmt->line;
    } else if (control) {
        o->ends_ours = o->ends_ours || !o->begins;
        o->ends++;
        o->open = false;
    }
    o->alone = o->alone || stmt->kind == MB_STMT_NO_TRANSACTION;
    if ((control || stmt->kind == MB_STMT_NO_TRANSACTION) && !o->breaks_line) {
        o->breaks = stmt->kind;
        o->breaks_line = stmt->line;
    }
}

/* In segments, then, also where only the server knew that it must be. */
static bool is_begun(const mb_unit *unit)
{
    return unit->step && unit->step->resume;
}

static bool judge(mb_unit *unit, const outline *o, mb_error *err)
{
    bool wrapped = o->begins == 1 && o->ends == 1 && o->begins_first && o->ends_last && !o->alone;

    /* COMMIT; ... BEGIN; ... is written for a runner that begins and ends the transaction. */
    if (o->open && o->ends_ours) {
        unit->ends_for_line = o->open_line;
    } else if (o->open) {
        mb_fail(err, MB_ERR_FILE, "the transaction that begins here does not end in the file");
        mb_fail_hint(err, "Add COMMIT, or remove BEGIN: moonbird runs each file in a transaction.");
        return mb_fail_at(err, unit->path, o->open_line, 0);
    }
    unit->breaks = o->breaks;
    unit->breaks_line = o->breaks_line;
    unit->undoes_line = o->undoes_line;
    if (unit->directives.no_transaction || is_begun(unit))
        unit->shape = MB_SHAPE_SEGMENTS;
    else if (wrapped)
        unit->shape = MB_SHAPE_WRAPPED;
    else if (o->breaks_line)
        unit->shape = MB_SHAPE_SEGMENTS;
    return true;
}

/* The modes of its transaction, as long as only SET and RESET stand before it. */
static void add_modes(mb_unit *unit, outline *o, const mb_stmt *stmt)
{
    char *modes = o->body ? NULL : mb_stmt_modes(stmt), *before = unit->modes;

    if (modes) {
        unit->modes = before ? mb_format("%s %s", before, modes) : mb_strdup(modes);
        unit->opening = stmt->number;
        unit->opening_line = stmt->line;
        free(before);
    }
    o->body = o->body || (!modes && !mb_stmt_is_setting(stmt));
    free(modes);
}

static bool refuse_edited(const mb_unit *unit, size_t done, mb_error *err)
{
    if (done == 1)
        mb_fail(err, MB_ERR_POLICY, "the first statement, which already ran, was edited");
    else
        mb_fail(err, MB_ERR_POLICY, "the first %zu statements, which already ran, were edited",
                done);
    mb_fail_at(err, unit->path, 0, 0);
    mb_fail_detail(err, "Statements that already ran must stay as they were. You may correct the "
                        "ones after them.");
    return mb_hint_ways_out_after(err, unit->step->item->row,
                                  "restore the statements that ran, then run ");
}

/* What an earlier run did must still stand there; looked at where it ends. */
static bool check_done(const mb_unit *unit, mb_script *script, bool at_end, mb_error *err)
{
    size_t done = mb_unit_done(unit);
    char sum[MB_HASH_HEX];

    if (done == 0 || (at_end ? unit->statements >= done : unit->statements != done))
        return true;
    mb_script_progress_checksum(script, sum);
    return strcmp(sum, unit->step->item->row->done_sum) == 0 || refuse_edited(unit, done, err);
}

/* A temporary table that a statement made which ran is gone, and its name means another table. */
static bool check_temporary(const mb_unit *unit, mb_temporary *gone, const mb_stmt *stmt,
                            mb_error *err)
{
    const char *name;

    if (stmt->number <= mb_unit_done(unit)) {
        mb_temporary_note(gone, stmt);
        return true;
    }
    name = mb_temporary_named(gone, stmt);
    if (!name)
        return true;
    mb_fail(err, MB_ERR_POLICY, "the temporary table \"%s\" of an earlier run no longer exists", name);
    mb_fail_at(err, unit->path, stmt->line, stmt->column);
    return mb_hint_ways_out_after(err, unit->step->item->row,
                                  "write the rest of the file without it, then run ");
}

static bool scan(mb_unit *unit, mb_script *script, mb_temporary *gone, mb_error *err)
{
    outline o = {0};
    mb_stmt stmt;
    bool found;

    unit->quiet = true;
    mb_script_watch(script, unit->direction == MB_UP ? mb_format_check_comment
                                                     : mb_format_check_own);
    while (mb_script_next(script, &stmt, &found, err)) {
        if (!found) {
            mb_script_checksums(script, &unit->sums);
            return check_done(unit, script, true, err) && judge(unit, &o, err);
        }
        if (stmt.kind == MB_STMT_TRANSACTION)
            return refuse_statement(script, &stmt, err);
        unit->statements++;
        if (!check_done(unit, script, false, err) || !check_temporary(unit, gone, &stmt, err))
            return false;
        unit->quiet = unit->quiet && !mb_stmt_touches_session(&stmt);
        unit->bytes += stmt.len;
        if (!unit->sets_line && (mb_stmt_sets_session(&stmt) || mb_stmt_makes_temporary(&stmt)))
            unit->sets_line = stmt.line;
        unit->adds_enum_value = unit->adds_enum_value || stmt.kind == MB_STMT_ADD_VALUE;
        add_to_outline(&o, &stmt);
        add_modes(unit, &o, &stmt);
    }
    return false;
}

static bool is_blank(const char *text, size_t len)
{
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    return len == 0;
}

static bool refuse_empty(const mb_unit *unit, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, in_section(unit) ? "the rollback section is empty"
                                               : "the file is empty");
    mb_fail_hint(err, unit->lua ? "A migration in Lua returns a table with a function \"up\"."
                                : "Write the rollback, or delete it if there is none. If there "
                                  "is nothing to undo, a comment that says so is enough.");
    return mb_fail_at(err, unit->path, 0, 0);
}

/* The statements below that line would not run. */
static bool refuse_part(const mb_unit *unit, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "a rollback file has a line \"-- moonbird:down\"");
    mb_fail_hint(err, "Remove the line: the whole file is the rollback.");
    return mb_fail_at(err, unit->path, 0, 0);
}

char *mb_unit_full(const mb_unit *unit)
{
    return mb_path_join(unit->root, unit->path);
}

bool mb_unit_script(mb_script **out, const mb_unit *unit, mb_error *err)
{
    char *full = mb_unit_full(unit);
    bool ok = mb_script_open(out, full, unit->section, err);

    free(full);
    if (ok)
        mb_script_plan(*out, !unit->backslashes);
    return ok;
}

static bool open_sql(mb_unit *unit, mb_error *err)
{
    char *full = mb_unit_full(unit);
    mb_script *script = NULL;
    mb_temporary gone = {0};
    mb_buf head = {0};
    bool ok = mb_file_read_head(&head, full, MB_UNIT_HEAD, err);

    if (ok && unit->direction == MB_DOWN && is_blank(mb_buf_str(&head), head.len))
        ok = refuse_empty(unit, err);
    ok = ok && mb_directives_read(&unit->directives, mb_buf_str(&head), head.len, unit->path, err) &&
         mb_unit_script(&script, unit, err) && scan(unit, script, &gone, err);
    if (ok && in_section(unit) && unit->statements == 0)
        ok = refuse_empty(unit, err);
    if (ok && unit->direction == MB_DOWN && !in_section(unit) && mb_script_has_down(script))
        ok = refuse_part(unit, err);
    if (!ok && strcmp(err->file, full) == 0)
        mb_fill(err->file, sizeof err->file, "%s", unit->path);
    mb_script_close(script);
    mb_temporary_free(&gone);
    mb_buf_free(&head);
    free(full);
    return ok;
}

/* ---- Lua ---- */

static bool refuse_no_down(const mb_unit *unit, const mb_chunk_info *info, mb_error *err)
{
    if (info->directives.irreversible) {
        mb_fail(err, MB_ERR_POLICY, "%s cannot be rolled back: %s", unit->file->name,
                info->directives.irreversible);
        mb_fail_hint(err, "Restore a backup, or write a new migration that makes the change you "
                          "need.");
    } else {
        mb_fail(err, MB_ERR_FILE, "%s has no rollback", unit->file->name);
        mb_fail_hint(err, "Write a file %s_rollback.sql beside it, or %s.", unit->file->name,
                     unit->lua ? "add a function \"down\" to it"
                               : "write the rollback in it, below a line \"-- moonbird:down\"");
    }
    return mb_fail_at(err, unit->path, 0, 0);
}

/* The function that the direction calls; a rollback file of its own may have it under either name. */
static bool check_entry(const mb_unit *unit, const mb_chunk_info *info, mb_error *err)
{
    bool down = unit->direction == MB_DOWN;

    if (down && !unit->file->down_path && !info->has[MB_ENTRY_DOWN])
        return refuse_no_down(unit, info, err);
    if (down || info->has[MB_ENTRY_UP])
        return true;
    mb_fail(err, MB_ERR_FILE, "the table has no function \"up\"");
    return mb_fail_at(err, unit->path, 0, 0);
}

static bool open_lua(mb_unit *unit, const mb_host *host, mb_error *err)
{
    const mb_chunk_info *info;
    char *full = mb_unit_full(unit);
    mb_buf text = {0};
    bool ok = mb_file_read(&text, full, err);

    free(full);
    if (!ok)
        mb_fill(err->file, sizeof err->file, "%s", unit->path);
    if (ok && is_blank(mb_buf_str(&text), text.len))
        ok = refuse_empty(unit, err);
    ok = ok && host->load(host->self, &unit->chunk, unit->path, text.data, text.len, err);
    mb_checksums_of_lua(&unit->sums, mb_buf_str(&text), text.len);
    mb_buf_free(&text);
    if (!ok)
        return false;
    info = host->info(unit->chunk);
    unit->directives = info->directives;
    if (unit->directives.no_transaction)
        unit->shape = MB_SHAPE_STEPS;
    return check_entry(unit, info, err);
}

/* ---- either ---- */

/* Which file, and which part of it, the direction means. */
static bool locate(mb_unit *unit, const mb_settings *settings, const mb_host *host, mb_error *err)
{
    const mb_migration *m = unit->file;
    mb_directives own;
    bool ok;

    unit->path = unit->direction == MB_DOWN && m->down_path ? m->down_path : m->path;
    unit->root = settings->root;
    unit->lua = mb_path_ends(unit->path, ".lua");
    if (unit->direction == MB_UP || m->down_path || m->lua)
        return true;
    unit->section = MB_SECTION_DOWN;
    if (m->down_section)
        return true;
    if (!mb_unit_directives(&own, settings, host, m, err))
        return false;
    ok = refuse_no_down(unit, &(mb_chunk_info){.directives = own}, err);
    mb_directives_free(&own);
    return ok;
}

bool mb_unit_is_same(const mb_unit *unit, const mb_checksums *now, mb_error *err)
{
    if (strcmp(now->file, unit->sums.file) == 0)
        return true;
    mb_fail(err, MB_ERR_FILE, "the file changed while it ran");
    mb_fail_at(err, unit->path, 0, 0);
    return mb_fail_hint(err, "Run the command again.");
}

bool mb_unit_open(mb_unit *out, const mb_settings *settings, const mb_host *host,
                  const mb_step *step, mb_error *err)
{
    *out = (mb_unit){.step = step, .file = step->item->file, .direction = step->direction,
                     .backslashes = settings->backslashes};
    mb_directives_init(&out->directives);
    if (locate(out, settings, host, err) &&
        (out->lua ? open_lua(out, host, err) : open_sql(out, err)) &&
        mb_unit_check_rollback(out, settings, host, err))
        return true;
    mb_unit_close(out, host);
    return false;
}

bool mb_unit_open_file(mb_unit *out, const mb_settings *settings, const char *path, mb_error *err)
{
    bool folder; /* reading it says that it is one */

    *out = (mb_unit){.path = path, .root = ".", .backslashes = settings->backslashes};
    mb_directives_init(&out->directives);
    if (mb_file_check(path, &folder, err) && open_sql(out, err))
        return true;
    mb_unit_close(out, NULL);
    return false;
}

void mb_unit_close(mb_unit *unit, const mb_host *host)
{
    free(unit->modes);
    if (unit->chunk)
        host->free(unit->chunk);
    else
        mb_directives_free(&unit->directives);
    *unit = (mb_unit){0};
}

bool mb_unit_reload(mb_unit *unit, const mb_settings *settings, const mb_host *host, mb_error *err)
{
    mb_unit anew;

    if (!unit->lua)
        return true;
    if (!mb_unit_open(&anew, settings, host, unit->step, err))
        return false;
    if (!mb_unit_is_same(unit, &anew.sums, err)) {
        mb_unit_close(&anew, host);
        return false;
    }
    anew.shape = unit->shape;
    anew.fresh = unit->fresh;
    mb_unit_close(unit, host);
    *unit = anew;
    return true;
}

mb_step_key mb_unit_key(const mb_unit *unit)
{
    return (mb_step_key){
        .migration = mb_key_of(unit->file),
        .direction = unit->direction,
    };
}

bool mb_unit_is_atomic(const mb_unit *unit)
{
    return unit->shape != MB_SHAPE_SEGMENTS && unit->shape != MB_SHAPE_STEPS;
}

bool mb_sums_of_file(mb_checksums *out, const char *full, bool lua, bool backslashes, mb_error *err)
{
    mb_script *script = NULL;
    mb_buf text = {0};
    mb_stmt stmt;
    bool found = true, ok;

    if (lua) {
        ok = mb_file_read(&text, full, err);
        if (ok)
            mb_checksums_of_lua(out, mb_buf_str(&text), text.len);
        mb_buf_free(&text);
        return ok;
    }
    ok = mb_script_open(&script, full, MB_SECTION_UP, err);
    if (ok)
        mb_script_standard_strings(script, !backslashes);
    while (ok && found)
        ok = mb_script_next(script, &stmt, &found, err);
    if (ok)
        mb_script_checksums(script, out);
    mb_script_close(script);
    return ok;
}

size_t mb_unit_done(const mb_unit *unit)
{
    return is_begun(unit) && !unit->lua ? unit->step->item->row->done : 0;
}

const char *mb_unit_why_not_atomic(const mb_unit *unit)
{
    if (unit->directives.no_transaction)
        return unit->lua ? "sets transaction = false" : "sets transaction=off";
    if (!unit->breaks_line)
        return "was started in segments";
    return unit->breaks == MB_STMT_NO_TRANSACTION ? "has a statement that cannot run in a transaction"
                                         : "manages its own transactions";
}

/* ---- for `plan` ---- */

enum { PREVIEW = 200 };

/* One line: white space folded, cut with an ellipsis. */
static char *fold(const char *sql)
{
    mb_buf out = {0};

    for (; *sql && out.len < PREVIEW; sql++) {
        if (!isspace((unsigned char)*sql))
            mb_buf_putc(&out, *sql);
        else if (out.len && out.data[out.len - 1] != ' ')
            mb_buf_putc(&out, ' ');
    }
    while (*sql && ((unsigned char)*sql & 0xC0) == 0x80)
        mb_buf_putc(&out, *sql++); /* a character is not cut */
    if (*sql)
        mb_buf_puts(&out, "...");
    return out.data ? out.data : mb_strdup("");
}

bool mb_unit_previews(const mb_unit *unit, mb_preview **out, mb_error *err)
{
    mb_preview *list = mb_alloc(unit->statements * sizeof *list);
    size_t n = 0, done = mb_unit_done(unit);
    mb_script *script = NULL;
    mb_stmt stmt;
    bool found = true, ok = mb_unit_script(&script, unit, err);

    while (ok && found && done + n < unit->statements) {
        ok = mb_script_next(script, &stmt, &found, err);
        if (ok && found && stmt.number > done)
            list[n++] = (mb_preview){.sql = fold(stmt.sql), .line = stmt.line, .kind = stmt.kind};
    }
    mb_script_close(script);
    if (ok) {
        *out = list;
        return true;
    }
    while (n-- > 0)
        free(list[n].sql);
    free(list);
    return false;
}

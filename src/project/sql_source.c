/*
 * sql_source.c -- inspect a migration's SQL file: its statements, and how they go with
 * transactions.
 */
#include "sql_source.h"

#include "half_done.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/format/cut.h"
#include "moonbird/format/format.h"
#include "moonbird/os/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool in_section(const mb_source *source)
{
    return source->section == MB_SECTION_DOWN;
}

static bool refuse_statement(const mb_script *script, const mb_stmt *stmt, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "moonbird does not support this form of transaction control");
    mb_fail_hint(err, "Use BEGIN, COMMIT, ROLLBACK and savepoints.");
    return mb_stmt_fail(err, script, stmt);
}

/* The transaction control of an SQL file, statement by statement. */
typedef struct outline {
    size_t begins, ends;       /* how many BEGIN; how many COMMIT and ROLLBACK */
    bool begins_first, ends_last; /* BEGIN is the first statement; COMMIT is the last */
    bool ends_ours;            /* a COMMIT or ROLLBACK precedes every BEGIN */
    bool alone;                /* it has a statement that cannot run in a transaction */
    bool open;                 /* a transaction of the file's own is open */
    bool body;                 /* a statement other than SET and RESET has come */
    mb_stmt_kind breaks;       /* as in mb_source */
    int breaks_line, open_line; /* as in mb_source; the line of the last BEGIN */
    size_t inside;             /* statements in the current transaction */
    int undoes_line;           /* the first ROLLBACK that undoes a statement */
    bool undoes_ours;          /* as in mb_source */
    size_t expected;           /* so many expectations were checked */
    char verb[MB_COMMAND_SIZE]; /* of the last statement */
    mb_buf modes;              /* as in mb_source */
} outline;

static void add_to_outline(outline *o, const mb_stmt *stmt)
{
    bool control = stmt->kind == MB_STMT_BEGIN || stmt->kind == MB_STMT_COMMIT ||
                   stmt->kind == MB_STMT_ROLLBACK;

    if (stmt->kind == MB_STMT_ROLLBACK && o->inside && !o->undoes_line) {
        o->undoes_line = stmt->line;
        o->undoes_ours = !o->open;
    }
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

/* Does the tool that the file was written for commit what the file leaves open? */
static bool tool_commits(const mb_source *source)
{
    const mb_migration *m = source->file;

    return m && !source->directives->no_transaction &&
           (m->journaled || (m->format && mb_file_format_commits(m->format)));
}

static bool decide_shape(mb_source *source, const outline *o, mb_error *err)
{
    bool wrapped = o->begins == 1 && o->ends == 1 && o->begins_first && o->ends_last && !o->alone;
    bool idle = false; /* its BEGIN is without effect in the transaction of the runner */

    /*
     * A file with COMMIT; ... BEGIN; was written for a runner that begins and ends the transaction.
     */
    if (o->open && (o->ends_ours || tool_commits(source))) {
        source->ends_for_line = o->open_line;
        idle = o->ends == 0 && !o->alone;
    } else if (o->open) {
        mb_fail(err, MB_ERR_FILE, "the transaction that begins here does not end in the file");
        mb_fail_hint(err, "Add COMMIT, or remove BEGIN: moonbird runs each file in a transaction.");
        return mb_fail_at(err, source->path, o->open_line, 0);
    }
    source->breaks = o->breaks;
    source->breaks_line = idle ? 0 : o->breaks_line;
    source->undoes_line = o->undoes_line;
    source->undoes_ours = o->undoes_ours;
    /* A half-done file resumes in segments, even if only the server knew that it needs them. */
    if (source->directives->no_transaction || mb_source_is_begun(source))
        source->shape = MB_SHAPE_SEGMENTS;
    else if (wrapped)
        source->shape = MB_SHAPE_WRAPPED;
    else if (source->breaks_line)
        source->shape = MB_SHAPE_SEGMENTS;
    return true;
}

/*
 * Collect the transaction modes that the file sets (SET TRANSACTION), which may follow only SET and
 * RESET.
 */
static void add_modes(mb_source *source, outline *o, const mb_stmt *stmt)
{
    char *modes = o->body ? NULL : mb_stmt_modes(stmt);

    if (modes) {
        mb_buf_puts(&o->modes, o->modes.len && *modes ? " " : "");
        mb_buf_puts(&o->modes, modes);
        source->opening = stmt->number;
        source->opening_line = stmt->line;
    }
    o->body = o->body || (!modes && !mb_stmt_is_setting(stmt));
    free(modes);
}

static bool refuse_expectation(const mb_source *source, const outline *o, const mb_expectation *one,
                               mb_error *err)
{
    if (strcmp(o->verb, "EXPLAIN") == 0) {
        mb_fail(err, MB_ERR_FILE, "this expectation belongs to EXPLAIN, which returns a plan");
        mb_fail_hint(err, "A plan may differ from server to server. Write the expectation next to "
                          "the statement itself, without EXPLAIN.");
    } else {
        mb_fail(err, MB_ERR_FILE, "this expectation belongs to a statement that returns no rows");
        mb_fail_hint(err, "Write it next to a SELECT, or next to an INSERT, UPDATE, DELETE or "
                          "MERGE to count the changed rows.");
    }
    return mb_fail_at(err, source->path, one->line, one->column);
}

/*
 * Check the expectations that are known now: those of the last statement, which can be below it.
 */
static bool check_expectations(const mb_source *source, outline *o, mb_error *err)
{
    const mb_expectations *list = &source->expectations;

    for (; o->expected < list->n && list->items[o->expected].statement <= source->statements;
         o->expected++)
        if (!mb_verb_answers(o->verb))
            return refuse_expectation(source, o, &list->items[o->expected], err);
    return true;
}

/* The names in 'moonbird.NAME', the names of settings, each once. */
static void add_parameters(mb_chunk_info *out, const char *sql)
{
    static const char setting[] = "'moonbird.";

    for (const char *at = sql; (at = strcasestr(at, setting)) != NULL;) {
        mb_parameter *arg;
        size_t len = 0, same = 0;

        at += sizeof setting - 1;
        while (isalnum((unsigned char)at[len]) || at[len] == '_')
            len++;
        while (same < out->n_parameters &&
               (strncasecmp(out->parameters[same].name, at, len) != 0 ||
                out->parameters[same].name[len] != '\0'))
            same++;
        if (len == 0 || same < out->n_parameters)
            continue;
        out->parameters = mb_grow(out->parameters, out->n_parameters, sizeof *out->parameters);
        arg = &out->parameters[out->n_parameters++];
        *arg = (mb_parameter){.name = mb_strndup(at, len)};
    }
}

static void note_parameters(mb_source *source, const char *sql)
{
    if (!strcasestr(sql, "moonbird."))
        return;
    source->names_args = true;
    if (!source->named)
        source->named = mb_alloc(sizeof *source->named);
    source->named->takes_any = true;
    add_parameters(source->named, sql);
}

/* The tool whose format the file has; NULL: moonbird. */
static const char *tool_of(const mb_source *source)
{
    const mb_file_format *format = source->file ? source->file->format : NULL;

    return format ? mb_file_format_tool(format) : NULL;
}

/* Does the file have a down part, too? */
static bool has_parts(const mb_source *source)
{
    const mb_migration *m = source->file;

    return m && m->path && m->down_path && strcmp(m->path, m->down_path) == 0;
}

static mb_comment_check *check_of(const mb_source *source)
{
    if (source->direction == MB_DOWN)
        return mb_format_check_rollback;
    return has_parts(source) ? mb_format_check_up_part : mb_format_check_comment;
}

static bool scan_statements(mb_source *source, outline *o, mb_script *script, mb_half_done *ran,
                            mb_error *err)
{
    mb_stmt stmt;
    bool found, touches;

    source->keeps_session = true;
    mb_script_expect(script, &source->expectations);
    mb_script_watch(script, check_of(source), tool_of(source));
    while (mb_script_next(script, &stmt, &found, err)) {
        if (!check_expectations(source, o, err))
            return false;
        if (!found) {
            mb_script_checksums(script, &source->sums);
            return mb_half_done_check_end(source, script, err) && decide_shape(source, o, err);
        }
        if (stmt.kind == MB_STMT_TRANSACTION)
            return refuse_statement(script, &stmt, err);
        source->statements++;
        mb_stmt_verb(&stmt, o->verb);
        if (!mb_half_done_check(ran, source, script, &stmt, err))
            return false;
        touches = mb_stmt_touches_session(&stmt);
        source->keeps_session = source->keeps_session && !touches;
        source->bytes += stmt.len;
        note_parameters(source, stmt.sql);
        if (!source->later_line && mb_stmt_sets_later_sessions(&stmt))
            source->later_line = stmt.line;
        if (touches && !source->sets_line &&
            (mb_stmt_sets_session(&stmt) || mb_stmt_makes_temporary(&stmt)))
            source->sets_line = stmt.line;
        source->adds_enum_value = source->adds_enum_value || stmt.kind == MB_STMT_ADD_VALUE;
        add_to_outline(o, &stmt);
        add_modes(source, o, &stmt);
    }
    return false;
}

static bool scan(mb_source *source, mb_script *script, mb_error *err)
{
    outline o = {0};
    mb_half_done ran = {0};
    bool ok = scan_statements(source, &o, script, &ran, err);

    source->modes = o.modes.data;
    mb_half_done_free(&ran);
    return ok;
}

/* A byte order mark is not text. */
static bool is_blank(const char *text, size_t len)
{
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    return len == 0;
}

static bool refuse_empty(const mb_source *source, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE,
            in_section(source) ? "the rollback section is empty" : "the file is empty");
    mb_fail_hint(err, source->lua ? "A migration in Lua returns a table with a function \"up\"."
                                  : "Write the rollback, or delete it if there is none. If there "
                                    "is nothing to undo, a comment that says so is enough.");
    return mb_fail_at(err, source->path, 0, 0);
}

bool mb_source_check_blank(const mb_source *source, const char *text, size_t len, mb_error *err)
{
    return !is_blank(text, len) || refuse_empty(source, err);
}

/* The statements below that line would never run. */
static bool refuse_part(const mb_source *source, int line, mb_error *err)
{
    if (source->direction == MB_DOWN) {
        mb_fail(err, MB_ERR_FILE, "a rollback file has a line \"-- moonbird:down\"");
        mb_fail_hint(err, "Remove the line: the whole file is the rollback.");
    } else {
        mb_fail(err, MB_ERR_FILE, "a repeatable migration has no rollback: it runs again when its "
                                  "file changes");
        mb_fail_hint(err, "Delete this line and what is below it.");
    }
    return mb_fail_at(err, source->path, line, 0);
}

/* Is a line `-- moonbird:down` in the file, where it has no meaning? */
static bool is_misplaced(const mb_source *source, const mb_script *script)
{
    return mb_script_has_down(script) &&
           (source->direction == MB_DOWN ? !in_section(source)
                                         : source->file && source->file->repeatable);
}

char *mb_source_full(const mb_source *source)
{
    return mb_path_join(source->root, source->path);
}

static bool open_script(mb_script **out, const mb_source *source, mb_error *err)
{
    char *full = mb_source_full(source);
    bool ok = true;

    if (source->kept) {
        *out = mb_script_of_bytes(source->kept->text.data, source->kept->text.len, full,
                                  source->section);
        mb_script_is_cut(*out, &source->cut);
    } else
        ok = mb_script_open_cut(out, full, &source->cut, source->section, err);
    free(full);
    if (ok)
        mb_script_plan(*out, !source->backslashes);
    return ok;
}

bool mb_source_script(mb_script **out, const mb_source *source, mb_error *err)
{
    if (!open_script(out, source, err))
        return false;
    if (source->kept)
        mb_script_unhashed(*out, source->shape == MB_SHAPE_SEGMENTS);
    return true;
}

/* Read the whole file if it is not longer than `room`, else its head. */
static bool read_text(mb_kept_file *out, mb_source *source, const char *full, size_t room,
                      bool *whole, mb_error *err)
{
    int64_t size;
    bool fits;

    out->mark = mb_file_mark_of(full);
    source->is_large = out->mark.size > MB_SOURCE_HEAD;
    size = source->cut.line ? (int64_t)source->cut.len : out->mark.size;
    fits = size <= (int64_t)room && !source->cut.text;
    if (!mb_cut_read(&out->text, full, &source->cut, fits ? room + 1 : MB_SOURCE_HEAD, err))
        return false;
    *whole = fits && out->text.len <= room;
    return true;
}

static void keep(mb_source *source, mb_kept_file *file)
{
    source->kept = mb_alloc(sizeof *source->kept);
    *source->kept = *file;
    mb_buf_fit(&source->kept->text);
    *file = (mb_kept_file){0};
}

/* The directives that the file's format knows, although the file has no comment with them. */
static void add_given(mb_directives *d, const mb_source *source)
{
    d->no_transaction = d->no_transaction || source->cut.no_transaction;
    if (source->direction == MB_UP && source->file && source->file->given)
        mb_directives_add(d, source->file->given);
}

static void keep_directives(mb_source *source, mb_directives *d)
{
    if (!mb_directives_are_given(d))
        return;
    source->own_directives = mb_alloc(sizeof *d);
    *source->own_directives = *d;
    source->directives = source->own_directives;
}

static bool check_head(mb_source *source, const mb_buf *text, mb_error *err)
{
    const char *head = mb_buf_str(text);
    mb_directives d;

    if (source->direction == MB_DOWN && !mb_source_check_blank(source, head, text->len, err))
        return false;
    if (mb_directives_read(&d, head, text->len, source->path, err)) {
        source->is_bare = is_blank(head, text->len);
        source->has_directives = mb_directives_are_given(&d);
        add_given(&d, source);
        keep_directives(source, &d);
        return true;
    }
    if (source->cut.line)
        err->line += source->cut.line - 1;
    return false;
}

static bool check_statements(mb_source *source, const char *full, mb_error *err)
{
    mb_script *script = NULL;
    bool ok = open_script(&script, source, err) && scan(source, script, err);

    if (ok && in_section(source) && source->statements == 0 && !mb_script_has_down_comment(script))
        ok = refuse_empty(source, err);
    if (ok && is_misplaced(source, script))
        ok = refuse_part(source, mb_script_down_line(script), err);
    source->has_down = ok && mb_script_has_down(script);
    if (ok && source->cut.text)
        ok = mb_cut_sum(source->sums.file, full, &source->cut, err);
    mb_script_close(script);
    return ok;
}

bool mb_source_open_sql(mb_source *source, size_t room, mb_error *err)
{
    char *full = mb_source_full(source);
    mb_kept_file file = {0};
    bool whole = false;
    bool ok = read_text(&file, source, full, room, &whole, err) &&
              check_head(source, &file.text, err);

    if (ok && whole)
        keep(source, &file);
    mb_buf_free(&file.text);
    ok = ok && check_statements(source, full, err);
    if (!ok && strcmp(err->file, full) == 0)
        mb_format_into(err->file, sizeof err->file, "%s", source->path);
    free(full);
    return ok;
}

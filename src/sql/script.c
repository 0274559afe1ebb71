/* script.c -- a script's life: open, read statement by statement, checksums, close. */
#include "splitter.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/open_file.h"

#include "classify.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mb_script *make(const char *name, mb_section wanted)
{
    mb_script *script = mb_alloc(sizeof *script);

    script->name = mb_strdup(name);
    script->wanted = wanted;
    script->lexer = (mb_lexer){.in = &script->in, .standard_strings = true};
    script->place = (mb_place){1, 1};
    script->in_head = script->line_start = script->session_strings = true;
    mb_normalizer_start(&script->normalizer);
    return script;
}

mb_script *mb_script_of_fd(int fd, const char *name, mb_section section)
{
    mb_script *script = make(name, section);

    mb_reader_of_fd(&script->in, fd, MB_READER_CHUNK);
    return script;
}

bool mb_script_open(mb_script **out, const char *path, mb_section section, mb_error *err)
{
    int fd;

    if (!mb_open_to_read(&fd, path, err))
        return false;
    *out = mb_script_of_fd(fd, path, section);
    return true;
}

bool mb_script_open_cut(mb_script **out, const char *path, const mb_cut *cut, mb_section section,
                        mb_error *err)
{
    if (cut->text)
        *out = mb_script_of_bytes(cut->text, strlen(cut->text), path, section);
    else if (!mb_script_open(out, path, section, err))
        return false;
    else if (cut->line && lseek((*out)->in.fd, (off_t)cut->from, SEEK_SET) < 0) {
        mb_script_close(*out);
        return mb_fail_errno(err, path, "cannot read the file");
    } else if (cut->line)
        mb_reader_limit(&(*out)->in, cut->len);
    mb_script_is_cut(*out, cut);
    return true;
}

void mb_script_is_cut(mb_script *script, const mb_cut *cut)
{
    script->part = cut->line > 0;
    if (script->part)
        script->place.line = cut->line;
    script->breakpoint = cut->breakpoint;
    if (cut->no_transaction)
        mb_normalizer_directive(&script->normalizer, "transaction=off", strlen("transaction=off"));
}

mb_script *mb_script_of_pieces(const char *text, size_t len, const char *name, mb_section section,
                               size_t piece)
{
    mb_script *script = make(name, section);

    mb_reader_of_text(&script->in, text, len, piece);
    return script;
}

mb_script *mb_script_of_bytes(const char *text, size_t len, const char *path, mb_section section)
{
    return mb_script_of_pieces(text, len, path, section,
                               len < MB_READER_CHUNK ? len + 1 : MB_READER_CHUNK);
}

mb_script *mb_script_of_text(const char *text, size_t len, const char *name)
{
    return mb_script_of_bytes(text, len, name, MB_SECTION_UP);
}

bool mb_script_is_unterminated(const mb_script *script)
{
    return script->unterminated;
}

void mb_script_close(mb_script *script)
{
    if (!script)
        return;
    mb_reader_close(&script->in);
    mb_normalizer_free(&script->normalizer);
    mb_buf_free(&script->copy_sql);
    free(script->name);
    free(script);
}

void mb_script_watch(mb_script *script, mb_comment_check *check, const char *tool)
{
    script->check = check;
    script->tool = tool;
}

void mb_script_standard_strings(mb_script *script, bool on)
{
    script->disputed = script->planned && on != script->lexer.standard_strings;
    if (!script->planned)
        script->session_strings = script->lexer.standard_strings = on;
}

void mb_script_plan(mb_script *script, bool on)
{
    mb_script_standard_strings(script, on);
    script->planned = true;
}

/* Does the server read this statement differently than the plan did? */
static bool is_disputed(const mb_script *script, const mb_reading *now)
{
    return script->disputed && memchr(script->in.data, '\\', now->end);
}

/* A statement that sets standard_conforming_strings changes how the next ones are read. */
static void follow_strings(mb_script *script, const mb_reading *now)
{
    bool on;

    if (mb_sets_standard_strings(script->in.data, now->end, script->session_strings, &on))
        script->lexer.standard_strings = on;
}

/* Reads the next statement of either section, to the window's beginning. */
static bool read_next(mb_script *script, mb_reading *now, bool *found, mb_error *err)
{
    mb_token token;

    if (!mb_script_to_statement(script, found, err))
        return false;
    if (!*found)
        return true;
    if (!mb_statement_read(script, now, &token, err))
        return false;
    if (token.kind == MB_TOKEN_SEMICOLON) {
        now->at = token.to;
        script->line_start = false;
    }
    script->copying = now->copy_in && now->hard_end != MEANS_DOWN;
    if (script->copying && !mb_copy_line(script, now, err))
        return false;
    if (mb_script_wants(script) && is_disputed(script, now))
        return mb_script_fail_disputed(script, err);
    follow_strings(script, now);
    script->done = now->at;
    return true;
}

/* Describes the statement at the window's beginning to the caller. */
static void describe(mb_script *script, const mb_reading *now, mb_stmt *out)
{
    mb_buf *copy = &script->copy_sql;

    *out = (mb_stmt){.sql = script->in.data,
                     .len = now->end,
                     .number = ++script->number,
                     .line = script->place.line,
                     .column = script->place.column};
    if (now->copy_in) {
        mb_buf_clear(copy);
        mb_buf_add(copy, out->sql, out->len);
        out->sql = copy->data;
        out->kind = MB_STMT_COPY_IN;
        return;
    }
    out->kind = mb_classify(out->sql, out->len, &out->concurrently);
    script->cut = now->end;
    script->under_cut = mb_reader_put(&script->in, now->end, '\0');
}

/* Skips unread COPY data. */
static bool skip_copy_data(mb_script *script, mb_error *err)
{
    const char *data;
    size_t len;

    while (script->copying)
        if (!mb_script_copy_data(script, &data, &len, err))
            return false;
    return true;
}

/* Removes the statement that was returned last from the window. */
static bool finish(mb_script *script, mb_error *err)
{
    if (script->cut)
        mb_reader_put(&script->in, script->cut, script->under_cut);
    script->cut = 0;
    if (!skip_copy_data(script, err))
        return false;
    mb_script_drop(script, script->done);
    script->done = 0;
    return true;
}

/* Steps over a byte order mark. */
static bool start(mb_script *script, mb_error *err)
{
    size_t skip;

    script->started = true;
    mb_reader_at(&script->in, 3);
    if (!mb_text_bom(script->in.data, script->in.len, &skip, err))
        return mb_fail_at(err, script->name, 1, 1);
    mb_reader_drop(&script->in, skip);
    return true;
}

bool mb_script_next(mb_script *script, mb_stmt *out, bool *found, mb_error *err)
{
    mb_reading now;

    if (!script->started && !start(script, err))
        return false;
    do {
        if (!finish(script, err))
            return false;
        if (!read_next(script, &now, found, err) && !script->in.failed)
            return false;
        if (script->in.failed)
            return mb_script_fail_read(script, err);
    } while (*found && !mb_script_wants(script));
    if (*found)
        describe(script, &now, out);
    return true;
}

void mb_script_checksums(const mb_script *script, mb_checksums *out)
{
    mb_reader_checksum(&script->in, out->file);
    mb_normalizer_whole(&script->normalizer, out->normalized);
}

void mb_script_progress_checksum(mb_script *script, char hex[MB_HASH_HEX])
{
    mb_error later; /* the next mb_script_next reports it */

    (void)skip_copy_data(script, &later);
    mb_normalizer_statements(&script->normalizer, hex);
}

void mb_script_unhashed(mb_script *script, bool progress)
{
    mb_reader_unhashed(&script->in);
    if (!progress)
        mb_normalizer_stop(&script->normalizer);
}

bool mb_script_has_down(const mb_script *script)
{
    return script->down_line > 0;
}

int mb_script_down_line(const mb_script *script)
{
    return script->down_line;
}

bool mb_script_has_down_comment(const mb_script *script)
{
    return script->down_comment;
}

bool mb_stmt_fail(mb_error *err, const mb_script *script, const mb_stmt *stmt)
{
    return mb_sql_fail(err, script->name, stmt);
}

/*
 * sql_migrate.c -- migrations of sql-migrate: SQL files with `-- +migrate Up` and `-- +migrate
 * Down`.
 *
 * The rules are those of sqlparse.go and migrate.go: an annotation begins with exactly
 * "-- +migrate ", its words are case-sensitive, and the word "notransaction" after Up or Down is for
 * that part.  The order is by leading number, then by name.
 */
#include "formats.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The text behind "-- +migrate WORD"; NULL: the line is another one. */
static const char *after(const mb_line *line, const char *word)
{
    static const char prefix[] = "-- +migrate ";
    const char *s = line->text + sizeof prefix - 1, *end = line->text + line->len;
    size_t len = strlen(word);

    if (line->len < sizeof prefix - 1 || memcmp(line->text, prefix, sizeof prefix - 1) != 0)
        return NULL;
    while (s < end && isspace((unsigned char)*s))
        s++;
    if ((size_t)(end - s) < len || memcmp(s, word, len) != 0)
        return NULL;
    s += len;
    return s == end || isspace((unsigned char)*s) ? s : NULL;
}

typedef struct sections {
    mb_cut up, down;
    int block; /* the line of a StatementBegin that is open; 0: none */
} sections;

static bool refuse(mb_error *err, const mb_listing *l, const mb_entry *e, int line,
                   const char *what)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    mb_fail_hint(err, "sql-migrate expects one line \"-- +migrate Up\", the statements, one line "
                      "\"-- +migrate Down\", and the statements that undo them.");
    return mb_fail_in(err, l, e->file, line);
}

/* Has the text the word "notransaction"? */
static bool has_option(const char *s, const char *end)
{
    static const char option[] = "notransaction";

    while (s < end) {
        const char *word = s;

        while (s < end && !isspace((unsigned char)*s))
            s++;
        if ((size_t)(s - word) == sizeof option - 1 && memcmp(word, option, sizeof option - 1) == 0)
            return true;
        s += s < end;
    }
    return false;
}

/* `noTransaction`, `no transaction`, `notransactions` */
static bool is_nearly_option(const mb_line *line, const char *options)
{
    const char *end = line->text + line->len;
    char *text = mb_strndup(options, (size_t)(end - options));
    bool nearly = strcasestr(text, "transaction") && !has_option(options, end);

    free(text);
    return nearly;
}

static bool start(sections *s, mb_cut *cut, const mb_line *line, const char *options)
{
    const char *end = line->text + line->len;

    if (cut->line || s->block || s->down.line)
        return false;
    if (cut == &s->down && s->up.line)
        s->up.len = line->from - s->up.from;
    *cut = mb_cut_of(line->next, line->number + 1, line->next);
    cut->no_transaction = has_option(options, end);
    cut->breakpoint = "+migrate statementend";
    return true;
}

static bool add_line(sections *s, const mb_line *line, const mb_listing *l, const mb_entry *e,
                     mb_error *err)
{
    const char *up = after(line, "Up"), *down = after(line, "Down");
    bool begins = after(line, "StatementBegin"), ends = after(line, "StatementEnd");

    if ((up && !start(s, &s->up, line, up)) || (down && !start(s, &s->down, line, down)))
        return refuse(err, l, e, line->number, "this annotation is in the wrong place");
    if ((up || down) && is_nearly_option(line, up ? up : down))
        return mb_fail_nearly(err, l, e->file, line, "sql-migrate", "notransaction");
    if ((begins && s->block) || (ends && !s->block))
        return refuse(err, l, e, line->number, "StatementBegin and StatementEnd do not pair");
    s->block = begins ? line->number : ends ? 0 : s->block;
    if (!up && !down && !s->up.line && !s->down.line && !mb_line_is_comment(line))
        return refuse(err, l, e, line->number, "a statement comes before \"-- +migrate Up\"");
    return true;
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    sections s = {0};
    mb_line line = {0};

    while (mb_line_next(&line, text))
        if (!add_line(&s, &line, l, e, err))
            return false;
    if (s.block)
        return refuse(err, l, e, s.block, "this StatementBegin has no StatementEnd");
    if (!s.up.line)
        return refuse(err, l, e, 0, "the file has no line \"-- +migrate Up\"");
    mb_entry_end_sections(e, &s.up, &s.down, text);
    return true;
}

static bool takes_any(const char *file)
{
    (void)file;
    return true;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    if (!mb_entries_read(out, l, takes_any, read_sections, err))
        return false;
    mb_entries_sort(out, mb_compare_numbers);
    return true;
}

const mb_file_format mb_format_sql_migrate = {
    .name = "sql-migrate",
    .down_place = "below a line \"-- +migrate Down\"",
    .tool = "sql-migrate",
    .runs_each_sql = true,
    .expected = "SQL files with \"-- +migrate Up\"",
    .created = {"-- +migrate Up\n", "-- +migrate Down\n", ".sql", NULL, false},
    .commits = true,
    .list = list,
};

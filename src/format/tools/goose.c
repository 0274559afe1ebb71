/*
 * goose.c -- migrations of goose: NUMBER_NAME.sql with `-- +goose Up` and other annotations.
 *
 * The rules are those of migration.go and internal/sqlparser/parser.go. An annotation is a line
 * that begins with two dashes and has "+goose"; only the annotations below exist, in any case. With
 * white space before it, it is an error.
 * moonbird splits statements by psql's rules, so it ignores StatementBegin. StatementEnd ends a
 * statement, because goose needs no ";" before it.
 */
#include "formats.h"
#include "format/settings/variables.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum annotation {
    NONE,
    UP,
    DOWN,
    STATEMENT_BEGIN,
    STATEMENT_END,
    NO_TRANSACTION,
    ENVSUB_ON,
    ENVSUB_OFF,
    UNKNOWN,
    INDENTED,
} annotation;

/* The words of an annotation after "+goose", in lower case and without dashes, into `out`. */
static void read_words(char *out, size_t size, const mb_line *line)
{
    const char *s = line->text, *end = s + line->len;
    bool named = false;
    size_t n = 0;

    while (s < end && n + 1 < size) {
        if (end - s >= 2 && s[0] == '-' && s[1] == '-')
            s += 2;
        else if (!named && end - s >= 6 && memcmp(s, "+goose", 6) == 0)
            named = true, s += 6;
        else if (n == 0 && isspace((unsigned char)*s))
            s++;
        else
            out[n++] = *s++;
    }
    while (n > 0 && isspace((unsigned char)out[n - 1]))
        n--;
    out[n] = '\0';
}

static annotation annotation_of(const mb_line *line)
{
    static const char *const names[] = {
        [UP] = "up",
        [DOWN] = "down",
        [STATEMENT_BEGIN] = "statementbegin",
        [STATEMENT_END] = "statementend",
        [NO_TRANSACTION] = "no transaction",
        [ENVSUB_ON] = "envsub on",
        [ENVSUB_OFF] = "envsub off",
    };
    const char *s = line->text, *end = s + line->len;
    char words[64];

    while (s < end && isspace((unsigned char)*s))
        s++;
    if (end - s < 2 || memcmp(s, "--", 2) != 0 || !memmem(s, (size_t)(end - s), "+goose", 6))
        return NONE;
    if (s > line->text)
        return INDENTED;
    read_words(words, sizeof words, line);
    for (annotation a = UP; a < UNKNOWN; a++)
        if (strcasecmp(words, names[a]) == 0)
            return a;
    return UNKNOWN;
}

/* A file while its lines are read. */
typedef struct reading {
    const mb_listing *l;
    mb_entry *e;
    mb_cut up, down;
    int block_line; /* of a StatementBegin that is open; 0: none */
    int statement;  /* the line of a statement before the up part; 0: none */
    bool no_transaction;
    bool envsub;     /* ENVSUB ON came last */
    mb_buf replaced; /* the text of the section so far, with variables replaced */
    bool replaces;   /* a variable of the section was replaced */
} reading;

static bool refuse(mb_error *err, const reading *r, int line, const char *what, const char *hint)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_in(err, r->l, r->e->file, line);
}

static const char form[] = "goose expects one line \"-- +goose Up\", the statements, one line "
                           "\"-- +goose Down\", and the statements that undo them.";
static const char pairs[] = "Write a \"-- +goose StatementEnd\" for each \"-- +goose "
                            "StatementBegin\", below it and in the same part of the file.";

static mb_cut *current(reading *r)
{
    return r->down.line ? &r->down : &r->up;
}

/* Ends the section that is being read, at offset `at`. */
static bool end_section(reading *r, size_t at, mb_error *err)
{
    mb_cut *cut = current(r);

    if (r->block_line)
        return refuse(err, r, r->block_line,
                      "\"-- +goose StatementBegin\" has no "
                      "\"-- +goose StatementEnd\"",
                      pairs);
    cut->len = at - cut->from;
    if (r->replaces)
        cut->text = mb_strdup(mb_buf_str(&r->replaced));
    mb_buf_clear(&r->replaced);
    r->replaces = false;
    return true;
}

static bool start_section(reading *r, mb_cut *cut, const mb_line *line, mb_error *err)
{
    if (cut == &r->down && !r->up.line)
        return refuse(err, r, line->number, "\"-- +goose Down\" comes before \"-- +goose Up\"",
                      form);
    if (cut->line || (cut == &r->up && r->down.line))
        return refuse(err, r, line->number,
                      cut == &r->up ? "the file has a second \"-- +goose Up\""
                                    : "the file has a second \"-- +goose Down\"",
                      form);
    if (cut == &r->down && !end_section(r, line->from, err))
        return false;
    *cut = mb_cut_of(line->next, line->number + 1, line->next);
    return true;
}

static bool add_block(reading *r, annotation a, const mb_line *line, mb_error *err)
{
    if (!r->up.line)
        return refuse(err, r, line->number, "a statement comes before \"-- +goose Up\"", form);
    if (a == STATEMENT_BEGIN && r->block_line)
        return refuse(err, r, r->block_line,
                      "\"-- +goose StatementBegin\" has no "
                      "\"-- +goose StatementEnd\"",
                      pairs);
    if (a == STATEMENT_END && !r->block_line)
        return refuse(err, r, line->number,
                      "\"-- +goose StatementEnd\" has no "
                      "\"-- +goose StatementBegin\"",
                      pairs);
    r->block_line = a == STATEMENT_BEGIN ? line->number : 0;
    return true;
}

static bool add_annotation(reading *r, annotation a, const mb_line *line, mb_error *err)
{
    switch (a) {
    case UP:
        return start_section(r, &r->up, line, err);
    case DOWN:
        return start_section(r, &r->down, line, err);
    case STATEMENT_BEGIN:
    case STATEMENT_END:
        return add_block(r, a, line, err);
    case NO_TRANSACTION:
        r->no_transaction = true;
        return true;
    case ENVSUB_ON:
    case ENVSUB_OFF:
        r->envsub = a == ENVSUB_ON;
        return true;
    case INDENTED:
        return refuse(err, r, line->number, "goose refuses an annotation with white space before it",
                      "Write it at the beginning of the line, or reword the comment.");
    default:
        return refuse(err, r, line->number, "this is not an annotation of goose",
                      "Its annotations are Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, "
                      "ENVSUB ON and ENVSUB OFF. Correct the word after +goose, or reword the "
                      "comment: goose refuses any other word there.");
    }
}

/* Adds a line to the section's text, with its variables replaced while ENVSUB is on. */
static bool add_text(reading *r, const mb_line *line, const mb_buf *text, mb_error *err)
{
    mb_variable_error why = {0};

    if (!r->envsub) {
        mb_buf_add(&r->replaced, text->data + line->from, line->next - line->from);
        return true;
    }
    if (mb_replace_variables(&r->replaced, &why, text->data + line->from,
                             line->next - line->from)) {
        r->replaces = r->replaces || why.replaced;
        return true;
    }
    mb_fail(err, MB_ERR_FILE, "%s", why.message);
    mb_fail_hint(err, "%s", why.hint);
    return mb_fail_in(err, r->l, r->e->file, line->number);
}

static bool add_line(reading *r, const mb_line *line, const mb_buf *text, mb_error *err)
{
    annotation a = annotation_of(line);

    if (a != NONE && !add_annotation(r, a, line, err))
        return false;
    if (a == NONE && !r->up.line && !r->statement && !mb_line_is_comment(line))
        r->statement = line->number;
    if (r->up.line && a != UP && a != DOWN)
        return add_text(r, line, text, err);
    return true;
}

static void keep(reading *r, const mb_buf *text)
{
    mb_entry *e = r->e;

    r->up.no_transaction = r->down.no_transaction = r->no_transaction;
    r->up.breakpoint = r->down.breakpoint = "+goose statementend";
    e->up = r->up;
    mb_entry_set_down(e, &r->down, text);
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    reading r = {.l = l, .e = e};
    mb_line line = {0};
    bool ok = true;

    while (ok && mb_line_next(&line, text))
        ok = add_line(&r, &line, text, err);
    if (ok && !r.up.line)
        ok = refuse(err, &r, 0,
                    "the file has no line \"-- +goose Up\", as other files of the "
                    "folder have",
                    form);
    if (ok && r.statement)
        ok = refuse(err, &r, r.statement, "a statement comes before \"-- +goose Up\"", form);
    ok = ok && end_section(&r, text->len, err);
    if (ok) {
        keep(&r, text);
    } else {
        free(r.up.text);
        free(r.down.text);
    }
    mb_buf_free(&r.replaced);
    return ok;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++)
        out->taken[i] = mb_path_ends(l->files->items[i], "_test.go");
    if (!mb_entries_read(out, l, mb_is_number_name, read_sections, err))
        return false;
    mb_entries_sort(out, mb_compare_numbers);
    if (out->n > 0 && strcmp(out->items[0].number, "0") == 0) {
        mb_fail(err, MB_ERR_FILE, "goose refuses the number 0");
        mb_fail_hint(err, "Its numbers begin with 1: rename the file.");
        return mb_fail_in(err, l, out->items[0].file, 0);
    }
    return mb_entries_check_numbers(out, l, err);
}

const mb_file_format mb_format_goose = {
    .name = "goose",
    .down_place = "below a line \"-- +goose Down\"",
    .tool = "goose",
    .runs_each_sql = true,
    .expected = "NUMBER_NAME.sql",
    .strict = true,
    .created = {"-- +goose Up\n", "-- +goose Down\n", ".sql", NULL, false},
    .commits = true,
    .list = list,
};

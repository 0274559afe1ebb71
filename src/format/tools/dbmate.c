/*
 * dbmate.c -- migrations of dbmate: NUMBER_NAME.sql with `-- migrate:up` and `-- migrate:down`.
 *
 * The rules are those of pkg/dbmate/migration.go: both annotations begin in column 1, in lower
 * case, and only comments come before the up part. The only option that counts is transaction, for
 * the part below its line; the last one on the line decides.  Its table has the leading digits of a
 * name alone.
 */
#include "formats.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/suggest.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The options behind `-- migrate:PART`; NULL: the line is another one.  It may be "". */
static const char *options_of(const mb_line *line, const char *part)
{
    const char *s = line->text, *end = s + line->len;
    size_t len = strlen(part);

    if (line->len < 2 || s[0] != '-' || s[1] != '-')
        return NULL;
    for (s += 2; s < end && isspace((unsigned char)*s);)
        s++;
    if ((size_t)(end - s) < len || memcmp(s, part, len) != 0)
        return NULL;
    s += len;
    return s == end || isspace((unsigned char)*s) ? s : NULL;
}

static bool is_word(const char *word, size_t len, const char *expected)
{
    return len == strlen(expected) && memcmp(word, expected, len) == 0;
}

/* `Transaction:false`, `no-transaction`, `transacton:off` */
static bool is_nearly_option(const char *word, size_t len)
{
    static const char *const names[] = {"transaction", "notransaction"};
    char letters[16];
    size_t n = 0;

    for (size_t i = 0; i < len && word[i] != ':' && word[i] != '=' && n < sizeof letters - 1; i++)
        if (isalpha((unsigned char)word[i]))
            letters[n++] = (char)tolower((unsigned char)word[i]);
    letters[n] = '\0';
    return mb_nearest(letters, names, sizeof names / sizeof names[0]) != NULL;
}

/*
 * Reads the options; *no_transaction: transaction:false is the last of them.  false: dbmate ignores
 * an option that is nearly one of these, as "transaction: false".
 */
static bool read_options(bool *no_transaction, const mb_line *line, const char *options)
{
    const char *end = line->text + line->len;

    *no_transaction = false;
    while (options < end) {
        const char *word = options;
        size_t len;

        while (options < end && !isspace((unsigned char)*options))
            options++;
        len = (size_t)(options - word);
        if (is_word(word, len, "transaction:false") || is_word(word, len, "transaction:true"))
            *no_transaction = word[len - 4] == 'a';
        else if (is_nearly_option(word, len))
            return false;
        options += options < end;
    }
    return true;
}

/* The sections of a file while its lines are read. */
typedef struct sections {
    const mb_listing *listing;
    mb_entry *entry;
    mb_cut up, down;
    int statement; /* the line of a statement before the up part; 0: none */
    bool many;     /* there is a second pair; then the texts count: */
    mb_buf ups, downs; /* their lines, in the same lines as in the file */
} sections;

static bool refuse(mb_error *err, const sections *s, int line, const char *what)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    mb_fail_hint(err, "dbmate expects a line \"-- migrate:up\", the statements, a line "
                      "\"-- migrate:down\", and the statements that undo them.");
    return mb_fail_in(err, s->listing, s->entry->file, line);
}

/* Begins a pair after the first one, or its down part. */
static bool add_pair(sections *s, const mb_cut *cut, bool up, const mb_line *line, mb_error *err)
{
    if (up && !s->down.line)
        return refuse(err, s, line->number, "the file has a second \"-- migrate:up\"");
    if (!up && !(s->many && s->up.line > s->down.line))
        return refuse(err, s, line->number, "the file has a second \"-- migrate:down\"");
    if (cut->no_transaction != (up ? &s->up : &s->down)->no_transaction)
        return refuse(err, s, line->number, "the pairs of this file differ in transaction:false");
    s->many = true;
    (up ? &s->up : &s->down)->line = cut->line;
    return true;
}

static bool start_part(sections *s, const mb_line *line, const char *up, const char *down,
                       mb_error *err)
{
    mb_cut cut = mb_cut_of(line->next, line->number + 1, line->next);

    if (!read_options(&cut.no_transaction, line, up ? up : down))
        return mb_fail_nearly(err, s->listing, s->entry->file, line, "dbmate", "transaction:false");
    if (down && !s->up.line)
        return refuse(err, s, line->number, "\"-- migrate:down\" comes before \"-- migrate:up\"");
    if (up ? s->up.line : s->down.line)
        return add_pair(s, &cut, up, line, err);
    if (down)
        s->up.len = line->from - s->up.from;
    *(up ? &s->up : &s->down) = cut;
    return true;
}

static bool add_line(sections *s, const mb_line *line, mb_error *err)
{
    const char *up = options_of(line, "migrate:up"), *down = options_of(line, "migrate:down");

    if (up || down) {
        mb_buf_putc(&s->ups, '\n');
        mb_buf_putc(&s->downs, '\n');
        return start_part(s, line, up, down, err);
    }
    if (!s->up.line && !s->statement && !mb_line_is_comment(line))
        s->statement = line->number;
    if (s->up.line)
        mb_buf_add(s->up.line > s->down.line ? &s->ups : &s->downs, line->text, line->len);
    mb_buf_putc(&s->ups, '\n');
    mb_buf_putc(&s->downs, '\n');
    return true;
}

/* All up parts run as one, and so do all down parts. */
static void join_parts(sections *s, const mb_buf *text)
{
    mb_entry *e = s->entry;
    mb_cut up = mb_cut_of(0, 1, text->len), down = up;

    up.no_transaction = s->up.no_transaction;
    down.no_transaction = s->down.no_transaction;
    up.text = mb_strdup(mb_buf_str(&s->ups));
    down.text = mb_strdup(mb_buf_str(&s->downs));
    e->up = up;
    e->down = down;
    e->down_file = mb_strdup(e->file);
}

static bool set_parts(sections *s, const mb_buf *text, mb_error *err)
{
    if (!s->up.line)
        return refuse(err, s, 0,
                      "the file has no line \"-- migrate:up\", as other files of the "
                      "folder have");
    if (s->statement)
        return refuse(err, s, s->statement, "a statement comes before \"-- migrate:up\"");
    if (s->many && s->up.line > s->down.line)
        return refuse(err, s, s->up.line - 1,
                      "this \"-- migrate:up\" has no "
                      "\"-- migrate:down\" below it");
    if (s->many)
        join_parts(s, text);
    else
        mb_entry_end_sections(s->entry, &s->up, &s->down, text);
    return true;
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    sections s = {.listing = l, .entry = e};
    mb_line line = {0};
    bool ok = true;

    while (ok && mb_line_next(&line, text))
        ok = add_line(&s, &line, err);
    ok = ok && set_parts(&s, text, err);
    mb_buf_free(&s.ups);
    mb_buf_free(&s.downs);
    return ok;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    if (!mb_entries_read(out, l, mb_is_numbered, read_sections, err))
        return false;
    /* The order is that of the files' names, in which 09 comes before 10, and 10 before 1. */
    return mb_entries_check_numbers(out, l, err);
}

const mb_file_format mb_format_dbmate = {
    .name = "dbmate",
    .down_place = "below a line \"-- migrate:down\"",
    .tool = "dbmate",
    .runs_each_sql = true,
    .expected = "NUMBER_NAME.sql",
    .created = {"-- migrate:up\n", "-- migrate:down\n", ".sql", NULL, false},
    .commits = true,
    .list = list,
};

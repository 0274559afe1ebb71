/*
 * tern.c -- migrations of tern: NUMBER_NAME.sql, numbered from 1 without a gap.
 *
 * The rules are those of migrate/migrate.go: the first divider, anywhere in the text, separates the
 * up part from the down part, and a line `---- tern: disable-tx ----` counts for its part.  The files are Go templates;
 * moonbird runs only those that have none.
 */
#include "formats.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <stdlib.h>
#include <string.h>

static const char divider[] = "---- create above / drop below ----";
static const char disable_tx[] = "---- tern: disable-tx ----";

static bool refuse_template(mb_error *err, const mb_listing *l, const char *file, int line)
{
    mb_fail(err, MB_ERR_FILE, "the file is a template of tern, which moonbird does not run");
    mb_fail_hint(err, "Replace each {{ }} by its result, or rewrite the migration in Lua.");
    return mb_fail_in(err, l, file, line);
}

static bool is_line(const mb_line *line, const char *text)
{
    return line->len == strlen(text) && memcmp(line->text, text, line->len) == 0;
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    mb_cut up = mb_cut_of(0, 1, text->len), down = {0};
    mb_line line = {0};

    while (mb_line_next(&line, text)) {
        const char *at = memmem(line.text, line.len, divider, sizeof divider - 1);

        if (memmem(line.text, line.len, "{{", 2))
            return refuse_template(err, l, e->file, line.number);
        if (is_line(&line, disable_tx))
            *(down.line ? &down.no_transaction : &up.no_transaction) = true;
        else if (mb_line_begins(&line, "terndisable"))
            return mb_fail_nearly(err, l, e->file, &line, "tern", disable_tx);
        if (at && !down.line) {
            up.len = (size_t)(at - text->data);
            down = mb_cut_of(up.len + sizeof divider - 1, line.number, text->len);
        }
    }
    e->up = up;
    mb_entry_set_down(e, &down, text);
    return true;
}

/* The number of the entry at index `i` must be i + 1. */
static bool check_gaps(const mb_entries *out, const mb_listing *l, mb_error *err)
{
    for (size_t i = 0; i < out->n; i++) {
        char *number = mb_format("%zu", i + 1);
        bool follows = strcmp(out->items[i].number, number) == 0;

        if (!follows) {
            mb_fail(err, MB_ERR_FILE, "migration %s is missing", number);
            mb_fail_hint(err, "tern numbers its migrations from 1 without a gap.");
            mb_fail_in(err, l, out->items[i].file, 0);
        }
        free(number);
        if (!follows)
            return false;
    }
    return true;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    if (!mb_entries_read(out, l, mb_is_number_name, read_sections, err))
        return false;
    mb_entries_sort(out, mb_compare_numbers);
    return mb_entries_check_numbers(out, l, err) && check_gaps(out, l, err);
}

const mb_file_format mb_format_tern = {
    .name = "tern",
    .down_place = "below a line \"---- create above / drop below ----\"",
    .tool = "tern",
    .runs_each_sql = true,
    .expected = "NUMBER_NAME.sql",
    .created = {"", "---- create above / drop below ----\n", ".sql", NULL, false},
    .commits = true,
    .list = list,
};

/*
 * node_pg_migrate.c -- SQL migrations of node-pg-migrate: `-- Up Migration`, `-- Down Migration`.
 *
 * The rules are those of sqlMigration.js: `^\s*--[\s-]*up\s+migration`, in any case, the first hit;
 * each part runs to the other one.  Without an Up line the up part is the whole file, with its down
 * part; moonbird refuses that.  A prefix of 17 digits is a time in UTC, which counts in
 * milliseconds like the prefixes of 13 digits.
 */
#include "formats.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Does the line head the part "up" or "down"? */
static bool heads(const mb_line *line, const char *part)
{
    static const char word[] = "migration";
    const char *s = line->text, *end = s + line->len;
    size_t len = strlen(part);

    while (s < end && isspace((unsigned char)*s))
        s++;
    if (end - s < 2 || s[0] != '-' || s[1] != '-')
        return false;
    while (s < end && (isspace((unsigned char)*s) || *s == '-'))
        s++;
    if ((size_t)(end - s) <= len || strncasecmp(s, part, len) != 0 ||
        !isspace((unsigned char)s[len]))
        return false;
    for (s += len; s < end && isspace((unsigned char)*s);)
        s++;
    return (size_t)(end - s) >= sizeof word - 1 && strncasecmp(s, word, sizeof word - 1) == 0;
}

/* The milliseconds since 1970 of a prefix of 17 digits. */
static char *number_of_time(const char *digits)
{
    struct tm t = {0};
    int ms = 0;

    sscanf(digits, "%4d%2d%2d%2d%2d%2d%3d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
           &t.tm_min, &t.tm_sec, &ms);
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    return mb_format("%lld%03d", (long long)timegm(&t), ms);
}

/* The number of a migration or of a Lua file. */
static char *number_of(const char *name)
{
    return strspn(name, "0123456789") == 17 ? number_of_time(name) : mb_number_of(name);
}

static bool refuse_whole(mb_error *err, const mb_listing *l, const char *file, int line)
{
    mb_fail(err, MB_ERR_FILE,
            "the file has a \"Down Migration\" without an \"Up Migration\", so the "
            "whole file would be its up part");
    mb_fail_hint(err, "Write \"-- Up Migration\" above the statements of the up part.");
    return mb_fail_in(err, l, file, line);
}

/* node-pg-migrate never runs them. */
static bool refuse_above(mb_error *err, const mb_listing *l, const char *file)
{
    mb_fail(err, MB_ERR_FILE, "a statement comes before the first part of the file, so that "
                              "node-pg-migrate ignores it");
    mb_fail_hint(err, "Move it below \"-- Up Migration\", or remove it.");
    return mb_fail_in(err, l, file, 1);
}

/* node-pg-migrate takes it for a comment, so that a part may run in the wrong direction. */
static bool refuse_second(mb_error *err, const mb_listing *l, const char *file, int line)
{
    mb_fail(err, MB_ERR_FILE, "the file has a second part for this direction, and node-pg-migrate "
                              "takes this line for a comment");
    mb_fail_hint(err, "Write each part once, or split the file.");
    return mb_fail_in(err, l, file, line);
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    mb_cut up = {0}, down = {0};
    size_t up_at = 0, down_at = 0;
    mb_line line = {0};

    while (mb_line_next(&line, text)) {
        if ((up.line && heads(&line, "up")) || (down.line && heads(&line, "down")))
            return refuse_second(err, l, e->file, line.number);
        if (heads(&line, "up")) {
            up = mb_cut_of(line.next, line.number + 1, text->len);
            up_at = line.from;
        } else if (heads(&line, "down")) {
            down = mb_cut_of(line.next, line.number + 1, text->len);
            down_at = line.from;
        }
    }
    if (down.line && !up.line)
        return refuse_whole(err, l, e->file, down.line - 1);
    if (up.line && !mb_is_comments(text->data, down.line && down_at < up_at ? down_at : up_at))
        return refuse_above(err, l, e->file);
    if (down.line && down_at > up_at)
        up.len = down_at - up.from;
    else if (down.line)
        down.len = up_at - down.from;
    e->up = up;
    free(e->number);
    e->number = number_of(e->name);
    mb_entry_set_down(e, &down, text);
    return true;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    if (!mb_entries_read(out, l, mb_is_numbered, read_sections, err))
        return false;
    mb_entries_sort(out, mb_compare_numbers);
    return true;
}

const mb_file_format mb_format_node_pg_migrate = {
    .name = "node-pg-migrate",
    .down_place = "below a line \"-- Down Migration\"",
    .tool = "node-pg-migrate",
    .expected = "NUMBER_NAME.sql",
    .strict = true,
    .created = {"-- Up Migration\n", "-- Down Migration\n", ".sql", NULL, false},
    .commits = true,
    .list = list,
    .version = number_of,
};

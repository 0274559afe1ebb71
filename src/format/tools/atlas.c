/*
 * atlas.c -- versioned migrations of Atlas: VERSION_NAME.sql, listed with checksums in atlas.sum.
 *
 * The rules are those of sql/migrate/dir.go and lex.go.  atlas.sum: its first line is "h1:" and the
 * SHA-256, in base64, of all names and sums below it; each other line is a file's name and "h1:"
 * with the SHA-256 of the names and bytes so far.  A file's directives are in the comments at its
 * top, which an empty line follows.
 */
#include "formats.h"

#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char sum_file[] = "atlas.sum";

static const char *claim(const mb_listing *l)
{
    size_t at = mb_listed_from(l, sum_file);

    return at < l->files->n && strcmp(l->files->items[at], sum_file) == 0 ? sum_file : NULL;
}

/* ---- atlas.sum ---- */

static int digit_of(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* The hash in base64. */
static void base64(const mb_hash *hash, char out[45])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[33] = {0};
    char hex[MB_HASH_HEX];

    mb_hash_hex(hash, hex);
    for (size_t i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(digit_of(hex[2 * i]) * 16 + digit_of(hex[2 * i + 1]));
    for (size_t i = 0; i < 11; i++) {
        unsigned group =
            (unsigned)bytes[3 * i] << 16 | (unsigned)bytes[3 * i + 1] << 8 | bytes[3 * i + 2];

        for (size_t k = 0; k < 4; k++)
            out[4 * i + k] = letters[group >> (18 - 6 * k) & 63];
    }
    out[43] = '=';
    out[44] = '\0';
}

static bool refuse_sum(mb_error *err, const mb_listing *l, const char *file, const char *what,
                       int line)
{
    mb_fail(err, MB_ERR_FILE, "\"%s\" %s", file, what);
    mb_fail_hint(err, "Restore the file. If the change is intended, run atlas migrate hash.");
    return mb_fail_in(err, l, sum_file, line);
}

/* Does the first line say `atlas:sum ignore`? */
static bool is_ignored(const mb_buf *text)
{
    static const char mark[] = "atlas:sum";
    const char *s = mb_buf_str(text), *end = s + strcspn(s, "\n"), *at = strstr(s, mark);

    if (!at || at >= end)
        return false;
    at += sizeof mark - 1;
    at += *at == ' ' ? strspn(at, " ") : 0;
    return at > s && at[-1] == ' ' && (size_t)(end - at) == 6 && memcmp(at, "ignore", 6) == 0;
}

/* Compares one line NAME h1:SUM with its file, whose name and bytes are added to the hash. */
static bool check_line(mb_hash *hash, mb_names *listed, const mb_listing *l, const mb_line *line,
                       mb_error *err)
{
    const char *blank = memmem(line->text, line->len, " h1:", 4);
    char *name = mb_strndup(line->text, blank ? (size_t)(blank - line->text) : line->len);
    mb_buf text = {0};
    char sum[45];
    bool ok;

    mb_names_add(listed, name);
    if (!bsearch(&name, l->files->items, l->files->n, sizeof name, mb_compare_text))
        return refuse_sum(err, l, name, "is in atlas.sum, but not in the folder", line->number);
    ok = mb_listed_read(&text, l, name, err);
    mb_hash_add(hash, name, strlen(name));
    mb_hash_add(hash, mb_buf_str(&text), text.len);
    mb_buf_free(&text);
    base64(hash, sum);
    if (ok && blank && (line->text + line->len - blank != 48 || memcmp(blank + 4, sum, 44) != 0))
        ok = refuse_sum(err, l, name, "does not have the checksum in atlas.sum", line->number);
    return ok;
}

static bool check_listed(const mb_names *listed, const mb_listing *l, mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];
        bool found = !mb_path_ends(file, ".sql") || mb_path_ends(file, "_rollback.sql") ||
                     mb_path_ends(file, ".down.sql");

        for (size_t k = 0; !found && k < listed->n; k++)
            found = strcmp(listed->items[k], file) == 0;
        if (!found)
            return refuse_sum(err, l, file, "is not in atlas.sum", 0);
    }
    return true;
}

/* The checksums differ: Atlas counts only the name of a file with `atlas:sum ignore`. */
static void explain_ignored(const mb_listing *l, mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];
        mb_buf text = {0};
        mb_error unreadable; /* then the first error stays */

        if (mb_path_ends(file, ".sql") && mb_listed_read(&text, l, file, &unreadable) &&
            is_ignored(&text)) {
            mb_fail(err, MB_ERR_FILE, "Atlas does not run a file with \"atlas:sum ignore\"");
            mb_fail_hint(err, "Move it to another folder; then run atlas migrate hash.");
            mb_fail_in(err, l, file, 1);
        }
        mb_buf_free(&text);
    }
}

static bool check_sums(const mb_listing *l, mb_error *err)
{
    mb_hash *hash = mb_hash_new();
    mb_names listed = {0};
    mb_line line = {0};
    mb_buf text = {0};
    bool ok = mb_listed_read(&text, l, sum_file, err);

    while (ok && mb_line_next(&line, &text))
        if (line.number > 1 && line.len)
            ok = check_line(hash, &listed, l, &line, err);
    ok = ok && check_listed(&listed, l, err);
    if (!ok)
        explain_ignored(l, err);
    mb_names_free(&listed);
    mb_buf_free(&text);
    mb_hash_free(hash);
    return ok;
}

/* ---- a file ---- */

static bool refuse(mb_error *err, const mb_listing *l, const char *file, int line, const char *what)
{
    mb_fail(err, MB_ERR_FILE, "moonbird does not read %s of Atlas", what);
    mb_fail_hint(err, "Rewrite the file without it; then run atlas migrate hash.");
    return mb_fail_in(err, l, file, line);
}

/*
 * The value of the directive NAME in a comment, without white space at its ends, and its length:
 * `-- atlas:NAME VALUE`.  NULL: the line is another one.  As in Atlas, other text may come before it.
 */
static const char *directive(const mb_line *line, const char *name, size_t *len)
{
    static const char mark[] = "atlas:";
    const char *end = line->text + line->len, *s = line->text, *at = NULL;
    size_t n = strlen(name);

    if (!mb_line_is_comment(line))
        return NULL;
    while ((s = memmem(s, (size_t)(end - s), mark, sizeof mark - 1))) {
        s += sizeof mark - 1;
        at = s < end && (isalnum((unsigned char)*s) || *s == '_') ? s : at;
    }
    if (!at || (size_t)(end - at) < n || memcmp(at, name, n) != 0)
        return NULL;
    at += n;
    if (at < end && (isalnum((unsigned char)*at) || *at == '_'))
        return NULL;
    while (at < end && isspace((unsigned char)*at))
        at++;
    while (end > at && isspace((unsigned char)end[-1]))
        end--;
    *len = (size_t)(end - at);
    return at;
}

/* ---- the parts of a file with `-- atlas:txtar` ---- */

/*
 * The name in a line `-- NAME --`, which begins a part (txtar.go), and its length; NULL: the line is
 * another one.
 */
static const char *part_name(const mb_line *line, size_t *len)
{
    const char *s = line->text, *end = s + line->len;

    if (line->len < 6 || memcmp(s, "-- ", 3) != 0 || memcmp(end - 3, " --", 3) != 0)
        return NULL;
    for (s += 3, end -= 3; s < end && isspace((unsigned char)*s);)
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    *len = (size_t)(end - s);
    return s < end ? s : NULL;
}

static bool is_named(const char *name, size_t len, const char *expected)
{
    return len == strlen(expected) && memcmp(name, expected, len) == 0;
}

static bool refuse_part(mb_error *err, const mb_listing *l, const char *file, const mb_line *line,
                        const char *name, size_t len)
{
    char *what;

    if (is_named(name, len, "checks.sql") || is_named(name, len, "pre.sql") ||
        (len > 7 && memcmp(name, "checks/", 7) == 0))
        return refuse(err, l, file, line->number, "the checks");
    what = mb_format("%s part \"%.*s\"",
                     is_named(name, len, "migration.sql") || is_named(name, len, "down.sql")
                         ? "a second"
                         : "the",
                     (int)len, name);
    refuse(err, l, file, line->number, what);
    free(what);
    return false;
}

/* The part that the line begins; NULL: it is not a part that runs, or comes a second time. */
static mb_cut *start_part(mb_cut *up, mb_cut *down, const char *name, size_t len)
{
    mb_cut *cut = is_named(name, len, "migration.sql") ? up
                  : is_named(name, len, "down.sql")    ? down
                                                       : NULL;

    return cut && !cut->line ? cut : NULL;
}

static bool read_parts(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    mb_cut up = {0}, down = {0}, *last = NULL;
    mb_line line = {0};
    size_t len;

    while (mb_line_next(&line, text)) {
        const char *name = part_name(&line, &len);

        if (!name && !last && !mb_line_is_comment(&line))
            return refuse(err, l, e->file, line.number, "a statement before the first part");
        if (!name)
            continue;
        if (last)
            last->len = line.from - last->from;
        last = start_part(&up, &down, name, len);
        if (!last)
            return refuse_part(err, l, e->file, &line, name, len);
        *last = mb_cut_of(line.next, line.number + 1, text->len);
    }
    e->up = up;
    mb_entry_set_down(e, &down, text);
    return up.line || refuse(err, l, e->file, 0, "a file without the part migration.sql");
}

/* ---- the directives at the top ---- */

typedef struct header {
    int lines; /* so many lines are the header; 0: the file has none */
    int txmodes;
    bool no_transaction, parts;
} header;

/*
 * How many lines at the top are comments that an empty line, or the end of the file, follows.  In
 * another place, Atlas reads a directive as one of the statement below it, or not at all.
 */
static int header_lines(const mb_buf *text)
{
    mb_line line = {0};

    while (mb_line_next(&line, text))
        if (line.len < 2 || line.text[0] != '-' || line.text[1] != '-')
            return mb_line_is_blank(&line) ? line.number - 1 : 0;
    return line.number;
}

static bool read_txmode(header *h, const mb_listing *l, const char *file, const mb_line *line,
                        mb_error *err)
{
    size_t len;
    const char *mode = directive(line, "txmode", &len);
    bool none = mode && is_named(mode, len, "none");

    if (!mode)
        return true;
    if (none || is_named(mode, len, "file")) {
        h->no_transaction = none;
        if (++h->txmodes == 1)
            return true;
        mb_fail(err, MB_ERR_FILE, "the file has a second \"atlas:txmode\"");
    } else {
        mb_fail(err, MB_ERR_FILE, "\"%.*s\" is not a transaction mode of a file", (int)len, mode);
    }
    mb_fail_hint(err, "Write \"-- atlas:txmode none\" or \"-- atlas:txmode file\", once.");
    return mb_fail_in(err, l, file, line->number);
}

/* Atlas ignores a directive that is not in the header. */
static bool check_place(const header *h, const mb_listing *l, const char *file, const mb_line *line,
                        mb_error *err)
{
    static const char *const names[] = {"txmode", "txtar", "checkpoint", "delimiter"};
    size_t len;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (line->number > h->lines && directive(line, names[i], &len)) {
            mb_fail(err, MB_ERR_FILE, "Atlas ignores \"atlas:%s\" here", names[i]);
            mb_fail_hint(err, "Its place is in the comments at the top of the file, which an empty "
                              "line follows. Move it there, or remove it.");
            return mb_fail_in(err, l, file, line->number);
        }
    return true;
}

/* `-- see atlas:txmode` is a sentence. */
static bool begins_with_mark(const mb_line *line)
{
    const char *s = line->text, *end = s + line->len;

    while (s < end && (*s == '-' || isspace((unsigned char)*s)))
        s++;
    return end - s >= 6 && memcmp(s, "atlas:", 6) == 0;
}

/* `-- Atlas:txmode none`, `-- atlas: txmode none` */
static bool check_nearly(const mb_listing *l, const char *file, const mb_line *line, mb_error *err)
{
    static const char *const names[] = {"txmode", "txtar", "checkpoint", "delimiter"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *letters = mb_format("atlas%s", names[i]), *exact = mb_format("-- atlas:%s", names[i]);
        size_t len;
        bool nearly = mb_line_begins(line, letters) && !directive(line, names[i], &len);

        if (nearly)
            mb_fail_nearly(err, l, file, line, "Atlas", exact);
        free(letters);
        free(exact);
        if (nearly)
            return false;
    }
    return true;
}

static bool read_directive(header *h, const mb_listing *l, const char *file, const mb_line *line,
                           mb_error *err)
{
    size_t len;

    if (!check_nearly(l, file, line, err))
        return false;
    if (line->number > h->lines && !begins_with_mark(line))
        return true;
    if (line->number == 1 && directive(line, "delimiter", &len))
        return refuse(err, l, file, 1, "the directive \"delimiter\"");
    if (directive(line, "checkpoint", &len))
        return refuse(err, l, file, line->number, "a checkpoint");
    if (!check_place(h, l, file, line, err))
        return false;
    h->parts = h->parts || directive(line, "txtar", &len);
    return read_txmode(h, l, file, line, err);
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    header h = {.lines = header_lines(text)};
    mb_line line = {0};

    while (mb_line_next(&line, text))
        if (!read_directive(&h, l, e->file, &line, err))
            return false;
    if (h.parts && !read_parts(e, l, text, err))
        return false;
    e->up.no_transaction = h.no_transaction;
    return true;
}

/* In the layout of golang-migrate, which Atlas reads too, VERSION_NAME.down.sql undoes. */
static bool is_up(const char *file)
{
    return !mb_path_ends(file, ".down.sql");
}

static void add_down_file(mb_entries *out, const mb_listing *l, mb_entry *e)
{
    char *stem = mb_path_ends(e->file, ".up.sql") ? mb_name_without(e->file, ".up.sql") : NULL;
    char *down = stem ? mb_format("%s.down.sql", stem) : NULL;

    for (size_t i = 0; down && i < l->files->n; i++)
        if (strcmp(l->files->items[i], down) == 0) {
            out->taken[i] = true;
            e->down_file = mb_strdup(down);
        }
    if (stem) {
        free(e->name);
        e->name = mb_strdup(stem);
    }
    free(down);
    free(stem);
}

/* The version, by which Atlas knows a file, is all before the first "_"; it need not be a number. */
static void set_version(mb_entry *e)
{
    free(e->number);
    e->number = mb_strndup(e->name, strcspn(e->name, "_"));
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    if ((claim(l) && !check_sums(l, err)) || !mb_entries_read(out, l, is_up, read_sections, err))
        return false;
    for (size_t i = 0; i < out->n; i++) {
        add_down_file(out, l, &out->items[i]);
        set_version(&out->items[i]);
    }
    for (size_t i = 0; i < l->files->n; i++)
        out->taken[i] = out->taken[i] || strcmp(l->files->items[i], sum_file) == 0;
    return mb_entries_check_numbers(out, l, err);
}

const mb_file_format mb_format_atlas = {
    .name = "atlas",
    .tool = "Atlas",
    .runs_each_sql = true,
    .expected = "VERSION_NAME.sql, listed in atlas.sum",
    .commits = true,
    .claim = claim,
    .list = list,
};

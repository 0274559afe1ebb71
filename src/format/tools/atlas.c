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

/* The text after `-- atlas:NAME`; NULL: the line is another one. */
static const char *directive(const mb_line *line, const char *name)
{
    const char *s = line->text, *end = s + line->len;
    size_t len = strlen(name);

    if (line->len < 2 || s[0] != '-' || s[1] != '-')
        return NULL;
    for (s += 2; s < end && *s == ' ';)
        s++;
    return (size_t)(end - s) >= len && memcmp(s, name, len) == 0 ? s + len : NULL;
}

static bool has_word(const char *s, const mb_line *line, const char *word)
{
    return memmem(s, (size_t)(line->text + line->len - s), word, strlen(word)) != NULL;
}

/* -- NAME -- begins a part of a file with `-- atlas:txtar`. */
static bool is_part(const mb_line *line, const char *name)
{
    char *expected = mb_format("-- %s --", name);
    bool is = line->len == strlen(expected) && memcmp(line->text, expected, line->len) == 0;

    free(expected);
    return is;
}

static bool read_parts(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    mb_cut up = {0}, down = {0}, *last = NULL;
    mb_line line = {0};

    while (mb_line_next(&line, text)) {
        bool is_up = is_part(&line, "migration.sql"), is_down = is_part(&line, "down.sql");

        if (is_part(&line, "checks.sql") || is_part(&line, "pre.sql"))
            return refuse(err, l, e->file, line.number, "the checks");
        if (!is_up && !is_down)
            continue;
        if (last)
            last->len = line.from - last->from;
        last = is_up ? &up : &down;
        *last = mb_cut_of(line.next, line.number + 1, text->len);
    }
    e->up = up;
    mb_entry_set_down(e, &down, text);
    return up.line || refuse(err, l, e->file, 0, "a file without the part migration.sql");
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    bool no_transaction = false, parts = false, top = true;
    mb_line line = {0};

    while (mb_line_next(&line, text) && line.len && mb_line_is_comment(&line)) {
        const char *mode = directive(&line, "atlas:txmode");

        if (line.number == 1 && directive(&line, "atlas:delimiter"))
            return refuse(err, l, e->file, 1, "the directive \"delimiter\"");
        if (directive(&line, "atlas:checkpoint"))
            return refuse(err, l, e->file, line.number, "a checkpoint");
        no_transaction = no_transaction || (mode && has_word(mode, &line, "none"));
        parts = parts || directive(&line, "atlas:txtar");
    }
    top = line.len == 0 || line.next >= text->len;
    if (parts && !read_parts(e, l, text, err))
        return false;
    e->up.no_transaction = top && no_transaction;
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
    .expected = "VERSION_NAME.sql, listed in atlas.sum",
    .commits = true,
    .claim = claim,
    .list = list,
};

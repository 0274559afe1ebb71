/*
 * graphile_migrate.c -- migrations of graphile-migrate: committed/NUMBER-NAME.sql.
 *
 * The rules are those of migration.js, header.js and current.js.  A file begins with lines
 * `--! Key: value` and an empty line; `--! no-transaction` is the first line below them with text.
 * Placeholders such as :DATABASE_NAME are replaced by the variables of these names.
 */
#include "formats.h"

#include "format/check_folder.h"
#include "format/settings/gmrc.h"

#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The folder is the one above committed/, or committed/ itself. */
static bool is_above(const mb_listing *l)
{
    for (size_t i = 0; i < l->folders->n; i++)
        if (strcmp(l->folders->items[i], "committed") == 0)
            return true;
    return false;
}

static const char *claim(const mb_listing *l)
{
    return is_above(l) ? "committed" : NULL;
}

static bool is_header(const mb_line *line)
{
    return line->len > 4 && memcmp(line->text, "--! ", 4) == 0 &&
           isupper((unsigned char)line->text[4]);
}

/* ^--!\s*no-transaction\b */
static bool is_no_transaction(const mb_line *line)
{
    static const char word[] = "no-transaction";
    const char *s = line->text, *end = s + line->len;

    if (line->len < 3 || memcmp(s, "--!", 3) != 0)
        return false;
    for (s += 3; s < end && isspace((unsigned char)*s);)
        s++;
    if ((size_t)(end - s) < sizeof word - 1 || memcmp(s, word, sizeof word - 1) != 0)
        return false;
    s += sizeof word - 1;
    return s == end || !(isalnum((unsigned char)*s) || *s == '_');
}

/* `-- no transaction`, `--! no-transactions` */
static bool is_nearly(const mb_line *line)
{
    return mb_line_says(line, "notransaction") || mb_line_says(line, "notransactions");
}

/* ^--![ \t]*include[ \t] */
static bool is_include(const mb_line *line)
{
    static const char word[] = "include";
    const char *s = line->text, *end = s + line->len;

    if (line->len < 3 || memcmp(s, "--!", 3) != 0)
        return false;
    for (s += 3; s < end && strchr(" \t", *s);)
        s++;
    return (size_t)(end - s) > sizeof word - 1 && memcmp(s, word, sizeof word - 1) == 0 &&
           strchr(" \t", s[sizeof word - 1]);
}

/* graphile-migrate writes the included text into the file when it commits it, and reads no include later. */
static bool refuse_include(mb_error *err, const mb_listing *l, const char *file, int line)
{
    mb_fail(err, MB_ERR_FILE, "this line includes nothing, because the file is committed");
    mb_fail_hint(err, "Write the text of the other file in its place, or remove it.");
    return mb_fail_in(err, l, file, line);
}

static bool refuse_placeholder(mb_error *err, const mb_listing *l, const char *file,
                               const char *name, int line)
{
    mb_fail(err, MB_ERR_FILE, "the placeholder \":%s\" has no value", name);
    mb_fail_hint(err, "Set the environment variable %s, or set it in the file .env.", name);
    return mb_fail_in(err, l, file, line);
}

/* The length of a name in capitals at `s`, which follows a ":"; 0: it is another text. */
static size_t name_length(const char *s, const char *end)
{
    size_t n = 0;

    while (s + n < end &&
           (isupper((unsigned char)s[n]) || (n && (s[n] == '_' || isdigit((unsigned char)s[n])))))
        n++;
    return s + n < end && isalnum((unsigned char)s[n]) ? 0 : n;
}

/*
 * Sets *value, which the caller frees: that of the placeholder, or NULL if the name is none.  .gmrc
 * says which names are placeholders, besides DATABASE_NAME and DATABASE_OWNER; without that file,
 * each name with "_" is taken for one.
 */
static bool find_value(char **value, const mb_listing *l, const char *file, const char *name,
                       int line, mb_error *err)
{
    mb_gmrc gmrc;
    bool ok = mb_gmrc_read(&gmrc, l, err);
    const char *found = ok ? mb_gmrc_placeholder(&gmrc, name) : NULL;
    bool own = strncmp(name, "DATABASE_", 9) == 0 &&
               (strcmp(name + 9, "NAME") == 0 || strcmp(name + 9, "OWNER") == 0);

    if (ok && !found && (own || (!gmrc.exists && strlen(name) > 3 && strchr(name, '_')))) {
        found = getenv(name);
        ok = found || refuse_placeholder(err, l, file, name, line);
    }
    *value = found ? mb_strdup(found) : NULL;
    mb_gmrc_free(&gmrc);
    return ok;
}

/* Appends a line with its placeholders replaced; *found: there was one. */
static bool add_line(mb_buf *out, bool *found, const mb_listing *l, const char *file,
                     const mb_line *line, mb_error *err)
{
    const char *s = line->text, *end = s + line->len;

    for (const char *at = s; (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++) {
        size_t len = at > line->text && at[-1] == ':' ? 0 : name_length(at + 1, end);
        char *name, *value = NULL;
        bool ok;

        if (len < 2)
            continue;
        name = mb_strndup(at + 1, len);
        ok = find_value(&value, l, file, name, line->number, err);
        free(name);
        if (!ok)
            return false;
        if (!value)
            continue;
        mb_buf_add(out, s, (size_t)(at - s));
        mb_buf_puts(out, value);
        free(value);
        s = at + 1 + len;
        at += len;
        *found = true;
    }
    mb_buf_add(out, s, (size_t)(end - s));
    mb_buf_putc(out, '\n');
    return true;
}

static bool read_sections(mb_entry *e, const mb_listing *l, const mb_buf *text, mb_error *err)
{
    mb_line line = {0};
    mb_cut up = mb_cut_of(0, 1, text->len);
    mb_buf replaced = {0};
    bool head = true, first = true, found = false, ok = true;

    while (ok && mb_line_next(&line, text)) {
        head = head && is_header(&line);
        if (head || (first && mb_line_is_blank(&line))) /* the text below the head is trimmed */
            continue;
        if (first) {
            up = mb_cut_of(line.from, line.number, text->len);
            up.no_transaction = is_no_transaction(&line);
        }
        if (!(first && up.no_transaction) && is_nearly(&line)) {
            ok = mb_fail_nearly(err, l, e->file, &line, "graphile-migrate", "--! no-transaction");
            break;
        }
        if (is_include(&line)) {
            ok = refuse_include(err, l, e->file, line.number);
            break;
        }
        first = false;
        ok = add_line(&replaced, &found, l, e->file, &line, err);
    }
    if (ok && found)
        up.text = mb_strdup(mb_buf_str(&replaced));
    mb_buf_free(&replaced);
    e->up = up;
    return ok;
}

/* NUMBER.sql, NUMBER-NAME.sql: migrationFilename.js */
static bool is_committed(const char *file)
{
    size_t digits = strspn(file, "0123456789"), at = digits;

    if (file[at] == '-')
        while (isalnum((unsigned char)file[at]) || file[at] == '-' || file[at] == '_')
            at++;
    return digits > 0 && strcmp(file + at, ".sql") == 0;
}

/* ---- the hashes of the heads, which chain the files ---- */

typedef struct head {
    const char *previous, *hash; /* values of the lines; NULL: there is no such line */
    size_t previous_len, hash_len;
    int previous_line, hash_line;
    bool allows_invalid;
    size_t end; /* where the body begins */
} head;

/* Is it the line `--! KEY: value`?  Then sets *value, and its length without trailing spaces. */
static bool is_key(const mb_line *line, const char *key, const char **value, size_t *len)
{
    size_t at = 4 + strlen(key);

    if (line->len < at || memcmp(line->text + 4, key, at - 4) != 0)
        return false;
    while (at < line->len && (line->text[at] == ':' || isspace((unsigned char)line->text[at])))
        at++;
    *value = line->text + at;
    *len = line->len - at;
    while (*len && isspace((unsigned char)(*value)[*len - 1]))
        --*len;
    return true;
}

static head read_head(const mb_buf *text)
{
    head h = {0};
    mb_line line = {0};
    const char *ignored;
    size_t len;

    while (mb_line_next(&line, text) && is_header(&line)) {
        if (is_key(&line, "Previous", &h.previous, &h.previous_len))
            h.previous_line = line.number;
        else if (is_key(&line, "Hash", &h.hash, &h.hash_len))
            h.hash_line = line.number;
        else if (is_key(&line, "AllowInvalidHash", &ignored, &len))
            h.allows_invalid = true;
        h.end = line.next;
    }
    return h;
}

/* The SHA-1 of the hash before and the body, trimmed, with a line end: calculateHash in hash.js. */
static bool has_hash(const head *h, const mb_buf *text)
{
    static const char mark[] = "sha1:";
    bool first = h->previous_len == 1 && *h->previous == '-';
    size_t from = h->end, to = text->len, n = sizeof mark - 1;
    char sum[MB_SHA1_HEX];
    mb_buf all = {0};

    while (from < to && isspace((unsigned char)text->data[from]))
        from++;
    while (to > from && isspace((unsigned char)text->data[to - 1]))
        to--;
    if (!first && h->previous) {
        mb_buf_add(&all, h->previous, h->previous_len);
        mb_buf_puts(&all, from < to ? "\n" : "");
    }
    mb_buf_add(&all, text->data + from, to - from);
    mb_buf_putc(&all, '\n');
    mb_sha1_hex(all.data, all.len, sum);
    mb_buf_free(&all);
    return h->hash_len == n + sizeof sum - 1 && memcmp(h->hash, mark, n) == 0 &&
           memcmp(h->hash + n, sum, sizeof sum - 1) == 0;
}

static bool refuse_previous(mb_error *err, const mb_listing *l, const char *file, int line)
{
    mb_fail(err, MB_ERR_FILE, "Previous is not the hash of the file before");
    mb_fail_hint(err, "Often two branches have each committed a migration: take the later one back "
                      "with graphile-migrate uncommit, and commit it again.");
    return mb_fail_in(err, l, file, line);
}

static bool refuse_hash(mb_error *err, const mb_listing *l, const char *file, int line)
{
    mb_fail(err, MB_ERR_FILE, "the file does not have this hash");
    mb_fail_hint(err, "Restore the file. If the change is intended, graphile-migrate takes a line "
                      "\"--! AllowInvalidHash\" below this one.");
    return mb_fail_in(err, l, file, line);
}

/* Checks a file after the one with the hash `before`, "" for none, and sets it to its own. */
static bool check_hash(mb_buf *before, const mb_listing *l, const char *file, bool first,
                       mb_error *err)
{
    mb_buf text = {0};
    bool ok = mb_listed_read(&text, l, file, err);
    head h = ok ? read_head(&text) : (head){0};
    const char *wanted = first ? "-" : mb_buf_str(before);
    bool known = h.previous && *wanted;

    if (known && (strlen(wanted) != h.previous_len ||
                  memcmp(wanted, h.previous, h.previous_len) != 0))
        ok = refuse_previous(err, l, file, h.previous_line);
    else if (h.hash && !h.allows_invalid && !has_hash(&h, &text))
        ok = refuse_hash(err, l, file, h.hash_line);
    mb_buf_clear(before);
    if (h.hash)
        mb_buf_add(before, h.hash, h.hash_len);
    mb_buf_free(&text);
    return ok;
}

static bool check_hashes(const mb_entries *entries, const mb_listing *l, mb_error *err)
{
    mb_buf before = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < entries->n; i++)
        ok = check_hash(&before, l, entries->items[i].file, i == 0, err);
    mb_buf_free(&before);
    return ok;
}

static bool list_folder(mb_entries *out, const mb_listing *l, mb_error *err)
{
    if (!mb_entries_read(out, l, is_committed, read_sections, err))
        return false;
    for (size_t i = 0; i < out->n; i++)
        out->items[i].listed = mb_format("%.*s.sql", (int)strspn(out->items[i].name, "0123456789"),
                                         out->items[i].name);
    mb_entries_sort(out, mb_compare_numbers);
    return mb_entries_check_numbers(out, l, err) && check_hashes(out, l, err);
}

/* ---- the folder above committed/ ---- */

static void move_below(mb_entries *out, const mb_entries *below)
{
    for (size_t i = 0; i < below->n; i++) {
        mb_entry *e = mb_entries_add(out, mb_strdup("")), *from = &below->items[i];

        free(e->name);
        free(e->number);
        *e = *from;
        e->file = mb_path_join("committed", from->file);
        free(from->file);
        *from = (mb_entry){0};
    }
}

/* graphile-migrate reads only NUMBER.sql and NUMBER-NAME.sql in committed/. */
static bool check_left(mb_entries *out, const mb_entries *read, const mb_listing *below,
                       mb_error *err)
{
    for (size_t i = 0; i < below->files->n; i++) {
        const char *file = below->files->items[i];

        if (read->taken[i] || mb_file_is_data(file))
            continue;
        if (isdigit((unsigned char)*file)) {
            mb_fail(err, MB_ERR_FILE, "\"%s\" is not a migration of graphile-migrate", file);
            mb_fail_hint(err, "Its files are committed/NUMBER-NAME.sql. Move this one elsewhere.");
            return mb_fail_in(err, below, file, 0);
        }
        mb_names_add(&out->notes, mb_format("%s/%s is not a migration of graphile-migrate, and is "
                                            "ignored", below->shown, file));
    }
    return true;
}

/* Beside committed/ are scripts that graphile-migrate runs before or after the migrations. */
static void note_beside(mb_entries *out, const mb_listing *l)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];

        out->taken[i] = mb_path_ends(file, ".sql");
        if (out->taken[i] && strcmp(file, "current.sql") != 0)
            mb_names_add(&out->notes,
                         mb_format("%s/%s is not in committed/, and is ignored", l->shown, file));
    }
}

/* Lists committed/; the file or folder `current` has changes that are not committed yet. */
static bool list_committed(mb_entries *out, const mb_listing *l, mb_error *err)
{
    char *path = mb_path_join(l->path, "committed"), *shown = mb_path_join(l->shown, "committed");
    mb_names files, folders;
    mb_listing below = {.path = path, .shown = shown, .files = &files, .folders = &folders};
    mb_entries entries = {0};
    bool ok = mb_folder_read(&files, &folders, path, err);

    entries.taken = ok ? mb_alloc(files.n + 1) : NULL;
    ok = ok && mb_format_check_subfolders(&out->notes, &below, err) &&
         list_folder(&entries, &below, err) && check_left(out, &entries, &below, err);
    if (ok) {
        move_below(out, &entries);
        mb_names_add(&out->notes,
                     mb_format("only the files in %s run; current.sql is not committed", shown));
    }
    note_beside(out, l);
    if (entries.taken) {
        mb_names_free(&files);
        mb_names_free(&folders);
    }
    mb_entries_free(&entries);
    free(path);
    free(shown);
    return ok;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    return is_above(l) ? list_committed(out, l, err) : list_folder(out, l, err);
}

const mb_file_format mb_format_graphile_migrate = {
    .name = "graphile-migrate",
    .tool = "graphile-migrate",
    .runs_each_sql = true,
    .expected = "committed/NUMBER-NAME.sql",
    .nested = true,
    .commits = true,
    .claim = claim,
    .list = list,
};

#include "journal.h"
#include "member.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/sort.h"

#include <stdlib.h>
#include <string.h>

static bool malformed(mb_error *err, const char *shown, const char *why)
{
    mb_fail(err, MB_ERR_FILE, "this is not a Drizzle journal: %s", why);
    mb_fail_at(err, shown, 0, 0);
    return mb_fail_hint(err, "It must have the form {\"entries\": [{\"tag\": \"0000_name\", "
                             "...}, ...]}.");
}

/* A tag is the name of a file in the folder, so one that leads out of the folder is refused. */
static bool read_entry(mb_journal *out, const mb_json *entry, const char *shown, mb_error *err)
{
    char *tag = mb_member_string(entry, "tag");

    if (!tag || !*tag || strchr(tag, '/')) {
        free(tag);
        return malformed(err, shown, "an entry has no valid \"tag\"");
    }
    out->when = mb_grow(out->when, out->tags.n, sizeof *out->when);
    out->when[out->tags.n] = mb_member_integer(entry, "when");
    mb_names_add(&out->tags, tag);
    return true;
}

/* The dialect is "postgresql", or "pg" in older journals; a journal without one is accepted. */
static bool check_dialect(const mb_json *root, const char *shown, mb_error *err)
{
    char *dialect = mb_member_string(root, "dialect");
    bool ours = !dialect || strcmp(dialect, "postgresql") == 0 || strcmp(dialect, "pg") == 0;

    if (!ours) {
        mb_fail(err, MB_ERR_FILE, "the journal lists migrations for \"%s\", not for PostgreSQL",
                dialect);
        mb_fail_at(err, shown, 0, 0);
        mb_fail_hint(err, "Set the right folder in moonbird.lua: migrations = \"...\".");
    }
    free(dialect);
    return ours;
}

static bool read_entries(mb_journal *out, const mb_json *root, const char *shown, mb_error *err)
{
    mb_json entries;

    if (!check_dialect(root, shown, err))
        return false;
    if (!mb_member_find(&entries, root, "entries") ||
        mb_member_next(&entries).kind != MB_JSON_ARRAY)
        return malformed(err, shown, "it has no array \"entries\"");
    for (mb_json entry = entries; mb_member_skip(&entries); entry = entries)
        if (!read_entry(out, &entry, shown, err))
            return false;
    return true;
}

static bool sort_tags(char ***sorted, const mb_names *tags, const char *shown, mb_error *err)
{
    char **items = mb_alloc(tags->n * sizeof *items);

    if (tags->n) {
        memcpy(items, tags->items, tags->n * sizeof *items);
        mb_sort(items, tags->n, sizeof *items, mb_compare_text);
    }
    for (size_t i = 1; i < tags->n; i++)
        if (strcmp(items[i - 1], items[i]) == 0) {
            mb_fail(err, MB_ERR_FILE, "the journal lists \"%s\" twice", items[i]);
            free(items);
            mb_fail_hint(err, "moonbird journal fix keeps one of the entries.");
            return mb_fail_at(err, shown, 0, 0);
        }
    *sorted = items;
    return true;
}

bool mb_journal_has_conflict(const mb_buf *text)
{
    static const char mark[] = "<<<<<<<";
    const char *s = mb_buf_str(text);

    return strncmp(s, mark, strlen(mark)) == 0 || strstr(s, "\n<<<<<<<");
}

static bool check_conflict(const mb_buf *text, const char *shown, mb_error *err)
{
    if (!mb_journal_has_conflict(text))
        return true;
    mb_fail(err, MB_ERR_FILE, "the journal has a conflict of two branches");
    mb_fail_hint(err, "moonbird journal fix joins both sides.");
    return mb_fail_at(err, shown, 0, 0);
}

bool mb_journal_read(mb_journal *out, const char *path, const char *shown, mb_error *err)
{
    mb_buf text = {0};
    mb_json root;
    bool ok;

    *out = (mb_journal){0};
    if (!mb_file_find(&out->found, path, err))
        return false;
    if (!out->found)
        return true;
    if (!mb_file_read(&text, path, err))
        return false;
    mb_json_read(&root, mb_buf_str(&text), text.len);
    ok = check_conflict(&text, shown, err) && mb_member_check(&text, shown, err) && read_entries(out, &root, shown, err) &&
         sort_tags(&out->sorted, &out->tags, shown, err);
    mb_buf_free(&text);
    if (!ok)
        mb_journal_free(out);
    return ok;
}

void mb_journal_free(mb_journal *journal)
{
    free(journal->sorted);
    free(journal->when);
    mb_names_free(&journal->tags);
    *journal = (mb_journal){0};
}

bool mb_journal_check_unchanged(const mb_buf *before, const char *path, mb_error *err)
{
    mb_buf now = {0};
    bool ok = mb_file_read(&now, path, err);

    if (ok && (now.len != before->len ||
               memcmp(mb_buf_str(&now), mb_buf_str(before), now.len) != 0)) {
        ok = mb_fail(err, MB_ERR_FILE, "another program changed the journal at the same time");
        mb_fail_at(err, path, 0, 0);
        mb_fail_hint(err, "Run the command again.");
    }
    mb_buf_free(&now);
    return ok;
}

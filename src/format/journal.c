#include "journal.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/sort.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool malformed(mb_error *err, const char *shown, const char *why)
{
    mb_fail(err, MB_ERR_FILE, "this is no Drizzle journal: %s", why);
    mb_fail_at(err, shown, 0, 0);
    return mb_fail_hint(err, "It must read {\"entries\": [{\"tag\": \"0000_name\", ...}, ...]}.");
}

/* A tag is a file's stem: it must not lead out of the folder. */
static bool take_entry(mb_journal *out, const json_t *entry, const char *shown, mb_error *err)
{
    const char *tag = json_string_value(json_object_get(entry, "tag"));

    if (!tag || !*tag || strchr(tag, '/'))
        return malformed(err, shown, "an entry has no usable \"tag\"");
    out->when = mb_grow(out->when, out->tags.n, sizeof *out->when);
    out->when[out->tags.n] = json_integer_value(json_object_get(entry, "when"));
    mb_names_add(&out->tags, mb_strdup(tag));
    return true;
}

/* "pg" in older journals; one that does not say is taken as it is. */
static bool check_dialect(const json_t *root, const char *shown, mb_error *err)
{
    const char *dialect = json_string_value(json_object_get(root, "dialect"));

    if (!dialect || strcmp(dialect, "postgresql") == 0 || strcmp(dialect, "pg") == 0)
        return true;
    mb_fail(err, MB_ERR_FILE, "the journal is of migrations for \"%s\", not PostgreSQL", dialect);
    mb_fail_at(err, shown, 0, 0);
    return mb_fail_hint(err, "Name the right folder: migrations = \"...\" in moonbird.lua.");
}

static bool take_entries(mb_journal *out, const json_t *root, const char *shown, mb_error *err)
{
    json_t *entries = json_object_get(root, "entries");

    if (!check_dialect(root, shown, err))
        return false;
    if (!json_is_array(entries))
        return malformed(err, shown, "it has no array \"entries\"");
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (!take_entry(out, json_array_get(entries, i), shown, err))
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
            mb_fail(err, MB_ERR_FILE, "the journal names \"%s\" twice", items[i]);
            free(items);
            return mb_fail_at(err, shown, 0, 0);
        }
    *sorted = items;
    return true;
}

bool mb_journal_read(mb_journal *out, const char *path, const char *shown, mb_error *err)
{
    mb_buf text = {0};
    json_error_t where;
    json_t *root;
    bool ok;

    *out = (mb_journal){0};
    if (!mb_file_find(&out->found, path, err))
        return false;
    if (!out->found)
        return true;
    if (!mb_file_read(&text, path, err))
        return false;
    root = json_loadb(mb_buf_str(&text), text.len, 0, &where);
    if (root) {
        ok = take_entries(out, root, shown, err) &&
             sort_tags(&out->sorted, &out->tags, shown, err);
    } else {
        mb_fail(err, MB_ERR_FILE, "this is no JSON: %s", where.text);
        ok = mb_fail_at(err, shown, where.line, where.column);
    }
    json_decref(root);
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

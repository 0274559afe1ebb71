#include "journal.h"

#include "moonbird/mem.h"
#include "moonbird/probe.h"
#include "moonbird/sort.h"

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
static bool take_tag(mb_names *tags, const json_t *entry, const char *shown, mb_error *err)
{
    const char *tag = json_string_value(json_object_get(entry, "tag"));

    if (!tag || !*tag || strchr(tag, '/'))
        return malformed(err, shown, "an entry has no usable \"tag\"");
    tags->items = mb_grow(tags->items, tags->n, sizeof *tags->items);
    tags->items[tags->n++] = mb_strdup(tag);
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

static bool take_entries(mb_names *tags, const json_t *root, const char *shown, mb_error *err)
{
    json_t *entries = json_object_get(root, "entries");

    if (!check_dialect(root, shown, err))
        return false;
    if (!json_is_array(entries))
        return malformed(err, shown, "it has no array \"entries\"");
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (!take_tag(tags, json_array_get(entries, i), shown, err))
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

bool mb_journal_read(mb_names *tags, char ***sorted, bool *found, const char *path,
                     const char *shown, mb_error *err)
{
    mb_buf text = {0};
    json_error_t where;
    json_t *root;
    bool ok;

    *tags = (mb_names){0};
    if (!mb_file_find(found, path, err))
        return false;
    if (!*found)
        return true;
    if (!mb_file_read(&text, path, err))
        return false;
    root = json_loadb(mb_buf_str(&text), text.len, 0, &where);
    if (root) {
        ok = take_entries(tags, root, shown, err) && sort_tags(sorted, tags, shown, err);
    } else {
        mb_fail(err, MB_ERR_FILE, "this is no JSON: %s", where.text);
        ok = mb_fail_at(err, shown, where.line, where.column);
    }
    json_decref(root);
    mb_buf_free(&text);
    if (!ok)
        mb_names_free(tags);
    return ok;
}

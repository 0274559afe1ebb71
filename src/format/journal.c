#include "journal.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/sort.h"
#include "moonbird/base/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool malformed(mb_error *err, const char *shown, const char *why)
{
    mb_fail(err, MB_ERR_FILE, "this is not a Drizzle journal: %s", why);
    mb_fail_at(err, shown, 0, 0);
    return mb_fail_hint(err, "It must have the form {\"entries\": [{\"tag\": \"0000_name\", "
                             "...}, ...]}.");
}

/* ---- members; check_json has read the text to its end, so no read below fails ---- */

static mb_json_token next(mb_json *json)
{
    mb_json_token token;
    mb_error none;

    (void)!mb_json_next(json, &token, &none);
    return token;
}

/* Skips one whole value; false when the array or object ends instead. */
static bool skip(mb_json *json)
{
    int depth = json->depth;
    mb_json_token token = next(json);

    if (token.kind == MB_JSON_ARRAY_END || token.kind == MB_JSON_OBJECT_END)
        return false;
    while (json->depth > depth)
        next(json);
    return true;
}

/* The characters of a token, which the caller frees; NULL when they have a NUL or are not UTF-8. */
static char *text_of(const mb_json_token *token)
{
    char *text = mb_alloc(token->len + 1);
    size_t len = mb_json_unescape(token, text);

    text[len] = '\0';
    if (mb_text_bad(text, len) == len)
        return text;
    free(text);
    return NULL;
}

/* Points *out at the last member of this name; false when `object` is not an object or has none. */
static bool find_member(mb_json *out, const mb_json *object, const char *name)
{
    mb_json json = *object;
    bool found = false;

    if (next(&json).kind != MB_JSON_OBJECT)
        return false;
    for (mb_json_token key; (key = next(&json)).kind == MB_JSON_KEY;) {
        char *text = text_of(&key);

        if (text && strcmp(text, name) == 0) {
            *out = json;
            found = true;
        }
        free(text);
        skip(&json);
    }
    return found;
}

/*
 * The characters of a member, which the caller frees; NULL when text_of gives none, or no string.
 */
static char *find_string(const mb_json *object, const char *name)
{
    mb_json json;
    mb_json_token token;

    if (!find_member(&json, object, name))
        return NULL;
    token = next(&json);
    return token.kind == MB_JSON_STRING ? text_of(&token) : NULL;
}

/* The value of a member; 0 when it is not an integer. */
static int64_t find_integer(const mb_json *object, const char *name)
{
    mb_json json;
    mb_json_token token;
    int64_t integer;
    double number;

    if (!find_member(&json, object, name))
        return 0;
    token = next(&json);
    return token.kind == MB_JSON_NUMBER &&
                   mb_number_read(token.text, token.len, &integer, &number) == MB_NUMBER_INTEGER
               ? integer
               : 0;
}

/* ---- the journal's ---- */

/* A tag is the name of a file in the folder, so one that leads out of the folder is refused. */
static bool read_entry(mb_journal *out, const mb_json *entry, const char *shown, mb_error *err)
{
    char *tag = find_string(entry, "tag");

    if (!tag || !*tag || strchr(tag, '/')) {
        free(tag);
        return malformed(err, shown, "an entry has no valid \"tag\"");
    }
    out->when = mb_grow(out->when, out->tags.n, sizeof *out->when);
    out->when[out->tags.n] = find_integer(entry, "when");
    mb_names_add(&out->tags, tag);
    return true;
}

/* The dialect is "postgresql", or "pg" in older journals; a journal without one is accepted. */
static bool check_dialect(const mb_json *root, const char *shown, mb_error *err)
{
    char *dialect = find_string(root, "dialect");
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
    if (!find_member(&entries, root, "entries") || next(&entries).kind != MB_JSON_ARRAY)
        return malformed(err, shown, "it has no array \"entries\"");
    for (mb_json entry = entries; skip(&entries); entry = entries)
        if (!read_entry(out, &entry, shown, err))
            return false;
    return true;
}

/* Reads the whole text once, so that an error is found before any member is used. */
static bool check_json(const mb_buf *text, const char *shown, mb_error *err)
{
    mb_json json;
    mb_json_token token;

    mb_json_read(&json, mb_buf_str(text), text->len);
    do {
        if (!mb_json_next(&json, &token, err)) {
            mb_fail(err, MB_ERR_FILE, "invalid JSON: %s", json.wrong);
            return mb_fail_at(err, shown, json.line, json.column);
        }
    } while (token.kind != MB_JSON_END);
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
            return mb_fail_at(err, shown, 0, 0);
        }
    *sorted = items;
    return true;
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
    ok = check_json(&text, shown, err) && read_entries(out, &root, shown, err) &&
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

/* status.c -- files and history compared, and names looked up in the result. */
#include "moonbird/project/status.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/base/suggest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static mb_item item_of(const mb_migration *file, const mb_row *row)
{
    mb_item item = {
        .stream = file ? file->stream : row->stream,
        .name = file ? file->name : row->name,
        .file = file,
        .row = row,
        .state = row ? row->state : MB_PENDING,
        .missing = !file || !file->path,
        .orphan = file && file->orphan && !row,
        .repeatable = file && file->repeatable,
    };

    /*
     * A half-done migration may be corrected: its completed statements are compared when it
     * resumes.
     */
    item.changed = row && !item.missing && row->state == MB_APPLIED &&
                   strcmp(file->file_sum, row->file_sum) != 0;
    return item;
}

bool mb_item_is_gone(const mb_item *item)
{
    return (item->missing && !item->hidden) || (item->file && item->file->orphan);
}

bool mb_item_never_runs(const mb_item *item)
{
    return item->orphan || item->left_out;
}

bool mb_item_is_unlisted(const mb_item *item)
{
    return item->row && item->file && item->file->orphan;
}

void mb_fail_renamed(mb_error *err, const mb_item *item)
{
    const mb_item *was = item->renamed;

    mb_fail(err, MB_ERR_POLICY, "%s/%s has the contents of %s/%s, which %s and %s",
            mb_stream_name(item->stream), item->name, mb_stream_name(was->stream), was->name,
            was->state == MB_APPLIED ? "was applied" : "is half done",
            mb_item_is_gone(was) ? "whose file is gone" : "whose file now has other contents");
}

static bool hint_run_now(mb_error *err, const mb_item *item, const char *what)
{
    bool manual = item->stream == MB_MANUAL;

    return mb_fail_hint(err, "%s To run them: moonbird forget %s, then moonbird %s%s. If the "
                             "database has their effects: moonbird forget %s, then moonbird mark "
                             "%s.", what, item->name, manual ? "manual apply " : "up",
                        manual ? item->name : "", item->name, item->name);
}

bool mb_hint_unrun(mb_error *err, const mb_item *item)
{
    return hint_run_now(err, item,
                        item->was_empty
                            ? "It was applied without statements: those that it has now have not "
                              "run."
                            : "The history has no statements of it: unless it was a Lua file, "
                              "which you must restore, it was applied without statements, and "
                              "those that it has now have not run.");
}

static void add(mb_status *out, mb_item item)
{
    out->items = mb_grow(out->items, out->n, sizeof *out->items);
    out->items[out->n++] = item;
}

static int by_identity(const void *a, const void *b)
{
    const mb_row *x = *(const mb_row *const *)a, *y = *(const mb_row *const *)b;

    return x->stream != y->stream ? (int)x->stream - (int)y->stream : strcmp(x->name, y->name);
}

/* The history's rows sorted by (stream, name), for a binary search. */
static const mb_row **index_of(const mb_history *history)
{
    const mb_row **index = mb_alloc(history->n * sizeof *index);

    for (size_t i = 0; i < history->n; i++)
        index[i] = &history->rows[i];
    mb_sort(index, history->n, sizeof *index, by_identity);
    return index;
}

/*
 * The entry of the file's row in the index; NULL: it has none. `next` is where it is if files and
 * rows have the same names in the same order, as they mostly have.
 */
static const mb_row **row_of(const mb_row **index, size_t n, const mb_row **next,
                             const mb_migration *file)
{
    const mb_row key = {.stream = file->stream, .name = file->name}, *of_key = &key;

    if (next < index + n && by_identity(&of_key, next) == 0)
        return next;
    return n ? bsearch(&of_key, index, n, sizeof *index, by_identity) : NULL;
}

static size_t number_length(const char *name)
{
    size_t n = 0;

    while (isdigit((unsigned char)name[n]))
        n++;
    return n;
}

/* The order of migrations without a file: the newer one of two equal names comes first. */
static int by_place(const void *a, const void *b)
{
    const mb_row *x = *(const mb_row *const *)a, *y = *(const mb_row *const *)b;
    int names = x->stream != y->stream ? (int)x->stream - (int)y->stream
                                       : mb_compare_names(x->name, y->name);

    return names ? names : x->position < y->position ? 1 : -1;
}

static bool comes_before(const mb_row *row, const mb_item *item)
{
    return row->stream < item->stream ||
           (row->stream == item->stream && mb_compare_names(item->name, row->name) >= 0);
}

/*
 * Insert each migration without a file before the first file whose name is not less. There may be
 * as many as there are rows, so the two lists are merged.
 */
static void insert_missing(mb_status *out, const mb_row **missing, size_t n)
{
    mb_status files = *out;
    size_t next = 0;

    if (n == 0)
        return;
    mb_sort(missing, n, sizeof *missing, by_place);
    out->items = NULL;
    out->n = 0;
    for (size_t i = 0; i < files.n; i++) {
        while (next < n && comes_before(missing[next], &files.items[i]))
            add(out, item_of(NULL, missing[next++]));
        add(out, files.items[i]);
    }
    while (next < n)
        add(out, item_of(NULL, missing[next++]));
    free(files.items);
}

static bool is_baseline(const mb_item *item)
{
    return item->stream == MB_AUTO && item->file && item->file->baseline;
}

/*
 * The baseline migration that counts: the last one in the history; on an empty history the last
 * one.  NULL: there is none.  A repeatable migration stays in the history when the others are
 * rolled back, so the history can be empty but for those.
 */
static const mb_item *find_baseline(const mb_status *status)
{
    const mb_item *applied = NULL, *last = NULL;
    bool begun = false;

    for (size_t i = 0; i < status->n; i++) {
        const mb_item *item = &status->items[i];

        begun = begun || (item->stream == MB_AUTO && item->row && !item->repeatable);
        if (is_baseline(item)) {
            last = item;
            applied = item->row ? item : applied;
        }
    }
    return applied ? applied : begun ? NULL : last;
}

/* Leave out what comes before the baseline migration that counts, and the others. */
static void leave_out(mb_status *out)
{
    const mb_item *baseline = find_baseline(out);

    for (size_t i = 0; i < out->n && out->items[i].stream == MB_AUTO; i++) {
        mb_item *item = &out->items[i];

        if (baseline && item < baseline && !item->row && !item->orphan)
            item->replaced_by = baseline;
        item->left_out =
            item->replaced_by || (is_baseline(item) && item != baseline && !item->row);
    }
}

/* Mark the migrations of the auto stream that are pending although a later one was started. */
static void mark_late(mb_status *out)
{
    bool later = false;

    for (size_t i = out->n; i-- > 0;) {
        mb_item *item = &out->items[i];

        if (item->stream != MB_AUTO || (item->file && item->file->orphan) || item->repeatable ||
            item->left_out)
            continue;
        if (item->row && !item->missing)
            later = true;
        else if (!item->row)
            item->out_of_order = later;
    }
}

/* A missing item whose migration is only left out, as by a context of Liquibase. */
static void find_hidden(mb_status *out, const mb_files *files)
{
    for (size_t i = 0; files->hidden.n && i < out->n; i++) {
        mb_item *item = &out->items[i];

        for (size_t k = 0; item->missing && item->stream == MB_AUTO && k < files->hidden.n; k++)
            if (strcmp(files->hidden.items[k], item->name) == 0)
                item->hidden = files->reasons.items[k];
    }
}

static void find_repeatable(mb_status *out, const mb_files *files)
{
    for (size_t i = 0; i < out->n; i++) {
        mb_item *item = &out->items[i];

        if (!item->file && item->stream == MB_AUTO)
            item->repeatable = mb_file_format_repeats(files->format, item->name);
    }
}

void mb_status_build(mb_status *out, const mb_files *files, const mb_history *history)
{
    const mb_row **index = index_of(history), **next = index;
    bool *found = mb_alloc(history->n * sizeof *found);
    size_t n_missing = 0;

    *out = (mb_status){.notes = &files->notes, .format = mb_files_format(files)};
    for (size_t i = 0; i < files->n; i++) {
        const mb_row **at = row_of(index, history->n, next, &files->items[i]);

        if (at) {
            found[*at - history->rows] = true;
            next = at + 1;
        }
        add(out, item_of(&files->items[i], at ? *at : NULL));
    }
    for (size_t i = 0; i < history->n; i++)
        if (!found[i])
            index[n_missing++] = &history->rows[i]; /* the index has been used */
    insert_missing(out, index, n_missing);
    find_hidden(out, files);
    find_repeatable(out, files);
    leave_out(out);
    mark_late(out);
    for (size_t i = 0; i < out->n; i++)
        out->pending += out->items[i].stream == MB_AUTO && out->items[i].state != MB_APPLIED &&
                        !mb_item_never_runs(&out->items[i]);
    free(found);
    free(index);
}

void mb_status_free(mb_status *status)
{
    free(status->items);
    *status = (mb_status){0};
}

/* ---- NAME on a command line ---- */

static bool number_is(const mb_item *item, const char *name)
{
    size_t n = number_length(item->name), given = number_length(name);
    const char *a = item->name, *b = name;

    if (n == 0 || given == 0 || name[given])
        return false;
    for (; n > 1 && *a == '0'; a++)
        n--;
    for (; given > 1 && *b == '0'; b++)
        given--;
    return n == given && strncmp(a, b, n) == 0;
}

/* How a word can match an item, most exact first. */
typedef enum fit { FIT_NAME, FIT_DIGITS, FIT_NUMBER, FIT_PREFIX, FITS } fit;

static bool fits(const mb_item *item, const char *word, fit how)
{
    size_t len = strlen(word);
    bool begins = strncmp(item->name, word, len) == 0;

    switch (how) {
    case FIT_NAME:
        return strcmp(item->name, word) == 0;
    case FIT_DIGITS: /* 0012 means 0012_x rather than 012_y */
        return begins && number_length(word) == len && number_length(item->name) == len;
    case FIT_NUMBER:
        return number_is(item, word);
    default:
        return begins;
    }
}

static bool ambiguous(mb_error *err, const char *name, const mb_item *a, const mb_item *b)
{
    mb_fail(err, MB_ERR_USAGE, "\"%s\" is ambiguous: %s/%s or %s/%s",
            name, mb_stream_name(a->stream),
            a->name, mb_stream_name(b->stream), b->name);
    return mb_fail_hint(err, "Write the full name. If both folders have it, put auto/ or manual/ "
                             "in front.");
}

/* The first item from `i` on that the word matches in this way; status->n if there is none. */
static size_t next_fit(const mb_status *status, size_t i, const char *word, const mb_stream *only,
                       fit how)
{
    while (i < status->n &&
           ((only && status->items[i].stream != *only) || !fits(&status->items[i], word, how)))
        i++;
    return i;
}

/* The command searched one stream: does the word name a migration of the other one? */
static bool refuse_stream(mb_error *err, const mb_status *status, const char *word,
                          mb_stream wanted)
{
    const mb_stream other = wanted == MB_AUTO ? MB_MANUAL : MB_AUTO;

    for (fit how = 0; how < FITS; how++) {
        size_t i = next_fit(status, 0, word, &other, how);
        const char *name = i < status->n ? status->items[i].name : NULL;

        if (name && other == MB_MANUAL) {
            mb_fail(err, MB_ERR_USAGE, "manual/%s is a manual migration", name);
            return mb_fail_hint(err, "To see what it does: moonbird plan manual/%s. To apply it: "
                                     "moonbird manual apply %s. To roll it back: moonbird manual "
                                     "rollback %s.", name, name, name);
        }
        if (name) {
            mb_fail(err, MB_ERR_USAGE, "auto/%s is not a manual migration", name);
            return mb_fail_hint(err, "To apply it and everything before it: moonbird up %s. To "
                                     "roll it back, and everything after it: moonbird down %s.",
                                name, name);
        }
    }
    return false;
}

/* An empty name is most often a variable of the shell that is not set. */
static bool refuse_empty(mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "the name of the migration is empty");
    return mb_fail_hint(err, "Check that the variable that should contain the name is set. "
                             "moonbird status lists the migrations.");
}

/* The first migration that has the word in its name, or else the one with the nearest name. */
static const mb_item *find_alike(const mb_status *status, const char *word, const mb_stream *only)
{
    const char **names = mb_alloc((status->n + 1) * sizeof *names);
    const mb_item *found = NULL;
    const char *near;
    size_t n = 0;

    for (size_t i = 0; i < status->n && !found; i++) {
        const mb_item *item = &status->items[i];

        if (only && item->stream != *only)
            continue;
        if (strlen(word) >= 3 && strcasestr(item->name, word))
            found = item;
        names[n++] = item->name;
    }
    near = found ? NULL : mb_nearest(word, names, n);
    for (size_t i = 0; near && i < status->n && !found; i++)
        if (status->items[i].name == near)
            found = &status->items[i];
    free(names);
    return found;
}

static bool refuse_unknown(mb_error *err, const char *name, const mb_item *alike)
{
    mb_fail(err, MB_ERR_USAGE, "migration \"%s\" does not exist", name);
    if (alike)
        return mb_fail_hint(err, "Did you mean \"%s/%s\"? moonbird status lists the migrations.",
                            mb_stream_name(alike->stream), alike->name);
    return mb_fail_hint(err, "moonbird status lists the migrations.");
}

bool mb_status_find(const mb_item **out, const mb_status *status, const char *name,
                    const mb_stream *only, mb_error *err)
{
    static const mb_stream streams[] = {MB_AUTO, MB_MANUAL};
    const mb_stream *asked = only;
    const mb_item *alike;
    const char *word = name;

    for (size_t i = 0; i < 2; i++) {
        const char *prefix = mb_stream_name(streams[i]);
        size_t len = strlen(prefix);

        if (strncmp(name, prefix, len) == 0 && name[len] == '/') {
            asked = &streams[i];
            word = name + len + 1;
        }
    }
    if (!*word)
        return refuse_empty(err);
    for (fit how = 0; how < FITS && (!only || *only == *asked); how++) {
        size_t i = next_fit(status, 0, word, asked, how), j;

        if (i == status->n)
            continue;
        j = next_fit(status, i + 1, word, asked, how);
        if (j < status->n)
            return ambiguous(err, name, &status->items[i], &status->items[j]);
        *out = &status->items[i];
        return true;
    }
    alike = find_alike(status, word, asked);
    refuse_unknown(err, name, alike || asked != only ? alike : find_alike(status, word, NULL));
    if (only && (word == name || *only != *asked))
        refuse_stream(err, status, word, *only);
    return false;
}

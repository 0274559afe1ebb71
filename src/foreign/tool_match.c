#include "moonbird/foreign/tool_match.h"

#include "moonbird/format/names.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A number, or a version of Flyway such as 1.2. */
static bool is_version(const char *key)
{
    return *key >= '0' && *key <= '9' && !key[strspn(key, "0123456789.")];
}

/* Part by part, as numbers; a part that is missing counts as 0. */
static int compare_versions(const char *a, const char *b)
{
    while (*a || *b) {
        int order = mb_compare_numbers(*a ? a : "0", *b ? b : "0");

        if (order)
            return order;
        a += strcspn(a, ".");
        b += strcspn(b, ".");
        a += *a == '.';
        b += *b == '.';
    }
    return 0;
}

/* 2024-01-01-000000_a is version 20240101000000 (diesel). */
static bool is_dashed(const char *name, const char *key)
{
    for (; *name && *name != '_'; name++)
        if (*name != '-' && *key++ != *name)
            return false;
    return !*key;
}

/* What follows the name of a migration in the name of its file.  "1_a.b" is another migration. */
static bool is_ending(const char *text)
{
    static const char *const endings[] = {"",    ".sql", ".up.sql", ".js", ".cjs", ".mjs", ".ts",
                                          ".cts", ".mts", ".py",     ".go", ".rb",  ".php"};

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(text, endings[i]) == 0)
            return true;
    return false;
}

/* The paths of a history may be relative to any folder above the file. */
static bool is_listed(const char *listed, const char *key)
{
    size_t len = strlen(listed), n = strlen(key);

    if (*listed != '/' || len <= n)
        return strcmp(listed, key) == 0;
    return listed[len - n - 1] == '/' && strcmp(listed + len - n, key) == 0;
}

/*
 * Most tools list the number of a migration, some its name or file.  With Flyway, a baseline
 * migration can have the number of another migration; the type of the row tells them apart.
 */
static bool is_key(const mb_migration *m, const mb_tool_row *row)
{
    const char *key = row->key;
    size_t len = strlen(m->name);

    if (row->baseline_file != m->baseline)
        return false;
    if (m->listed)
        return is_listed(m->listed, key);
    if (strncmp(key, m->name, len) == 0 && is_ending(key + len))
        return true;
    return is_version(key) && m->number[0] &&
           (compare_versions(key, m->number) == 0 || is_dashed(m->name, key));
}

bool mb_tool_row_names(const mb_tool_row *row, const mb_migration *m)
{
    return row->key && is_key(m, row);
}

bool mb_tool_row_is_half(const mb_tool_row *row, const mb_migration *m)
{
    return row->half && mb_tool_row_names(row, m);
}

static bool has_file(const mb_tool_row *row, const mb_status *status)
{
    for (size_t i = 0; i < status->n && status->items[i].stream == MB_AUTO; i++)
        if (status->items[i].file && mb_tool_row_names(row, status->items[i].file))
            return true;
    return false;
}

bool mb_tool_history_check(const mb_tool_history *f, const mb_status *status, mb_error *err)
{
    for (size_t i = 0; i < f->n; i++) {
        const mb_tool_row *row = &f->items[i];

        if (row->unread) {
            mb_fail(err, MB_ERR_POLICY, "%s has a row that moonbird cannot read: %s", f->table,
                    row->unread);
            return mb_fail_hint(err, "Correct or delete it.");
        }
        if (row->half && !has_file(row, status)) {
            mb_fail(err, MB_ERR_POLICY,
                    "%s lists a migration that has no file, and that the tool began and did not "
                    "finish: %s", f->table, row->key);
            return mb_fail_hint(err, "Finish or undo it with that tool first.");
        }
    }
    return true;
}

static bool refuse_shared(const mb_tool_history *f, const mb_tool_row *row, const mb_item *a,
                          const mb_item *b, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "the row %s of %s can be that of two files: %s and %s", row->key,
            f->table, a->file->path, b->file->path);
    mb_fail_at(err, b->file->path, 0, 0);
    return mb_fail_hint(err, "Give the file that the tool did not run another number.");
}

/* Files with a row in moonbird's history need none of the tool's. */
static bool check_shared(const mb_tool_history *f, const mb_tool_row *row, const mb_status *status,
                         mb_error *err)
{
    const mb_item *first = NULL;

    for (size_t i = 0; i < status->n && status->items[i].stream == MB_AUTO; i++) {
        const mb_item *item = &status->items[i];

        if (!item->file || item->orphan || !mb_tool_row_names(row, item->file))
            continue;
        if (first && !(first->row && item->row))
            return refuse_shared(f, row, first, item, err);
        first = first && !first->row ? first : item;
    }
    return true;
}

bool mb_tool_history_check_shared(const mb_tool_history *f, const mb_status *status, mb_error *err)
{
    for (size_t i = 0; i < f->n && !f->one_each; i++)
        if (f->items[i].key && !check_shared(f, &f->items[i], status, err))
            return false;
    return true;
}

static bool is_up_to(const mb_tool_row *row, const mb_migration *m)
{
    return row->up_to && m->number[0] && !m->baseline &&
           compare_versions(m->number, row->key) < 0;
}

static const mb_tool_row *find_row(const mb_tool_history *f, const mb_migration *m)
{
    for (size_t i = 0; i < f->n; i++) {
        const mb_tool_row *row = &f->items[i];

        if (mb_tool_row_names(row, m) || (row->key && is_up_to(row, m)))
            return row;
    }
    return NULL;
}

/* How a row of Drizzle's table can match a file, most exact first. */
typedef enum fit { FIT_NAME, FIT_TIME, FIT_SECOND, FIT_CONTENTS, FITS } fit;

static bool fits(const mb_tool_row *l, const mb_migration *m, fit how)
{
    switch (how) {
    case FIT_NAME:
        return mb_tool_row_names(l, m);
    case FIT_TIME:
        return l->when && l->when == m->when;
    case FIT_SECOND:
        return l->when && l->when == m->when / 1000 * 1000;
    default:
        return l->sum && strcmp(l->sum, m->file_sum) == 0;
    }
}

/* Gives the row to the first file that it fits and that has no row. */
static bool give_first(const mb_tool_row **rows, const mb_status *status, const mb_tool_row *l,
                       fit how)
{
    for (size_t i = 0; i < status->n && status->items[i].stream == MB_AUTO; i++) {
        const mb_item *item = &status->items[i];

        if (!rows[i] && item->file && !item->orphan && fits(l, item->file, how)) {
            rows[i] = l;
            return true;
        }
    }
    return false;
}

/*
 * Each row of Drizzle's table is one run of one file.  Files may have the same contents, or times
 * in the same second, so all files of the project are compared.
 */
static void match_one_each(const mb_tool_row **rows, const mb_status *status,
                           const mb_tool_history *f)
{
    bool *used = mb_alloc(f->n * sizeof *used);

    for (fit how = 0; how < FITS; how++)
        for (size_t i = 0; i < f->n; i++)
            used[i] = used[i] || give_first(rows, status, &f->items[i], how);
    free(used);
}

const mb_tool_row **mb_tool_match(const mb_status *status, const mb_tool_history *f)
{
    const mb_tool_row **rows = mb_alloc(status->n * sizeof *rows);

    if (f->one_each)
        match_one_each(rows, status, f);
    else
        for (size_t i = 0; i < status->n && status->items[i].stream == MB_AUTO; i++)
            rows[i] = status->items[i].file ? find_row(f, status->items[i].file) : NULL;
    return rows;
}

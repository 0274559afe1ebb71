#include "foreign.h"

#include "tool_history.h"

#include "moonbird/format/names.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- matching ---- */

static bool is_number(const char *key)
{
    return *key && !key[strspn(key, "0123456789")];
}

/* 2024-01-01-000000_a is version 20240101000000 (diesel). */
static bool is_dashed(const char *name, const char *key)
{
    for (; *name && *name != '_'; name++)
        if (*name != '-' && *key++ != *name)
            return false;
    return !*key;
}

/* Most tools list the number of a migration, some its name or file. */
static bool is_key(const mb_migration *m, const char *key)
{
    size_t len = strlen(m->name);

    if (strncmp(key, m->name, len) == 0 && (!key[len] || key[len] == '.'))
        return true;
    return is_number(key) && m->number[0] &&
           (mb_compare_numbers(key, m->number) == 0 || is_dashed(m->name, key));
}

static bool lists(const mb_tool_history *f, const mb_migration *m)
{
    for (size_t i = 0; i < f->n; i++) {
        const mb_tool_row *l = &f->items[i];

        if (l->key && ((!l->dirty && is_key(m, l->key)) ||
                       (f->up_to && m->number[0] && mb_compare_numbers(m->number, l->key) < 0)))
            return true;
    }
    return false;
}

/* How a row of Drizzle's table can match a file, most exact first. */
typedef enum fit { FIT_NAME, FIT_TIME, FIT_SECOND, FIT_CONTENTS, FITS } fit;

static bool fits(const mb_tool_row *l, const mb_migration *m, fit how)
{
    switch (how) {
    case FIT_NAME:
        return l->key && is_key(m, l->key);
    case FIT_TIME:
        return l->when && l->when == m->when;
    case FIT_SECOND:
        return l->when && l->when == m->when / 1000 * 1000;
    default:
        return l->hash && strcmp(l->hash, m->file_sum) == 0;
    }
}

/* Marks the first file that the row fits and no other row was found for. */
static bool mark_first(bool *listed, const mb_status *status, const mb_tool_row *l, fit how)
{
    for (size_t i = 0; i < status->n && status->items[i].stream == MB_AUTO; i++) {
        const mb_item *item = &status->items[i];

        if (!listed[i] && item->file && !item->orphan && fits(l, item->file, how)) {
            listed[i] = true;
            return true;
        }
    }
    return false;
}

/*
 * Each row of Drizzle's table is one run of one file.  Files may have the same contents, or times
 * in the same second, so all files of the project are compared, not only those to record.
 */
static void mark_one_each(bool *listed, const mb_status *status, const mb_tool_history *f)
{
    bool *used = mb_alloc(f->n * sizeof *used);

    for (fit how = 0; how < FITS; how++)
        for (size_t i = 0; i < f->n; i++)
            used[i] = used[i] || mark_first(listed, status, &f->items[i], how);
    free(used);
}

/* For each item of the status: does the tool's history list its file? */
static bool *find_listed(const mb_status *status, const mb_tool_history *f)
{
    bool *listed = mb_alloc(status->n * sizeof *listed);

    if (f->one_each)
        mark_one_each(listed, status, f);
    else
        for (size_t i = 0; i < status->n; i++)
            listed[i] = status->items[i].file && lists(f, status->items[i].file);
    return listed;
}

/* ---- the check ---- */

static bool check(const mb_tool_history *f, const mb_foreign_request *r,
                  const mb_reporter *reporter, mb_error *err)
{
    bool *listed = find_listed(r->status, f);
    mb_buf names = {0};
    size_t found = 0;
    char *text;
    bool ok;

    for (size_t i = 0; i < r->n; i++) {
        if (listed[r->items[i] - r->status->items])
            found++;
        else
            mb_buf_printf(&names, "%s%s", names.len ? ", " : "", r->items[i]->name);
    }
    ok = found == r->n || r->force;
    text = mb_format("%s lists %zu of the %zu migrations to record", f->table, found, r->n);
    if (!ok) {
        mb_fail(err, MB_ERR_POLICY, "%s does not list %s", f->table, mb_buf_str(&names));
        mb_fail_detail(err, "%s.", text);
        mb_fail_hint(err, "Record the listed ones with moonbird mark NAME..., and run the rest "
                          "with moonbird up. If the database already has all of them, use "
                          "--force.");
    } else if (reporter && reporter->note) {
        reporter->note(reporter->self, text);
    }
    mb_buf_free(&names);
    free(text);
    free(listed);
    return ok;
}

/* The rows of the table do not tell which files it has, or it is not safe to read them. */
static bool check_unknown(const mb_tool_history *f, bool force, const mb_reporter *reporter,
                          mb_error *err)
{
    char *text = mb_format("%s is the history of another tool, which moonbird cannot compare with "
                           "the files", f->table);

    if (!force) {
        mb_fail(err, MB_ERR_POLICY, "%s", text);
        mb_fail_hint(err, "Find out which migrations the database already has. If it has all that "
                          "are to be recorded, use --force. Otherwise record those that it has "
                          "with moonbird mark NAME..., and run the rest with moonbird up.");
    } else if (reporter && reporter->note) {
        reporter->note(reporter->self, text);
    }
    free(text);
    return force;
}

bool mb_foreign_check(const mb_foreign_request *r, const mb_reporter *reporter, mb_conn *conn,
                      mb_error *err)
{
    mb_tool_history f;
    bool ok = mb_tool_history_read(&f, conn, err);

    if (ok && f.is_comparable)
        ok = check(&f, r, reporter, err);
    else if (ok && f.table)
        ok = check_unknown(&f, r->force, reporter, err);
    mb_tool_history_free(&f);
    return ok;
}

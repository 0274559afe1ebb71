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

/* Compares the name, the time in the journal (also truncated to seconds), and the contents. */
static bool is_listed(const mb_tool_row *l, const mb_migration *m)
{
    if (l->key && is_key(m, l->key))
        return true;
    return (m->when && (l->when == m->when || l->when == m->when / 1000 * 1000)) ||
           (l->hash && strcmp(l->hash, m->file_sum) == 0);
}

static bool lists(const mb_tool_history *f, const mb_migration *m)
{
    for (size_t i = 0; i < f->n; i++) {
        const mb_tool_row *l = &f->items[i];

        if ((!l->dirty && is_listed(l, m)) ||
            (f->up_to && l->key && m->number[0] && mb_compare_numbers(m->number, l->key) < 0))
            return true;
    }
    return false;
}

/* ---- the check ---- */

static bool check(const mb_tool_history *f, const mb_item *const *items, size_t n, bool force,
                  const mb_reporter *reporter, mb_error *err)
{
    mb_buf names = {0};
    size_t found = 0;
    char *text;
    bool ok;

    for (size_t i = 0; i < n; i++) {
        if (lists(f, items[i]->file))
            found++;
        else
            mb_buf_printf(&names, "%s%s", names.len ? ", " : "", items[i]->name);
    }
    ok = found == n || force;
    text = mb_format("%s lists %zu of the %zu migrations to record", f->table, found, n);
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
    return ok;
}

/* The rows of the table do not tell which files it has, or it is not safe to read them. */
static bool check_unknown(const mb_tool_history *f, bool force, const mb_reporter *reporter,
                          mb_error *err)
{
    char *text = mb_format("%s is the history of another tool, which moonbird cannot compare with "
                           "the files",
                           f->table);

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

bool mb_foreign_check(const mb_item *const *items, size_t n, bool force,
                      const mb_reporter *reporter, mb_conn *conn, mb_error *err)
{
    mb_tool_history f;
    bool ok = mb_tool_history_read(&f, conn, err);

    if (ok && f.is_comparable)
        ok = check(&f, items, n, force, reporter, err);
    else if (ok && f.table)
        ok = check_unknown(&f, force, reporter, err);
    mb_tool_history_free(&f);
    return ok;
}

#include "foreign.h"

#include "moonbird/foreign/tool_match.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>

/* The migrations to record, compared with the tool's history. */
typedef struct comparison {
    size_t found;    /* how many of them the history lists */
    mb_buf unlisted; /* the names of the others */
    mb_buf left;     /* names of migrations that the history lists and that would stay pending */
} comparison;

static void add_name(mb_buf *names, const mb_item *item)
{
    mb_buf_printf(names, "%s%s", names->len ? ", " : "", item->file->name);
}

static bool is_to_record(const mb_foreign_request *r, const mb_item *item)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->items[i] == item)
            return true;
    return false;
}

static void compare(comparison *c, const mb_tool_history *f, const mb_foreign_request *r)
{
    const mb_tool_row **rows = mb_tool_match(r->status, f);

    for (size_t i = 0; i < r->status->n && r->status->items[i].stream == MB_AUTO; i++) {
        const mb_item *item = &r->status->items[i];
        bool listed = rows[i] && !mb_tool_row_is_half(rows[i], item->file);
        bool record = is_to_record(r, item);

        c->found += record && listed;
        if (record && !listed)
            add_name(&c->unlisted, item);
        if (!record && listed && !mb_item_never_runs(item))
            add_name(&c->left, item);
    }
    free(rows);
}

static bool refuse_unlisted(const comparison *c, const mb_tool_history *f, const char *text,
                            mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s does not list %s", f->table, c->unlisted.data);
    mb_fail_detail(err, "%s.", text);
    return mb_fail_hint(err, "Record the listed ones with moonbird mark NAME..., and run the rest "
                             "with moonbird up. If the database already has all of them, use "
                             "--force.");
}

static bool refuse_left(const comparison *c, const mb_tool_history *f, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s also lists %s", f->table, c->left.data);
    mb_fail_detail(err, "If they stay pending, moonbird up applies them a second time.");
    return mb_fail_hint(err, "To record all that it lists, run moonbird adopt. To leave some of "
                             "them pending, use --force.");
}

static void note_left(const comparison *c, const mb_tool_history *f, const mb_reporter *reporter)
{
    char *text =
        mb_format("%s also lists migrations that stay pending: %s", f->table, mb_buf_str(&c->left));

    if (c->left.len)
        reporter->note(reporter->self, text);
    free(text);
}

static bool check(const mb_tool_history *f, const mb_foreign_request *r,
                  const mb_reporter *reporter, mb_error *err)
{
    comparison c = {0};
    bool ok = true;
    char *text;

    compare(&c, f, r);
    text = mb_format("%s lists %zu of the %zu migrations to record", f->table, c.found, r->n);
    if (c.unlisted.len && !r->force) {
        ok = refuse_unlisted(&c, f, text, err);
    } else if (c.left.len && !r->force) {
        ok = refuse_left(&c, f, err);
    } else if (reporter && reporter->note) {
        reporter->note(reporter->self, text);
        note_left(&c, f, reporter);
    }
    mb_buf_free(&c.unlisted);
    mb_buf_free(&c.left);
    free(text);
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
    bool ok = mb_tool_history_read(&f, NULL, r->named, conn, err);

    if (ok && f.is_comparable)
        ok = check(&f, r, reporter, err);
    else if (ok && f.table)
        ok = check_unknown(&f, r->force, reporter, err);
    mb_tool_history_free(&f);
    return ok;
}

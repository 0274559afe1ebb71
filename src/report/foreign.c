#include "foreign.h"

#include "tool_match.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>

static bool check(const mb_tool_history *f, const mb_foreign_request *r,
                  const mb_reporter *reporter, mb_error *err)
{
    const mb_tool_row **rows = mb_tool_match(r->status, f);
    mb_buf names = {0};
    size_t found = 0;
    char *text;
    bool ok;

    for (size_t i = 0; i < r->n; i++) {
        const mb_tool_row *row = rows[r->items[i] - r->status->items];

        if (row && !mb_tool_row_is_half(row, r->items[i]->file))
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
    free(rows);
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
    bool ok = mb_tool_history_read(&f, NULL, conn, err);

    if (ok && f.is_comparable)
        ok = check(&f, r, reporter, err);
    else if (ok && f.table)
        ok = check_unknown(&f, r->force, reporter, err);
    mb_tool_history_free(&f);
    return ok;
}

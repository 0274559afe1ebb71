/* repair.c -- repair: the checksums of a changed file are recorded again. */
#include "parts.h"

#include "moonbird/project/half_done_hint.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool check_repair(const mb_amend *w, const mb_item *item, char **why, mb_error *err)
{
    (void)w;
    if (!mb_amend_need_row(item, err) ||
        !mb_amend_need_file(
            item, "Restore the file, or forget the migration: moonbird forget NAME.", err))
        return false;
    if (item->state != MB_APPLIED) {
        mb_amend_refuse(err, MB_ERR_POLICY, item, "is half done and has no checksums yet", "");
        return mb_hint_half_done(err, item->row);
    }
    if (item->moved) {
        mb_amend_refuse(err, MB_ERR_POLICY, item,
                        "was applied with the contents that another file has now", "");
        return mb_fail_hint(err, "moonbird verify shows which file. If the migration was "
                                 "renamed: moonbird rename --all. If that file is a new "
                                 "migration, move it out of the folder, run repair, and move it "
                                 "back.");
    }
    if (item->unrun) {
        mb_amend_refuse(err, MB_ERR_POLICY, item, "has statements that have not run", "");
        return mb_hint_unrun(err, item);
    }
    if (strcmp(item->row->file_sum, item->file->file_sum) == 0)
        *why = mb_strdup("has the file that was applied");
    return true;
}

static bool execute_repair(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err)
{
    const mb_row *row = item->row;
    size_t statements;
    char *detail;
    bool ok;

    if (!mb_amend_inspect_file(w, item, &out->after, &statements, err))
        return false;
    snprintf(out->before.file, MB_HASH_HEX, "%s", row->file_sum);
    snprintf(out->before.normalized, MB_HASH_HEX, "%s", row->normalized_sum);
    detail = mb_format("checksum %s, was %s; raw %s, was %s", out->after.normalized,
                       row->normalized_sum, out->after.file, row->file_sum);
    ok = mb_history_repair(&w->by, mb_amend_key(item), &out->after, detail, err);
    free(detail);
    return ok;
}

static const mb_amend_verb repair = {
    .name = "repair",
    .mirrors = MB_MIRRORS_REPAIR,
    .choose = mb_amend_choose_named,
    .check = check_repair,
    .execute = execute_repair,
};

bool mb_project_repair(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                       const mb_reporter *reporter, mb_error *err)
{
    return mb_amend_run(mb_amend_of(&repair, out, project, names, n, reporter), err);
}

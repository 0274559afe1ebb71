#include "half_done.h"

#include "moonbird/project/half_done_hint.h"

#include <string.h>

bool mb_source_is_begun(const mb_source *source)
{
    return source->step && source->step->resume;
}

size_t mb_source_done(const mb_source *source)
{
    return mb_source_is_begun(source) && !source->lua ? source->step->item->row->done : 0;
}

static bool refuse_edited(const mb_source *source, size_t done, mb_error *err)
{
    if (done == 1)
        mb_fail(err, MB_ERR_POLICY, "the first statement, which already ran, was edited");
    else
        mb_fail(err, MB_ERR_POLICY, "the first %zu statements, which already ran, were edited",
                done);
    mb_fail_at(err, source->path, 0, 0);
    mb_fail_detail(err, "Statements that already ran must stay as they were. You may correct the "
                        "ones after them.");
    return mb_hint_half_done_after(err, source->step->item->row,
                                   "restore the statements that ran");
}

/* Check that the statements that already ran are unchanged, by the checksum at the last of them. */
static bool check_done(const mb_source *source, mb_script *script, bool at_end, mb_error *err)
{
    size_t done = mb_source_done(source);
    char sum[MB_HASH_HEX];

    if (done == 0 || (at_end ? source->statements >= done : source->statements != done))
        return true;
    mb_script_progress_checksum(script, sum);
    return strcmp(sum, source->step->item->row->done_sum) == 0 || refuse_edited(source, done, err);
}

/*
 * Refuse a statement that names a temporary table, or another object of an earlier run's session:
 * it is gone, and the name could now mean another one.
 */
static bool check_temporary(const mb_source *source, mb_half_done *ran, const mb_stmt *stmt,
                            mb_error *err)
{
    const mb_temporary_object *object;

    if (stmt->number <= mb_source_done(source)) {
        mb_temporary_note(&ran->gone, stmt);
        return true;
    }
    object = mb_temporary_named(&ran->gone, stmt);
    if (!object)
        return true;
    mb_fail(err, MB_ERR_POLICY, "the %s \"%s\" of an earlier run no longer exists", object->kind,
            object->name);
    mb_fail_at(err, source->path, stmt->line, stmt->column);
    return mb_hint_half_done_after(err, source->step->item->row,
                                   "write the rest of the file without it");
}

/*
 * When a file continues, settings of the statements that ran are made again.  Refuse the first
 * setting that cannot be repeated, unless the rest of the file begins with a setting that replaces
 * it.
 */
static bool check_hidden(const mb_source *source, mb_half_done *ran, const mb_stmt *stmt,
                         mb_error *err)
{
    size_t done = mb_source_done(source);

    if (stmt->number > done + 1)
        return true;
    if (stmt->number <= done && !ran->hides_line && mb_stmt_hides_setting(stmt, ran->local))
        ran->hides_line = stmt->line;
    mb_stmt_follow_local(&ran->local, stmt);
    if (stmt->number != done + 1 || !ran->hides_line || mb_stmt_sets_session(stmt))
        return true;
    mb_fail(err, MB_ERR_POLICY, "the setting that this statement made in an earlier run is lost");
    mb_fail_at(err, source->path, ran->hides_line, 0);
    return mb_hint_half_done_after(err, source->step->item->row,
                                   "put a SET that does the same before the remaining statements");
}

bool mb_half_done_check(mb_half_done *ran, const mb_source *source, mb_script *script,
                        const mb_stmt *stmt, mb_error *err)
{
    return check_done(source, script, false, err) && check_temporary(source, ran, stmt, err) &&
           check_hidden(source, ran, stmt, err);
}

bool mb_half_done_check_end(const mb_source *source, mb_script *script, mb_error *err)
{
    return check_done(source, script, true, err);
}

void mb_half_done_free(mb_half_done *ran)
{
    mb_temporary_free(&ran->gone);
}

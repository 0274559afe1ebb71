/* item.c -- the checks of these commands on one migration, and their messages. */
#include "parts.h"

#include "moonbird/project/source.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/named_hint.h"

bool mb_amend_refuse(mb_error *err, mb_code code, const mb_item *item, const char *what,
                     const char *hint)
{
    mb_fail(err, code, "%s/%s %s", mb_stream_name(item->stream), item->name, what);
    if (item->file && item->file->path)
        mb_fail_at(err, item->file->path, 0, 0);
    return mb_named_hint(err, hint, item->name);
}

char *mb_amend_describe(const mb_row *row)
{
    if (!row)
        return mb_strdup("");
    if (row->state == MB_APPLIED)
        return mb_format("was applied at %s by %s", row->applied_at, row->applied_by);
    if (!row->total) /* a migration of steps */
        return mb_format("was %s %s", mb_state_name(row->state), mb_direction_name(row->direction));
    return mb_format("was %s %s, %zu of %zu statements done", mb_state_name(row->state),
                     mb_direction_name(row->direction), row->done, row->total);
}

bool mb_amend_need_file(const mb_item *item, const char *hint, mb_error *err)
{
    return !item->missing || mb_amend_refuse(err, MB_ERR_FILE, item, "has no file", hint);
}

bool mb_amend_need_row(const mb_item *item, mb_error *err)
{
    return item->row || mb_amend_refuse(err, MB_ERR_USAGE, item, "is not in the history",
                                        "moonbird history lists the recorded migrations.");
}

mb_key mb_amend_key(const mb_item *item)
{
    return (mb_key){item->stream, item->name};
}

bool mb_amend_inspect_file(const mb_amend *w, const mb_item *item, mb_checksums *sums,
                           size_t *statements, mb_error *err)
{
    const mb_step step = {.item = item, .direction = MB_UP};
    mb_source source;

    if (!mb_source_open(&source, &w->project->settings, w->project->host, &step, err))
        return false;
    *sums = source.sums;
    *statements = source.statements;
    mb_source_close(&source, w->project->host);
    return true;
}

#include "moonbird/project/half_done_hint.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>

/* The command that resumes it; the caller frees it. */
static char *command_on(mb_stream stream, mb_direction direction, const char *name)
{
    if (stream == MB_MANUAL)
        return mb_format("moonbird manual %s %s", direction == MB_UP ? "apply" : "rollback", name);
    return mb_strdup(direction == MB_UP ? "moonbird up" : "moonbird down");
}

bool mb_hint_continues(mb_error *err, mb_stream stream, mb_direction direction, const char *name)
{
    char *command = command_on(stream, direction, name);

    mb_fail_hint(err, "To continue: %s.", command);
    free(command);
    return false;
}

static bool hint_half_applied(mb_error *err, const mb_row *row, const char *first,
                              const char *finish)
{
    const char *name = row->name;
    bool manual = row->stream == MB_MANUAL;

    return mb_fail_hint(err,
                        "To finish it: %s%s. To start it over: %s%s --restart %s. To roll back "
                        "the finished part: moonbird %s --partial %s; the rollback must accept "
                        "that some objects do not exist. If you finished it by hand: moonbird "
                        "mark %s. If you undid it by hand: moonbird forget %s. mark and forget "
                        "change only the history.",
                        first, finish, manual ? "moonbird manual apply " : "moonbird up",
                        manual ? name : "", name, manual ? "manual rollback" : "down", name, name,
                        name);
}

/*
 * A rollback that fails before it does anything puts the row back. A process that was killed does
 * not, and the row neither counts steps nor tells whether all of the migration was applied before.
 */
static bool may_be_whole(const mb_row *row)
{
    return row->done == 0 && (row->state == MB_RUNNING || row->total > 0);
}

static bool hint_half_rolled_back(mb_error *err, const mb_row *row, const char *first,
                                  const char *finish)
{
    char *keep = may_be_whole(row) && !*first
                     ? mb_format("To keep it, if it was wholly applied and nothing was "
                                 "rolled back: moonbird mark %s. ", row->name)
                     : mb_strdup("");

    mb_fail_hint(err, "%sTo finish it: %s%s. If you rolled it back by hand, or want to apply "
                      "it again from its first statement: moonbird forget %s. If you applied "
                      "it again by hand: moonbird mark %s. forget and mark run nothing and "
                      "undo nothing.", keep, first, finish, row->name, row->name);
    free(keep);
    return false;
}

bool mb_hint_half_done_after(mb_error *err, const mb_row *row, const char *first)
{
    char *finish = command_on(row->stream, row->direction, row->name);

    if (row->direction == MB_UP)
        hint_half_applied(err, row, first, finish);
    else
        hint_half_rolled_back(err, row, first, finish);
    free(finish);
    return false;
}

bool mb_hint_half_done(mb_error *err, const mb_row *row)
{
    return mb_hint_half_done_after(err, row, "");
}

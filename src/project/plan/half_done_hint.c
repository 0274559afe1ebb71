#include "moonbird/project/half_done_hint.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

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

/* A command, and what it does; both are owned. */
typedef struct choice {
    char *command;
    char *effect;
} choice;

/* Sets the hint to the list of choices, one a line, and frees them. Returns false. */
static bool hint_choices(mb_error *err, choice *choices, size_t n)
{
    mb_buf text = {0};
    int width = 0;

    for (size_t i = 0; i < n; i++)
        if ((int)strlen(choices[i].command) > width)
            width = (int)strlen(choices[i].command);
    mb_buf_puts(&text, "Choose one of these. mark and forget change only the history.");
    for (size_t i = 0; i < n; i++) {
        mb_buf_printf(&text, "\n  %-*s  %s", width, choices[i].command, choices[i].effect);
        free(choices[i].command);
        free(choices[i].effect);
    }
    mb_fail_hint(err, "%s", mb_buf_str(&text));
    mb_buf_free(&text);
    return false;
}

static char *finish_effect(const char *first)
{
    return *first ? mb_format("finish it; first %s", first) : mb_strdup("finish it");
}

static bool hint_half_applied(mb_error *err, const mb_row *row, const char *first)
{
    const char *name = row->name;
    bool manual = row->stream == MB_MANUAL;
    choice choices[] = {
        {command_on(row->stream, MB_UP, name), finish_effect(first)},
        {mb_format("moonbird %s --restart %s", manual ? "manual apply" : "up", name),
         mb_strdup("start it over")},
        {mb_format("moonbird %s --partial %s", manual ? "manual rollback" : "down", name),
         mb_strdup("roll back the finished part; the rollback must accept that some objects do not "
                   "exist")},
        {mb_format("moonbird mark %s", name),
         mb_strdup("record it as applied, if you finished it by hand")},
        {mb_format("moonbird forget %s", name), mb_strdup("if you undid it by hand")},
    };

    return hint_choices(err, choices, sizeof choices / sizeof choices[0]);
}

/*
 * A rollback that fails before it does anything puts the row back. A process that was killed does
 * not, and the row neither counts steps nor tells whether all of the migration was applied before.
 */
static bool may_be_whole(const mb_row *row)
{
    return row->done == 0 && (row->state == MB_RUNNING || row->total > 0);
}

static bool hint_half_rolled_back(mb_error *err, const mb_row *row, const char *first)
{
    const char *name = row->name;
    choice choices[] = {
        {command_on(row->stream, MB_DOWN, name), finish_effect(first)},
        {mb_format("moonbird forget %s", name),
         mb_strdup("if you rolled it back by hand, or to apply it again from its first statement")},
        {mb_format("moonbird mark %s", name),
         mb_strdup(may_be_whole(row) && !*first
                       ? "keep it, if it was wholly applied and nothing was rolled back, or if you "
                         "applied it again by hand"
                       : "keep it, if you applied it again by hand")},
    };

    return hint_choices(err, choices, sizeof choices / sizeof choices[0]);
}

bool mb_hint_half_done_after(mb_error *err, const mb_row *row, const char *first)
{
    return row->direction == MB_UP ? hint_half_applied(err, row, first)
                                   : hint_half_rolled_back(err, row, first);
}

bool mb_hint_half_done(mb_error *err, const mb_row *row)
{
    return mb_hint_half_done_after(err, row, "");
}

/*
 * half_done_hint.h -- what a user can do with a migration that is half applied or half rolled back.
 */
#ifndef MOONBIRD_PROJECT_HALF_DONE_HINT_H
#define MOONBIRD_PROJECT_HALF_DONE_HINT_H

#include "moonbird/history/history.h"

/*
 * Set err->hint to the commands that finish, restart, undo or accept the half-done migration of
 * `row`, and say which of them undo nothing. Returns false.
 */
bool mb_hint_half_done(mb_error *err, const mb_row *row);

/*
 * mb_hint_half_done where the user must do something before the migration can be finished: `first`
 * is that instruction, "restore the file". Returns false.
 */
bool mb_hint_half_done_after(mb_error *err, const mb_row *row, const char *first);

/* Set err->hint to the command that resumes the migration in that direction. Returns false. */
bool mb_hint_continues(mb_error *err, mb_stream stream, mb_direction direction, const char *name);

#endif

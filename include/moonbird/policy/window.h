/*
 * window.h -- the times of a week at which an environment may be changed.
 *
 *     window = ITEM {"," ITEM} "UTC"       "Sun 02:00-04:00 UTC"
 *     ITEM   = [DAY["-"DAY]] FROM"-"TO     "Mon-Fri 22:00-02:00, Sat 00:00-24:00 UTC"
 *
 * A day is its English name or the first three letters of it; without one an
 * item is for every day.  An item that ends before it begins goes on over
 * midnight into the day after those it names.  FROM is inside, TO is not.
 */
#ifndef MOONBIRD_WINDOW_H
#define MOONBIRD_WINDOW_H

#include "moonbird/base/error.h"

enum { MB_DAY_MINUTES = 24 * 60, MB_WEEK_MINUTES = 7 * MB_DAY_MINUTES };

/*
 * *minutes: how long after `now` (minutes since Sunday 00:00 UTC) the window opens; 0 when it is
 * open, and then *left is the number of minutes until it closes.  MB_ERR_USAGE, at any time, where
 * `text` is not a window.
 */
MB_MUST_CHECK bool mb_window_wait(int *minutes, int *left, const char *text, int now, mb_error *err);

#endif

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

#include "moonbird/error.h"

enum { MB_DAY_MINUTES = 24 * 60, MB_WEEK_MINUTES = 7 * MB_DAY_MINUTES };

/*
 * How many minutes after `now`, in minutes since Sunday 00:00 UTC, the window is
 * open: 0 when it is, and then *left is in how many minutes the item closes that is open.  A text that is no window: MB_ERR_USAGE, whatever the time.
 */
MB_MUST_CHECK bool mb_window_wait(int *minutes, int *left, const char *text, int now, mb_error *err);

#endif

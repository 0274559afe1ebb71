/*
 * window.h -- the times of a week at which an environment may be changed.
 *
 *    window = ITEM {"," ITEM} "UTC"       "Sun 02:00-04:00 UTC"
 *    ITEM   = [DAY["-"DAY]] FROM"-"TO     "Mon-Fri 22:00-02:00, Sat 00:00-24:00 UTC"
 *
 * A DAY is an English name or its first three letters. An item without a day applies every day. An
 * item whose TO is before its FROM continues past midnight into the next day. FROM is inside the
 * window, TO is not.
 */
#ifndef MOONBIRD_POLICY_WINDOW_H
#define MOONBIRD_POLICY_WINDOW_H

#include "moonbird/base/error.h"

enum { MB_DAY_MINUTES = 24 * 60, MB_WEEK_MINUTES = 7 * MB_DAY_MINUTES };

/*
 * Compute how long a window stays closed or open. `now` is in minutes since Sunday 00:00 UTC.
 * *minutes is the time until the window opens, or 0 if it is open; then *left is the time until it
 * closes. Both are in minutes. MB_ERR_USAGE if `text` is not a window, whatever `now` is.
 */
MB_MUST_CHECK bool mb_window_wait(int *minutes, int *left, const char *text, int now,
                                  mb_error *err);

#endif

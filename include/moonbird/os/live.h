/*
 * live.h -- the live line: a line at the bottom of the terminal that shows what is running, with
 * the time since mb_live_start.
 *
 * Any other output erases it first.  Where mb_print goes to no terminal, there is none.
 */
#ifndef MOONBIRD_OS_LIVE_H
#define MOONBIRD_OS_LIVE_H

#include "moonbird/base/error.h"

/* Shows the line with this text, and counts its time from now. */
void mb_live_start(const char *fmt, ...) MB_PRINTF(1, 2);

/*
 * Adds text after the time, or shows it alone; "" removes it. Its fields, between ", " or "; ", are
 * in the order of their importance, since a narrow terminal shows only the first of them.
 */
void mb_live_detail(const char *fmt, ...) MB_PRINTF(1, 2);

/*
 * Shortens the text to `most` characters, since a line that wraps could not be erased: without its
 * last fields, or else within its first one.
 */
void mb_live_fit(char *text, size_t most);

/* Redraws the line.  Code that waits calls it. */
void mb_live_tick(void);
void mb_live_stop(void);

#endif

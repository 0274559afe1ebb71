/*
 * progress.h -- how far a long piece of work is.
 *
 * On a terminal it is part of the live line, with rate and time left; elsewhere a line every ten
 * seconds; with --json and -q nothing.
 */
#ifndef MOONBIRD_OS_PROGRESS_H
#define MOONBIRD_OS_PROGRESS_H

#include <stdint.h>

/* Where there is no live line, progress is a line this often. */
enum { MB_PROGRESS_LINE_US = 10 * 1000000 };

typedef struct mb_progress mb_progress;

/* `total` is the number of items; 0: not known.  The caller ends or drops it. */
mb_progress *mb_progress_start(const char *label, int64_t total);
void mb_progress_add(mb_progress *progress, int64_t n); /* n more items are done */

/* Both free it and accept NULL. The first reports how much was done; the second reports nothing. */
void mb_progress_end(mb_progress *progress);
void mb_progress_drop(mb_progress *progress);

#endif

/*
 * progress.h -- how far a long piece of work is.
 *
 * On a terminal part of the live line, with rate and time left; elsewhere a line
 * every ten seconds; nothing under --json and -q.
 */
#ifndef MOONBIRD_PROGRESS_H
#define MOONBIRD_PROGRESS_H

#include <stdint.h>

typedef struct mb_progress mb_progress;

mb_progress *mb_progress_start(const char *label, int64_t total); /* 0: not known */
void mb_progress_add(mb_progress *progress, int64_t n);
void mb_progress_end(mb_progress *progress); /* says what was done, and frees; NULL is fine */
void mb_progress_drop(mb_progress *progress); /* frees, and says nothing */

#endif

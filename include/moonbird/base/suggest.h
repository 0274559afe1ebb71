/* suggest.h -- "did you mean": the nearest of some words. */
#ifndef MOONBIRD_SUGGEST_H
#define MOONBIRD_SUGGEST_H

#include <stddef.h>

/*
 * The word nearest to `given` by edits (swaps of neighbours count as one), or
 * NULL when none is near enough to be meant: a third of its length, at least one.
 */
const char *mb_nearest(const char *given, const char *const *words, size_t n);

#endif

/* suggest.h -- "did you mean": the word nearest to a mistyped one. */
#ifndef MOONBIRD_BASE_SUGGEST_H
#define MOONBIRD_BASE_SUGGEST_H

#include "moonbird/base/error.h"

#include <stddef.h>

/*
 * The element of `words` with the fewest edits to `given` (a swap of neighbours is one edit).
 * NULL when all need more edits than a third of the length of `given`; one edit is always allowed, if
 * a letter stays.
 */
const char *mb_nearest(const char *given, const char *const *words, size_t n);

/* Gives *err the hint for an unknown key: the nearest of the `n` keys, or else all of them. */
void mb_suggest_key(mb_error *err, const char *given, const char *const *keys, size_t n);

#endif

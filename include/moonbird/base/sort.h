/* sort.h -- sorting of arrays. */
#ifndef MOONBIRD_BASE_SORT_H
#define MOONBIRD_BASE_SORT_H

#include <stddef.h>

/*
 * As qsort, but `items` may be NULL when n is 0, and a sorted array costs only n - 1 comparisons.
 */
void mb_sort(void *items, size_t n, size_t size, int (*compare)(const void *a, const void *b));

#endif

/* sort.h -- arrays in order. */
#ifndef MOONBIRD_SORT_H
#define MOONBIRD_SORT_H

#include <stddef.h>

/* As qsort; `items` may be NULL where there are none, and what is in order costs one look at it. */
void mb_sort(void *items, size_t n, size_t size, int (*compare)(const void *a, const void *b));

#endif

/*
 * mem.h -- allocation that does not fail.
 *
 * Out of memory ends the process: the server then rolls back the transaction that was open.  A
 * result is never NULL unless its comment says so.  The caller owns each result and frees it with
 * free().
 */
#ifndef MOONBIRD_BASE_MEM_H
#define MOONBIRD_BASE_MEM_H

#include <stddef.h>

void *mb_alloc(size_t size); /* zeroed */
void *mb_realloc(void *old, size_t size);
char *mb_strdup(const char *s); /* NULL gives NULL */
char *mb_strndup(const char *s, size_t len);

/*
 * Makes room for one more element in the array `items`, which has `n` elements of `size` bytes,
 * and returns the array.  The capacity is the next power of two above `n`, so the caller need not
 * store it; the array must have grown by this function alone, one element at a time.
 */
void *mb_grow(void *items, size_t n, size_t size);

#endif

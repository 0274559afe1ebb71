/*
 * mem.h -- memory that is always there.
 *
 * Out of memory ends the process here and nowhere else: the disconnect rolls
 * back whatever was open.  Everything is freed with free().
 */
#ifndef MOONBIRD_MEM_H
#define MOONBIRD_MEM_H

#include <stddef.h>

void *mb_alloc(size_t size); /* zeroed */
void *mb_realloc(void *old, size_t size);
char *mb_strdup(const char *s); /* NULL gives NULL */
char *mb_strndup(const char *s, size_t len);

/*
 * Make room for one more element in the array `*items` of `n`, of `size` bytes
 * each; the capacity doubles at powers of two, so `n` is all there is to keep.
 */
void *mb_grow(void *items, size_t n, size_t size);

#endif

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
    if (!p) {
        fputs("moonbird: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *mb_alloc(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *mb_realloc(void *old, size_t size)
{
    return checked(realloc(old, size ? size : 1));
}

char *mb_strdup(const char *s)
{
    return s ? mb_strndup(s, strlen(s)) : NULL;
}

char *mb_strndup(const char *s, size_t len)
{
    char *copy = mb_alloc(len + 1);

    memcpy(copy, s, len);
    return copy;
}

void *mb_grow(void *items, size_t n, size_t size)
{
    if (n & (n - 1))
        return items;
    return mb_realloc(items, (n ? 2 * n : 1) * size);
}

/* page_size.c -- how many bytes of rows a cursor fetches at once. */
#include "page_size.h"

enum {
    SMALLEST = 1 << 16, /* so small that a server reuses the memory of the last page */
    LARGEST = 1 << 20,  /* two pages are in memory */
    GROWTH = 4,
    PAGES = 3, /* of a size are measured; the cheapest counts, since a delay only adds */
};

/* The waiting that a larger page has to save, else the smaller one is better. */
static const double WORTH = 0.1;

mb_page_size mb_page_size_first(void)
{
    return (mb_page_size){.aim = SMALLEST};
}

static void compare(mb_page_size *size)
{
    bool first = size->aim == SMALLEST;

    if (!first && size->cost >= size->before * (1 - WORTH)) {
        size->aim /= GROWTH;
        size->settled = true;
        return;
    }
    size->settled = size->aim >= LARGEST;
    if (size->settled)
        return;
    size->before = size->cost;
    size->aim *= GROWTH;
    size->measured = 0;
}

void mb_page_size_count(mb_page_size *size, size_t bytes, int64_t waited_us)
{
    double cost = (double)waited_us / (double)(bytes ? bytes : 1);

    if (size->settled)
        return;
    if (size->measured == 0 || cost < size->cost)
        size->cost = cost;
    if (++size->measured == PAGES)
        compare(size);
}

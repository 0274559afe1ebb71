/* page_size.c -- how many bytes of rows a cursor fetches at once. */
#include "page_size.h"

enum {
    SMALLEST = 1 << 16, /* so small that a server reuses the memory of the last page */
    LARGEST = 1 << 20,  /* two pages are in memory */
    GROWTH = 4,
    PAGES = 3, /* of a size are measured; the cheapest counts, since a delay only adds */
    FAR_US = 10000, /* a near server gives the largest page in less time than that */
};

/* The waiting that a larger page has to save, else the smaller one is better. */
static const double WORTH = 0.1;

/* A leap has to save that share of it. */
static const double WORTH_LEAP = 0.5;

/* The largest page of a far server takes at least that share of the time that the small one took. */
static const double SAME = 0.75;

mb_page_size mb_page_size_first(void)
{
    return (mb_page_size){.aim = SMALLEST};
}

static void try_size(mb_page_size *size, size_t aim)
{
    size->before = size->cost;
    size->aim = aim;
    size->measured = 0;
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
    try_size(size, size->aim * GROWTH);
}

/*
 * The loop waited for the first page as long as for a far server: each page that is still measured
 * would be a round trip, so the next size is the largest one.
 */
static void leap(mb_page_size *size)
{
    size->leap = MB_LEAP_TRIED;
    try_size(size, LARGEST);
}

/* If the largest pages come sooner than the small one did, not distance but a delay made it late. */
static void judge_leap(mb_page_size *size)
{
    bool worth = size->cost < size->before * (1 - WORTH_LEAP);
    bool far = size->cost * LARGEST >= size->before * SMALLEST * SAME;

    if (worth && size->measured < PAGES)
        return;
    size->settled = worth && far;
    if (size->settled)
        return;
    size->leap = MB_LEAP_REFUSED;
    try_size(size, SMALLEST);
}

void mb_page_size_count(mb_page_size *size, size_t bytes, int64_t waited_us)
{
    double cost = (double)waited_us / (double)(bytes ? bytes : 1);

    if (size->settled)
        return;
    if (size->measured == 0 || cost < size->cost)
        size->cost = cost;
    size->measured++;
    if (size->leap == MB_LEAP_TRIED)
        judge_leap(size);
    else if (size->leap == MB_LEAP_NONE && size->aim == SMALLEST && waited_us >= FAR_US)
        leap(size);
    else if (size->measured == PAGES)
        compare(size);
}

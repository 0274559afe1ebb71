/* page_size.h -- how many bytes of rows a cursor fetches at once. */
#ifndef MOONBIRD_PG_PAGE_SIZE_H
#define MOONBIRD_PG_PAGE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A leap from the smallest size to the largest one. */
typedef enum mb_leap { MB_LEAP_NONE, MB_LEAP_TRIED, MB_LEAP_REFUSED } mb_leap;

/*
 * The size of the pages of one cursor. A large page saves round trips, but the server keeps it in
 * memory that it may have to ask the operating system for each time. Which of the two costs more
 * is measured: the size grows as long as a loop waits less for each byte. If the server seems to be
 * far away, the largest size is tried at once. All members are private.
 */
typedef struct mb_page_size {
    size_t aim;      /* bytes */
    size_t measured; /* number of pages of that size whose cost is known */
    double cost;     /* of the cheapest one, in microseconds of waiting for a byte */
    double before;   /* the cost of the size before this one */
    mb_leap leap;
    bool settled;
} mb_page_size;

/* A new cursor: the smallest size. */
mb_page_size mb_page_size_first(void);

/* Count a page of about size->aim bytes, for which the loop waited; may change size->aim. */
void mb_page_size_count(mb_page_size *size, size_t bytes, int64_t waited_us);

#endif

/* alive.h -- whether the process that left a record is still running. */
#ifndef MOONBIRD_ALIVE_H
#define MOONBIRD_ALIVE_H

#include <stdbool.h>
#include <stdint.h>

const char *mb_this_host(void); /* its name, as records have it */

/*
 * Is process `pid` of this host the one that left a record at `at_us` (microseconds since
 * 1970, by the server's clock)?  It has our program's name and did not start clearly after
 * that; five minutes of difference between the two clocks are allowed.  A stopped process
 * is alive.  This process is not: it asks about another one that had its number.
 */
bool mb_process_lives(int pid, int64_t at_us);

#endif

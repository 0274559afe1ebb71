/* process_alive.h -- is the process that left a record still running? */
#ifndef MOONBIRD_OS_PROCESS_ALIVE_H
#define MOONBIRD_OS_PROCESS_ALIVE_H

#include <stdbool.h>
#include <stdint.h>

const char *mb_this_host(void); /* the name of this machine, as records have it; static */

/*
 * Is process `pid` of this machine the one that left a record at `at_us` (microseconds since 1970,
 * by the server's clock)?  Yes if it has our program's name and did not start after that; the two
 * clocks may differ by five minutes.  A stopped process is alive.  A record with the pid of this
 * process is by an earlier process that had the same pid.  Where /proc hides a process, it counts
 * as alive.
 */
bool mb_process_lives(int pid, int64_t at_us);

#endif

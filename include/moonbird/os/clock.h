/* clock.h -- time that passes. */
#ifndef MOONBIRD_OS_CLOCK_H
#define MOONBIRD_OS_CLOCK_H

#include <stdint.h>

int64_t mb_now_us(void); /* microseconds of a monotonic clock */

#endif

/* parallel.h -- work on many like things, on several processors. */
#ifndef MOONBIRD_PARALLEL_H
#define MOONBIRD_PARALLEL_H

#include "moonbird/base/error.h"

#include <stddef.h>

/* Those from `from` on, before `to`.  It may be in any thread: no log, no session, no Lua. */
typedef bool (*mb_share)(void *self, size_t from, size_t to, mb_error *err);

/*
 * `share` for all of 0 ... n - 1, in as many shares as there are processors, but
 * none smaller than `least`.  Where several fail, the error is that of the first in
 * order.  Signals come to the caller's thread only.
 */
MB_MUST_CHECK bool mb_parallel(size_t n, size_t least, mb_share share, void *self, mb_error *err);

#endif

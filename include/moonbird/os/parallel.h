/* parallel.h -- the same work on many items, on several processors. */
#ifndef MOONBIRD_OS_PARALLEL_H
#define MOONBIRD_OS_PARALLEL_H

#include "moonbird/base/error.h"

#include <stddef.h>

/*
 * Works on the items from `from` to before `to`, in any thread: it must not log, or use a session
 * or Lua.
 */
typedef bool (*mb_share)(void *self, size_t from, size_t to, mb_error *err);

/*
 * Calls `share` for the items 0 to n - 1, in as many shares as there are processors (8 at most),
 * none smaller than `least`.  When several shares fail, the error is that of the first one in
 * order.  Signals go to the caller's thread only.
 */
MB_MUST_CHECK bool mb_parallel(size_t n, size_t least, mb_share share, void *self, mb_error *err);

#endif

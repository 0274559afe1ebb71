/* stack.h -- enough stack for calls from Lua to C and back, which nest 200 deep at most. */
#ifndef MOONBIRD_STACK_H
#define MOONBIRD_STACK_H

#include "moonbird/base/error.h"

/*
 * Raises the soft limit of the stack to 8 MiB as far as the hard limit allows.  MB_ERR_FAILED
 * below 1 MiB: a stack that overflows ends the program without a word.
 */
MB_MUST_CHECK bool mb_stack_check(mb_error *err);

#endif

/* stack.h -- enough stack for calls from Lua to C and back, which nest up to 200 deep. */
#ifndef MOONBIRD_OS_STACK_H
#define MOONBIRD_OS_STACK_H

#include "moonbird/base/error.h"

/*
 * Raises the soft limit of the stack to 8 MiB, as far as the hard limit allows.  MB_ERR_FAILED: it
 * is still less than 1 MiB, and an overflow of the stack would end the program without a message.
 */
MB_MUST_CHECK bool mb_stack_check(mb_error *err);

#endif

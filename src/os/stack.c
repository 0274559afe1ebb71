#include "moonbird/os/stack.h"

#include <sys/resource.h>

enum { USUAL = 8 << 20, LEAST = 1 << 20 };

bool mb_stack_check(mb_error *err)
{
    struct rlimit stack;
    rlim_t hard;

    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur == RLIM_INFINITY ||
        stack.rlim_cur >= USUAL)
        return true;
    hard = stack.rlim_max;
    stack.rlim_cur = hard == RLIM_INFINITY || hard >= USUAL ? USUAL : hard;
    if (setrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur >= LEAST)
        return true;
    mb_fail(err, MB_ERR_FAILED, "the stack size limit is too low: %llu kB",
            (unsigned long long)stack.rlim_cur >> 10);
    return mb_fail_hint(err,
                        "Raise it to 8192 kB: ulimit -s 8192. If that is not permitted, raise "
                        "the hard limit first.");
}

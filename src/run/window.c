/* window.c -- a migration of several transactions stops between them when a window closes. */
#include "moonbird/run/run.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/clock.h"

#include <stdlib.h>

enum { SECOND_US = 1000000 };

bool mb_run_check_policies(mb_run *run, mb_error *err)
{
    if (!mb_policies_still_allows(run->policies, run->operation, err))
        return false;
    run->window_asked = mb_now_us();
    return true;
}

bool mb_run_check_window(mb_run *run, mb_error *err)
{
    char *why;

    if (!run->operation || mb_now_us() - run->window_asked < SECOND_US ||
        mb_run_check_policies(run, err))
        return true;
    if (err->code == MB_ERR_POLICY) {
        why = mb_strdup(err->detail);
        mb_fail_detail(err, "%s%sThe migration stopped here, and the next run continues from here.",
                       why, *why ? "\n" : "");
        free(why);
    }
    return false;
}

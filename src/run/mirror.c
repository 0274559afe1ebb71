/* mirror.c -- the history of another tool, which follows a run, and the lock of that tool. */
#include "moonbird/policy/policies.h"
#include "moonbird/run/run.h"

bool mb_run_open_mirror(mb_mirror **out, mb_project *project, mb_error *err)
{
    const char *tool;

    *out = NULL;
    return mb_policies_mirror(&tool, project->policies, &project->history, err) &&
           mb_mirror_open(out, project, tool, err) && mb_mirror_check(*out, &project->plan, err);
}

static void on_waiting(void *self, const char *text, const mb_error *why)
{
    const mb_run *run = self;

    mb_report_lock_wait(run->reporter, text);
    mb_hook_notify(self, MB_ON_LOCK_WAIT, NULL, why);
}

bool mb_run_follow(mb_run *run, mb_project *project, mb_error *err)
{
    const mb_tool_lock_request wish = {
        .wait_ms = run->settings->wait_ms,
        .waiting = on_waiting,
        .self = run,
    };
    const char *tool;

    return mb_policies_mirror(&tool, project->policies, &project->history, err) &&
           mb_mirror_lock(&run->tool_lock, project, tool, &wish, err) &&
           mb_run_open_mirror(&run->mirror, project, err);
}

void mb_run_end_follow(mb_run *run)
{
    mb_mirror_free(run->mirror);
    mb_tool_lock_release(run->tool_lock);
    run->mirror = NULL;
    run->tool_lock = NULL;
}

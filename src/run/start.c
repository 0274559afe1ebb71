/* start.c -- make a run, and the observer of its session. */
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"

#include <stdio.h>

/*
 * Called while the session waits. The text is kept, because a hook must not run until the statement
 * has ended.
 */
static void observed(void *self, const char *text, bool blocked)
{
    mb_run *run = self;

    mb_report_observed(run->reporter, text, blocked);
    if (blocked)
        snprintf(run->waited, sizeof run->waited, "%s", text);
}

mb_observer *mb_run_observe(mb_run *run)
{
    return mb_observer_new(run->conn, observed, run);
}

static const mb_reporter silent = {0};

mb_run mb_run_of(const mb_project *project, mb_given given, const mb_reporter *reporter)
{
    return (mb_run){
        .conn = project->conn,
        .settings = &project->settings,
        .host = project->host,
        .reporter = reporter ? reporter : &silent,
        .given = given,
    };
}

/* durable.h -- a migration that is a list of steps and backfills, while it runs. */
#ifndef MOONBIRD_RUN_DURABLE_H
#define MOONBIRD_RUN_DURABLE_H

#include "moonbird/project/source.h"
#include "moonbird/history/steps.h"
#include "moonbird/run/run.h"
#include "moonbird/run/step.h"

struct mb_durable {
    mb_run *run;
    mb_source *source;
    mb_records earlier;  /* steps of runs before this one */
    mb_records now;      /* names of this one */
    const char *running; /* the step whose function runs; NULL for none */
    size_t loaded;       /* so much of the list of files that the script loaded is recorded */
};

/* Leave the read-only transaction between steps, and be in it again. */
MB_MUST_CHECK bool mb_durable_leave(mb_durable *durable, mb_error *err);
MB_MUST_CHECK bool mb_durable_rest(mb_durable *durable, mb_error *err);

#endif

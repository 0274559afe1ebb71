/* durable.h -- the state of a running migration that consists of steps and backfills. */
#ifndef MOONBIRD_RUN_DURABLE_H
#define MOONBIRD_RUN_DURABLE_H

#include "moonbird/project/source.h"
#include "moonbird/history/steps.h"
#include "moonbird/os/file.h"
#include "moonbird/run/run.h"
#include "moonbird/run/step.h"

/* The state of such a migration in one run. */
struct mb_durable {
    mb_run *run;
    mb_source *source;
    mb_records earlier;  /* records of the steps of earlier runs */
    mb_records now;      /* names that this run has used */
    mb_records failed;   /* steps and backfills that failed in this run; `result` is the message */
    mb_names finished;   /* backfills that this run has finished, or found finished */
    const char *running; /* the step whose function is running; NULL for none */
    char *fallen;        /* the step that was rolled back last, until it begins again; owned */
    size_t loaded;       /* how many bytes of the list of loaded files are recorded */
};

/*
 * Between steps the session is in a read-only transaction.  mb_conn_rollback ends it and undoes its
 * settings, so that every step begins with the same settings.
 */
MB_MUST_CHECK bool mb_durable_begin_reading(mb_durable *durable, mb_error *err);

#endif

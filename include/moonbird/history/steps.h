/* steps.h -- the history's records of the steps and backfills of a migration. */
#ifndef MOONBIRD_HISTORY_STEPS_H
#define MOONBIRD_HISTORY_STEPS_H

#include "moonbird/history/history.h"

/* The key of the records: one direction of one migration. */
typedef struct mb_step_key {
    mb_key migration;
    mb_direction direction;
} mb_step_key;

/* The record of a step that began in this run or an earlier one; strings are owned. */
typedef struct mb_record {
    char *name;
    char *result; /* what its function returned, as JSON */
    bool done;    /* false: its statement may have run */
    bool met;     /* this run has reached the step */
} mb_record;

typedef struct mb_records {
    mb_record *items; /* in the order of running */
    size_t n;
} mb_records;

/* Read the records of a migration's steps. Free *out with mb_records_free, also after an error. */
MB_MUST_CHECK bool mb_history_steps(mb_records *out, mb_store in, const mb_step_key *key,
                                    mb_error *err);
void mb_records_free(mb_records *records);

/* A step or backfill of a half-done migration, for display; strings are owned. */
typedef struct mb_part {
    bool backfill; /* false: a step */
    char *name;
    char *state; /* "running" or "done"; of a backfill also "failed" or "cancelled" */
} mb_part;

/* Read the steps in their order, then the backfills. Free them with mb_parts_free. */
MB_MUST_CHECK bool mb_history_parts(mb_part **out, size_t *n, mb_store in,
                                    const mb_history *history, const mb_step_key *key,
                                    mb_error *err);
void mb_parts_free(mb_part *parts, size_t n);

/*
 * Record a step as running, in the open transaction; then its result, in the same transaction or a
 * later one. `position` is the step's place in the order of running.
 */
MB_MUST_CHECK bool mb_history_step_begin(mb_store in, const mb_step_key *key, const char *name,
                                         size_t position, mb_error *err);
MB_MUST_CHECK bool mb_history_step_done(mb_store in, const mb_step_key *key, const char *name,
                                        const char *result, mb_error *err);

#endif

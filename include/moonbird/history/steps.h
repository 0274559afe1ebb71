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
    bool reached; /* this run has reached the step */
} mb_record;

typedef struct mb_records {
    mb_record *items; /* in the order of running */
    size_t n;
} mb_records;

/* Read the records of a migration's steps. Free *out with mb_records_free, also after an error. */
MB_MUST_CHECK bool mb_history_steps(mb_records *out, mb_store in, const mb_step_key *key,
                                    mb_error *err);
void mb_records_free(mb_records *records);

/* How far a step or a backfill is.  A step is only running or done. */
typedef enum mb_part_state {
    MB_PART_GONE, /* the history has no row for it */
    MB_PART_RUNNING,
    MB_PART_PAUSED,
    MB_PART_DONE,
    MB_PART_FAILED,
    MB_PART_CANCELLED,
} mb_part_state;

const char *mb_part_state_name(mb_part_state state); /* "running", ...; a constant */
mb_part_state mb_part_state_of(const char *name);    /* an unknown name: failed */

/* A step or backfill of a half-done migration, for display. */
typedef struct mb_part {
    bool backfill; /* false: a step */
    char *name;    /* owned */
    mb_part_state state;
    int64_t rows; /* of a backfill: processed so far */
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

/*
 * If the history records nothing that the migration did in that direction since
 * mb_history_resume, give the running row the values that it had before, `was`. *done: it has them.
 * A step without a result, and a backfill without a finished batch, did nothing.
 */
MB_MUST_CHECK bool mb_history_put_back(bool *done, const mb_writer *by, const mb_step_key *key,
                                       const char *was, mb_error *err);

#endif

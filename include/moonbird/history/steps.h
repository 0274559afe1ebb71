/* steps.h -- what the history keeps of the steps and backfills of a migration. */
#ifndef MOONBIRD_HISTORY_STEPS_H
#define MOONBIRD_HISTORY_STEPS_H

#include "moonbird/history/history.h"

/* Whose steps they are: one direction of one migration. */
typedef struct mb_step_key {
    mb_key migration;
    mb_direction direction;
} mb_step_key;

/* A step that began in an earlier run, or in this one. */
typedef struct mb_record {
    char *name;
    char *result; /* JSON */
    bool done;    /* else its one statement may have run */
    bool met;     /* by this run */
} mb_record;

typedef struct mb_records {
    mb_record *items; /* in the order of running */
    size_t n;
} mb_records;

/* The records of a migration; *out is freed with mb_records_free, also after an error. */
MB_MUST_CHECK bool mb_history_steps(mb_records *out, mb_store in, const mb_step_key *key,
                                    mb_error *err);
void mb_records_free(mb_records *records);

/* What a half-done migration of steps has done already. */
typedef struct mb_part {
    bool backfill; /* else a step */
    char *name;
    char *state;   /* as the history has it: "running", "done"; a backfill also "failed", "cancelled" */
} mb_part;

/* Steps in their order, then backfills, for people.  Freed with mb_parts_free. */
MB_MUST_CHECK bool mb_history_parts(mb_part **out, size_t *n, mb_store in,
                                    const mb_history *history, const mb_step_key *key,
                                    mb_error *err);
void mb_parts_free(mb_part *parts, size_t n);

/* Record a step as running, in the open transaction; then its result, in that or a later one. */
MB_MUST_CHECK bool mb_history_step_begin(mb_store in, const mb_step_key *key, const char *name,
                                         size_t position, mb_error *err);
MB_MUST_CHECK bool mb_history_step_done(mb_store in, const mb_step_key *key, const char *name,
                                        const char *result, mb_error *err);

#endif

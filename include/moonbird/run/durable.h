/* durable.h -- private header: a migration that is a list of steps and backfills. */
#ifndef MOONBIRD_MIGRATE_DURABLE_H
#define MOONBIRD_MIGRATE_DURABLE_H

#include "moonbird/run/migrate.h"

#include "moonbird/run/step.h"

/* ---- ledger_steps.c: what the ledger keeps of a step ---- */

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

MB_MUST_CHECK bool mb_ledger_steps(mb_records *out, const mb_run *run, const mb_unit *unit,
                                   mb_error *err);
void mb_records_free(mb_records *records);

/* What is there of a migration's steps and backfills, for people; the caller frees each. */
MB_MUST_CHECK bool mb_ledger_parts(mb_part **out, size_t *n, mb_conn *conn,
                                   const mb_ledger *ledger, const char *schema,
                                   const mb_unit *unit, mb_error *err);

/* A row as running, in the open transaction; then its result, in that or another. */
MB_MUST_CHECK bool mb_ledger_step_begin(const mb_run *run, const mb_unit *unit, const char *name,
                                        size_t position, mb_error *err);
MB_MUST_CHECK bool mb_ledger_step_done(const mb_run *run, const mb_unit *unit, const char *name,
                                       const char *result, mb_error *err);

/* ---- step.c ---- */

struct mb_durable {
    mb_run *run;
    mb_unit *unit;
    mb_records earlier;  /* steps of runs before this one */
    mb_records now;      /* names of this one */
    const char *running; /* the step whose function runs; NULL for none */
    size_t loaded;       /* so much of the list of files that the script loaded is recorded */
};

/* Leave the read-only transaction between steps, and be in it again. */
MB_MUST_CHECK bool mb_durable_leave(mb_durable *durable, mb_error *err);
MB_MUST_CHECK bool mb_durable_rest(mb_durable *durable, mb_error *err);

#endif

/*
 * attempt.h -- facts about a migration in a status, beyond its state: how its last attempt failed,
 * whether its runner is alive, and how much of it is done.
 */
#ifndef MOONBIRD_REPORT_ATTEMPT_H
#define MOONBIRD_REPORT_ATTEMPT_H

#include "moonbird/history/events.h"
#include "moonbird/project/project.h"

typedef struct mb_attempt {
    const mb_event *failure; /* of the last attempt; NULL: it succeeded, or there was none */
    size_t steps, backfills; /* done, of a half-done migration */
    char *rows; /* what unfinished backfills of it did: "20 rows of the backfill \"b\""; or NULL */
    bool alive;   /* state running: its runner is alive, or holds the run lock on another host */
    char *runner; /* state running: who that is and whether it is alive, for people; else NULL */
} mb_attempt;

typedef struct mb_attempts {
    mb_attempt *items; /* one for each item of the status, in the same order */
    size_t n;
    mb_attempted events; /* `failure` points into its failures */
} mb_attempts;

/*
 * Read files and history now, and describe the items of their status. It costs two round trips, and
 * more for each half-done migration. *out is borrowed until the next call that loads the project;
 * the caller frees *attempts with mb_attempts_free. Fails with MB_ERR_FILE if the folder of
 * migrations does not exist.
 */
MB_MUST_CHECK bool mb_project_status(const mb_status **out, mb_attempts *attempts,
                                     mb_project *project, mb_error *err);
void mb_attempts_free(mb_attempts *attempts);

/*
 * The part of it that concerns a half-done item, without `failure`. The caller frees *out with
 * mb_attempt_free.
 */
MB_MUST_CHECK bool mb_attempt_read(mb_attempt *out, mb_project *project, const mb_item *item,
                                   mb_error *err);
void mb_attempt_free(mb_attempt *attempt); /* frees what the struct owns */

/* "2 of 5 statements done", "1 step and 1 backfill done"; the caller frees it. */
char *mb_attempt_done(const mb_attempt *attempt, const mb_row *row);

/*
 * All of it in words: "2 of 5 statements done, failed at TIME by ROLE@HOST: ERROR". `row` is that
 * of a half-done migration, else NULL. "" if there is nothing to report. The caller frees it.
 */
char *mb_attempt_text(const mb_attempt *attempt, const mb_row *row);

#endif

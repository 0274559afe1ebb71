/* reporter.h -- callbacks that report the progress of a run. */
#ifndef MOONBIRD_PROJECT_REPORTER_H
#define MOONBIRD_PROJECT_REPORTER_H

#include "moonbird/project/plan.h"

/* A migration that was run. */
typedef struct mb_finished {
    char *name; /* owned */
    mb_stream stream;
    mb_direction direction;
    int64_t duration_us; /* by the server's clock */
    size_t statements;   /* in the file */
} mb_finished;

/* Called as things happen. Any member may be NULL; arguments are valid during the call. */
typedef struct mb_reporter {
    void *self;
    void (*planned)(void *self, const mb_plan *plan);
    void (*started)(void *self, const mb_step *step);
    void (*finished)(void *self, const mb_finished *done);
    void (*failed)(void *self, const mb_step *step);
    void (*skipped)(void *self, const mb_step *step, const char *why);
    /* something to know: not atomic, resumed, retried, waiting */
    void (*note)(void *self, const char *text);
    /* progress of a long statement, or the session that blocks it */
    void (*observed)(void *self, const char *text);
    const mb_sink *rows; /* receives the rows that statements return; NULL: they are dropped */
} mb_reporter;

/*
 * Call reporter->note with one line, cut to 1023 bytes; does nothing without a reporter or without
 * `note`.
 */
void mb_report_note(const mb_reporter *reporter, const char *fmt, ...) MB_PRINTF(2, 3);

#endif

/* reporter.h -- who is told what happens during a run. */
#ifndef MOONBIRD_PROJECT_REPORTER_H
#define MOONBIRD_PROJECT_REPORTER_H

#include "moonbird/project/plan.h"

/* What happened to one migration. */
typedef struct mb_done {
    char *name;
    mb_stream stream;
    mb_direction direction;
    int64_t duration_us;
    size_t statements;
} mb_done;

/* Told as things happen; any member may be NULL. */
typedef struct mb_reporter {
    void *self;
    void (*planned)(void *self, const mb_plan *plan);
    void (*started)(void *self, const mb_step *step);
    void (*finished)(void *self, const mb_done *done);
    void (*failed)(void *self, const mb_step *step);
    void (*skipped)(void *self, const mb_step *step, const char *why);
    void (*note)(void *self, const char *text);  /* not atomic, resumed, retried, waiting */
    /* What a statement that runs for long does, or whom it waits for. */
    void (*observed)(void *self, const char *text);
    const mb_sink *rows;                         /* what statements return; NULL: dropped */
} mb_reporter;


/* Tell of something in one line of at most 1023 bytes; nothing where nobody listens. */
void mb_report_note(const mb_reporter *reporter, const char *fmt, ...) MB_PRINTF(2, 3);

#endif

/* run_output.h -- the output of a run while it works. */
#ifndef MOONBIRD_BINDING_PROJECT_RUN_OUTPUT_H
#define MOONBIRD_BINDING_PROJECT_RUN_OUTPUT_H

#include "moonbird/project/reporter.h"

typedef struct mb_report {
    mb_reporter reporter;
    mb_sink sink;
    struct mb_table *table; /* of the result that is being received */
    bool expanded;          /* rows are printed in the expanded format */
    bool quiet;             /* progress is not reported, since the output is JSON */
    int64_t told;           /* when progress was last reported without a terminal */
} mb_report;

/* `rows`: print the rows of statements.  The struct must not move before mb_report_end. */
void mb_report_begin(mb_report *report, bool rows);
void mb_report_end(mb_report *report);

/* Appends a duration for people: "7 ms", "1.5 s", "2 min 3 s". */
void mb_add_time(mb_buf *out, int64_t us);

#endif

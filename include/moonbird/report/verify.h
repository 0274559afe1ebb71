/* verify.h -- files and history compared, and every difference found. */
#ifndef MOONBIRD_REPORT_VERIFY_H
#define MOONBIRD_REPORT_VERIFY_H

#include "moonbird/project/project.h"

typedef struct mb_finding {
    const char *kind;  /* "changed", "missing", "renamed", "half_done", "orphan", "out_of_order",
                          "duplicate_number", "requires", "file", "verify" */
    mb_stream stream;
    char *name;
    char *file;        /* NULL when there is none */
    int line, column;  /* 0 when unknown */
    char *message;
    char *detail, *hint; /* NULL when there is none */
} mb_finding;

typedef struct mb_findings {
    mb_finding *items;
    size_t n;
    size_t checked;  /* migrations looked at */
    size_t verified; /* of them, `verify` functions that ran */
} mb_findings;

/*
 * Every difference of files and history, and everything wrong in pending files.
 * `run`: also the `verify` functions of applied Lua migrations, each in a
 * transaction that only reads.  Nothing is changed or locked; *out is the
 * caller's to free.
 */
MB_MUST_CHECK bool mb_project_verify(mb_findings *out, mb_project *project, bool run,
                                     mb_error *err);

/* The same of files and history as mb_project_status has just read them. */
MB_MUST_CHECK bool mb_project_verify_loaded(mb_findings *out, mb_project *project, bool run,
                                            mb_error *err);
void mb_findings_free(mb_findings *findings);

#endif

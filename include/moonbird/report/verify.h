/* verify.h -- the comparison of the files with the history. */
#ifndef MOONBIRD_REPORT_VERIFY_H
#define MOONBIRD_REPORT_VERIFY_H

#include "moonbird/project/args.h"
#include "moonbird/project/project.h"

typedef struct mb_finding {
    const char *kind; /* "changed", "missing", "renamed", "half_done", "orphan", "out_of_order",
                         "duplicate_number", "requires", "file", "verify", "mirror"; a constant */
    mb_stream stream;
    char *name;
    char *file;        /* NULL when there is none */
    int line, column;  /* from 1; 0: unknown */
    char *message;
    char *detail, *hint; /* NULL when there is none */
    char *diff;          /* "changed": from the contents that were applied to the file, in unified
                            format; NULL when git does not have them */
} mb_finding;

typedef struct mb_findings {
    mb_finding *items;
    size_t n;
    size_t checked;  /* migrations that were compared */
    size_t verified; /* `verify` functions that were called */
} mb_findings;

/*
 * Finds every difference between files and history, and every error in pending files.  `run`: it
 * also calls the `verify` functions of applied Lua migrations, each in a read-only transaction,
 * with those of these values that it takes and those with which it was applied; NULL: it does not.
 * It changes and locks nothing.  The caller frees *out with mb_findings_free.  false only when the
 * comparison itself fails: findings are not errors.
 */
MB_MUST_CHECK bool mb_project_verify(mb_findings *out, mb_project *project, const mb_given *run,
                                     mb_error *err);

/*
 * As mb_project_verify, with the files and the history that mb_project_status has just read, and
 * without `diff`.
 */
MB_MUST_CHECK bool mb_project_verify_loaded(mb_findings *out, mb_project *project, mb_error *err);
void mb_findings_free(mb_findings *findings);

typedef void mb_take_difference(void *self, const mb_item *item, const mb_error *why);

/*
 * Calls `take` for each migration about which moonbird's history and that of the tool that follows
 * it do not agree; see mb_mirror_agrees.  The project is loaded.  Without `mirror` in the
 * configuration nothing is read.
 */
MB_MUST_CHECK bool mb_verify_mirror(mb_project *project, mb_take_difference *take, void *self,
                                    mb_error *err);

#endif

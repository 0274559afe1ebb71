/* mark.h -- the history changed without running anything: mark, forget, repair, rename, baseline. */
#ifndef MOONBIRD_REPORT_MARK_H
#define MOONBIRD_REPORT_MARK_H

#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/* What became of one migration. */
typedef struct mb_amended {
    mb_stream stream;
    char *name;
    char *why;            /* nothing was to be done, and why; else NULL */
    char *to;             /* rename: the new name, with its stream; else NULL */
    mb_checksums before, after; /* of mark, baseline (after) and repair (both); "" where there are none */
} mb_amended;

typedef struct mb_amendment {
    mb_amended *items;
    size_t n;
    size_t pending; /* of the auto stream, afterwards */
} mb_amendment;

void mb_amendment_free(mb_amendment *amendment);

/*
 * All under the run lock, in one transaction, with an event each; names as on
 * a command line.  *out is the caller's to free; on an error nothing was done.
 *
 * mark: applied without being run, with the sums of its file, which is looked
 * through; a half-done one was finished by hand.
 * forget: its row away without rolling back; its file may be missing.
 * repair: the sums of a changed file become those of what was applied.
 * rename: the row of `from`, whose file is missing, and all that hangs on it becomes that of `to`,
 * which has a file and no row.
 * baseline: on an empty history, the auto stream up to and with `name` (NULL: all) as applied;
 * what another tool's history does not list is refused unless `force`.
 */
MB_MUST_CHECK bool mb_project_mark(mb_amendment *out, mb_project *project,
                                   const char *const *names, size_t n,
                                   const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_forget(mb_amendment *out, mb_project *project,
                                     const char *const *names, size_t n,
                                     const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_repair(mb_amendment *out, mb_project *project,
                                     const char *const *names, size_t n,
                                     const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_rename(mb_amendment *out, mb_project *project, const char *from,
                                     const char *to, const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_baseline(mb_amendment *out, mb_project *project, const char *name,
                                       bool force, const mb_reporter *reporter, mb_error *err);

#endif

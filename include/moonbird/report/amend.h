/* amend.h -- commands that only change the history: mark, forget, repair, rename, baseline. */
#ifndef MOONBIRD_REPORT_AMEND_H
#define MOONBIRD_REPORT_AMEND_H

#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/* The result for one migration. */
typedef struct mb_amended {
    mb_stream stream;
    char *name;
    char *why;            /* the reason why there was nothing to do; NULL: it was done */
    char *to;             /* rename: the new name, with its stream; otherwise NULL */
    mb_checksums before, after; /* recorded checksums, "" for none; repair sets both, mark and
                                   baseline set `after` */
} mb_amended;

typedef struct mb_amendment {
    mb_amended *items;
    size_t n;
    size_t pending; /* migrations of the auto stream that are pending afterwards */
} mb_amendment;

void mb_amendment_free(mb_amendment *amendment);

/*
 * Called by each command below when it has found the migrations that it names or would change, and
 * before it waits for the run lock.  false: the command ends with *err, and nothing was changed. If
 * other migrations are found under the lock, the command is refused.
 */
typedef struct mb_amend_before {
    bool (*call)(void *self, const mb_amendment *found, mb_error *err);
    void *self;
} mb_amend_before;

/* Set what the next commands call; it is borrowed.  NULL: nothing. */
void mb_project_before_amend(mb_project *project, const mb_amend_before *before);

/*
 * Each takes the run lock, makes all its changes in one transaction, and records one event for each
 * migration.  `names` are NAME or STREAM/NAME.  The caller frees *out with mb_amendment_free.
 * false: nothing was changed, and *out is empty; but after a lost connection the outcome of the
 * COMMIT may be unknown, and *err then says so.
 *
 * mark: records migrations as applied without running them, with the checksums of their files.  The
 * files are inspected as for a run.  A half-done migration counts as finished by hand.  forget:
 * deletes the rows without rolling back; the files may be missing.  repair: replaces the recorded
 * checksums of a changed file by those of the file.  rename: gives the row of `from`, whose file is
 * missing, its steps and backfills to `to`, which has a file and no row.  If another pending file
 * has the contents of that row, or `to` has those of another row, the command refuses that.
 * rename_all: does this for each row whose contents a file with another name has, also where names
 * were exchanged, and refuses if it is not clear which file a row belongs to.
 * baseline: on an empty history, records the auto stream as applied, up to and including `name`
 * (NULL: all of it).  A migration that another tool's history does not list is refused, unless
 * `force`.
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
MB_MUST_CHECK bool mb_project_rename_all(mb_amendment *out, mb_project *project,
                                         const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_baseline(mb_amendment *out, mb_project *project, const char *name,
                                       bool force, const mb_reporter *reporter, mb_error *err);

#endif

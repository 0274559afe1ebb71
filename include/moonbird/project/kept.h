/*
 * kept.h -- sources that were inspected for one plan, kept for the next one.
 *
 * A plan is made before the run lock is taken, and again under it. A file that has the same bytes
 * both times is not inspected again.
 */
#ifndef MOONBIRD_PROJECT_KEPT_H
#define MOONBIRD_PROJECT_KEPT_H

#include "moonbird/project/source.h"

typedef struct mb_kept {
    mb_source *items; /* owned; without step and file, whose memory may be gone */
    mb_source **by_path;
    size_t n;
    size_t room; /* how many bytes of files the sources of the next plan may keep in memory */
} mb_kept;

/* Take over an array of sources, and free those that depend on more than their file. */
void mb_kept_take(mb_kept *kept, mb_source *sources, size_t n, const mb_host *host);

/* { 0 } is a valid empty set. */
void mb_kept_free(mb_kept *kept, const mb_host *host);

/*
 * The files that are in memory, for mb_files_read: *n of them. The caller frees the array; what it
 * points to belongs to the set.
 */
mb_known_file *mb_kept_files(const mb_kept *kept, size_t *n);

/*
 * mb_source_open. A source that was kept, whose file still has the bytes that were inspected, is
 * moved to *out instead. The file's length is subtracted from kept->room if it stays in memory.
 */
MB_MUST_CHECK bool mb_kept_open(mb_source *out, mb_kept *kept, const mb_settings *settings,
                                const mb_host *host, const mb_step *step, mb_error *err);

#endif

/*
 * source_cache.h -- sources that were inspected for one plan, kept for the next one.
 *
 * A plan is made before the run lock is taken, and again under it. A file that has the same bytes
 * both times is not inspected again.
 */
#ifndef MOONBIRD_PROJECT_SOURCE_CACHE_H
#define MOONBIRD_PROJECT_SOURCE_CACHE_H

#include "moonbird/project/source.h"

typedef struct mb_source_cache {
    mb_source *items; /* owned; without step and file, whose memory may be gone */
    mb_source **by_path;
    size_t n;
    size_t room; /* how many bytes the next plan may use for sources whose files stay in memory */
} mb_source_cache;

/* Take over an array of sources, and free each source that depends on more than its file. */
void mb_source_cache_fill(mb_source_cache *cache, mb_source *sources, size_t n,
                          const mb_host *host);

/* { 0 } is a valid empty set. */
void mb_source_cache_free(mb_source_cache *cache, const mb_host *host);

/*
 * The files that are in memory, for mb_files_read: *n of them. The caller frees the array; its
 * elements belong to the set.
 */
mb_known_file *mb_source_cache_files(const mb_source_cache *cache, size_t *n);

/*
 * mb_source_open. A source that was kept, whose file still has the bytes that were inspected, is
 * moved to *out instead. The size of *out is subtracted from cache->room if the file stays in
 * memory.
 */
MB_MUST_CHECK bool mb_source_cache_open(mb_source *out, mb_source_cache *cache,
                                        const mb_settings *settings, const mb_host *host,
                                        const mb_step *step, mb_error *err);

#endif

/*
 * journal_fix.h -- repairs Drizzle's meta/_journal.json after two branches have added entries to it.
 *
 * Drizzle applies an entry only if its `when` is above those that were applied, and drizzle-kit
 * numbers the next migration after the last `idx`.  A merge or rebase leaves numbers twice, times
 * that go back, entries without a file, files without an entry, or a journal with conflict markers.
 */
#ifndef MOONBIRD_FORMAT_JOURNAL_FIX_H
#define MOONBIRD_FORMAT_JOURNAL_FIX_H

#include "moonbird/os/file.h"

#include <stdint.h>

#define MB_JOURNAL_FILE "meta/_journal.json"

/* Which side of a conflict keeps its order and its times: HEAD, or the other one. */
typedef enum mb_journal_side { MB_JOURNAL_OURS, MB_JOURNAL_THEIRS } mb_journal_side;

typedef struct mb_journal_request {
    const char *path, *shown; /* of the folder of migrations; errors show `shown` */
    mb_journal_side keep;
    int64_t now; /* in milliseconds since 1970 */
    /*
     * Did a known database apply the entry, or the file without an entry (when: 0), whose bytes
     * have the SHA-256 `sum` ("": it has no file)?  Its name is returned, borrowed; NULL: none did.
     */
    const char *(*applied)(void *self, const char *tag, int64_t when, const char *sum);
    void *self;
} mb_journal_request;

typedef enum mb_journal_change_kind {
    MB_JOURNAL_ADDED,   /* a file gets an entry, or the other side of a conflict has the entry */
    MB_JOURNAL_REMOVED, /* the entry has no file, or is there twice */
    MB_JOURNAL_MOVED,   /* another idx or place */
    MB_JOURNAL_LATER,   /* another `when`, and maybe another idx */
} mb_journal_change_kind;

const char *mb_journal_change_name(mb_journal_change_kind kind); /* "added", "removed", ... */

typedef struct mb_journal_change {
    mb_journal_change_kind kind;
    char *tag;
    int64_t idx, when;         /* new; MB_JOURNAL_REMOVED: old */
    int64_t old_idx, old_when; /* MB_JOURNAL_ADDED: those of the new entry */
} mb_journal_change;

typedef struct mb_journal_fix {
    mb_journal_change *items; /* in the new order; removed ones last */
    size_t n;
    mb_buf before, after; /* the text of the journal; they are equal if it needs no change */
} mb_journal_fix;

/*
 * Computes the repaired journal; changes nothing.  The order of entries stays, except that one that
 * was applied comes before others with a later time.  An entry that was not applied gets a time
 * above the ones before it.  MB_ERR_FILE: there is no journal, or it cannot be read; MB_ERR_POLICY:
 * an applied migration has no file, or no entry.  The caller frees *out, also after false.
 */
MB_MUST_CHECK bool mb_journal_fix_make(mb_journal_fix *out, const mb_journal_request *request,
                                       mb_error *err);

/* Replaces the file atomically.  MB_ERR_FILE: it cannot be written, or it has changed since. */
MB_MUST_CHECK bool mb_journal_fix_write(const mb_journal_fix *fix, const char *path,
                                        const char *shown, mb_error *err);

void mb_journal_fix_free(mb_journal_fix *fix);

#endif

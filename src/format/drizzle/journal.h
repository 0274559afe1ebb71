/*
 * journal.h -- Drizzle's meta/_journal.json, which lists the migrations in order.
 *
 * The order of the array decides, as in drizzle-orm (migrator.ts).  `idx` is ignored, and `when`
 * is used only to find an entry in Drizzle's own table.
 */
#ifndef MOONBIRD_FORMAT_DRIZZLE_JOURNAL_H
#define MOONBIRD_FORMAT_DRIZZLE_JOURNAL_H

#include "moonbird/os/file.h"

#include <stdint.h>

typedef struct mb_journal {
    bool found;
    mb_names tags;  /* the tags of its entries, in order */
    int64_t *when;  /* when each was generated, in milliseconds since 1970; 0: unknown */
    char **sorted;  /* the tags sorted by text; they are borrowed from `tags` */
} mb_journal;

/*
 * Reads the file `path`, which errors call `shown`.  out->found is false when it does not exist.
 * The caller frees *out with mb_journal_free.  false (MB_ERR_FILE), with *out empty: the file
 * cannot be read, is malformed, or is for another database.
 */
MB_MUST_CHECK bool mb_journal_read(mb_journal *out, const char *path, const char *shown,
                                   mb_error *err);
void mb_journal_free(mb_journal *journal);

/* Does the text have the lines with which git marks a conflict? */
bool mb_journal_has_conflict(const mb_buf *text);

/* MB_ERR_FILE: the journal at `path` does not have the text `before` any more. */
MB_MUST_CHECK bool mb_journal_check_unchanged(const mb_buf *before, const char *path,
                                              mb_error *err);

#endif

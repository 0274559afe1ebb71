/*
 * own_format.h -- a folder whose files are migrations and rollbacks by their names alone.  This is
 * moonbird's own format, and with a journal that of Drizzle.
 */
#ifndef MOONBIRD_FORMAT_OWN_FORMAT_H
#define MOONBIRD_FORMAT_OWN_FORMAT_H

#include "format/drizzle/journal.h"

#include "moonbird/format/migration.h"

/* Everything is borrowed. */
typedef struct mb_own_folder {
    const char *root, *name; /* the path of the project, and the folder's path below it */
    mb_stream stream;
    const mb_journal *journal;   /* may be one that was not found */
    const mb_known_files *known; /* as for mb_files_read */
    size_t first;                /* the index of its first item among the files */
} mb_own_folder;

/*
 * Adds the migrations among the files `names`, each with its rollback file and its checksum, in no
 * order.  false (MB_ERR_FILE): a migration has two files or two rollbacks, a rollback has no
 * migration, or a file cannot be read.
 */
MB_MUST_CHECK bool mb_own_read(mb_files *files, const mb_own_folder *folder, const mb_names *names,
                               mb_error *err);

/*
 * Sorts the folder's migrations: by number and name or, where the journal was found, by the
 * journal.  Adds the journal's entries that have no file, so that a plan can report them.
 */
void mb_own_order(mb_files *files, const mb_own_folder *folder);

#endif

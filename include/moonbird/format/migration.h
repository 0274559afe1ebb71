/*
 * migration.h -- the migrations that a project's folders hold.
 *
 * A migration is a file; its name is the file's stem, its stream the folder:
 * (stream, name) is its identity.  Order is that of the leading number, then
 * the name, or that of Drizzle's journal where migrations/meta/_journal.json is.
 */
#ifndef MOONBIRD_MIGRATION_H
#define MOONBIRD_MIGRATION_H

#include "moonbird/os/file.h"
#include "moonbird/sql/script.h"

#include <stdint.h>

typedef enum mb_stream { MB_AUTO, MB_MANUAL } mb_stream;
typedef enum mb_direction { MB_UP, MB_DOWN } mb_direction;

const char *mb_stream_name(mb_stream stream);          /* "auto", "manual" */
const char *mb_direction_name(mb_direction direction); /* "up", "down" */

/* Their order without a journal: leading numbers of any length, then text; without a number last. */
int mb_compare_names(const char *a, const char *b);

/* Which migration it is: the key of its row in the history.  The name is borrowed. */
typedef struct mb_key {
    mb_stream stream;
    const char *name;
} mb_key;

typedef struct mb_migration {
    mb_stream stream;
    char *name;
    char *number;      /* leading digits without zeros in front; "" when there are none */
    char *path;        /* below the project, as errors show it; NULL: a journal entry without a file */
    char *down_path;   /* a rollback file; NULL when there is none */
    char *canonical;   /* the sum that is asked for where `raw` differs; NULL: it was not, or has none */
    bool lua;
    bool down_section; /* an SQL file's own `-- moonbird:down` */
    bool journaled;    /* the journal names it */
    int64_t when;      /* the journal's, in milliseconds; 0 without */
    bool orphan;       /* a .sql file that the journal does not name */
    char raw[MB_HASH_HEX]; /* as in mb_checksums, of the up part like `canonical` */
} mb_migration;

mb_key mb_key_of(const mb_migration *m);

typedef struct mb_files {
    mb_migration *items; /* auto in order, then manual in order */
    size_t n;
    bool journal;        /* Drizzle's journal gave the order */
    mb_names notes;      /* sentences: files that are not migrations, though they may be meant so */
} mb_files;

/*
 * Read both folders (an absent one is empty) below `root`, and every file's
 * raw sum.  Errors (MB_ERR_FILE): two rollbacks of one migration, a rollback
 * without its migration, a journal that is no journal, an unreadable file, a
 * file or sub-folder that format.h refuses, a name that is not UTF-8.
 */
MB_MUST_CHECK bool mb_files_read(mb_files *out, const char *root, const char *migrations,
                                 const char *manual, mb_error *err);
void mb_files_free(mb_files *files);

/* Is one of the two folders there?  MB_ERR_FILE where neither is: this is no project. */
MB_MUST_CHECK bool mb_files_present(const char *root, const char *migrations, const char *manual,
                                    mb_error *err);

#endif

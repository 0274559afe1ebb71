/*
 * migration.h -- the migrations in the folders of a project.
 *
 * A migration is a file.  Its name is the file's name without the ending, and its stream is the
 * folder: (stream, name) identifies it.  Migrations are ordered by their leading numbers, then by
 * name; with a migrations/meta/_journal.json, Drizzle's journal gives the order.  A folder in the
 * format of another tool (file_format.h) has its own names and order, and a migration may be a part
 * of a file.
 */
#ifndef MOONBIRD_FORMAT_MIGRATION_H
#define MOONBIRD_FORMAT_MIGRATION_H

#include "moonbird/format/file_format.h"
#include "moonbird/os/file.h"
#include "moonbird/sql/directive.h"
#include "moonbird/sql/script.h"

#include <stdint.h>

typedef enum mb_stream { MB_AUTO, MB_MANUAL } mb_stream;
typedef enum mb_direction { MB_UP, MB_DOWN } mb_direction;

const char *mb_stream_name(mb_stream stream);          /* "auto", "manual"; a constant */
const char *mb_direction_name(mb_direction direction); /* "up", "down"; a constant */

/*
 * The order of two names without a journal, as strcmp: by leading number, of any length, then by
 * text.  Names without a number come last.
 */
int mb_compare_names(const char *a, const char *b);

/* The identity of a migration, and the key of its row in the history.  The name is borrowed. */
typedef struct mb_key {
    mb_stream stream;
    const char *name;
} mb_key;

typedef struct mb_migration {
    mb_stream stream;
    char *name;
    char *number;      /* leading digits without leading zeros; "" when there are none */
    char *path;        /* relative to the project; NULL: a journal entry without a file */
    char *down_path;   /* of the file with its rollback, for another tool's format also its own;
                          NULL: the file has a down section, or there is none */
    char *listed;      /* its key in the history of the folder's tool; from "/" on: that key ends
                          this absolute path, at a "/"; NULL: its name or number */
    char *verify_path; /* of an SQL file that checks what the migration made; NULL: none */
    mb_cut up, down;   /* the parts of `path` and `down_path` that run; they own their texts */
    const mb_file_format *format; /* of its file; NULL: moonbird's own, or Drizzle's */
    mb_directives *given;         /* directives that the format adds to those in the file; owned;
                                     NULL: nothing */
    char *normalized_sum; /* computed only when `file_sum` differs from the
                          history; NULL: not computed, or the file cannot be read as SQL */
    bool lua;
    bool down_section; /* an SQL file with a line `-- moonbird:down` */
    bool repeatable;   /* it runs again when its contents change */
    bool baseline;     /* on an empty history it runs in place of those before it (Flyway) */
    bool journaled;    /* the journal has an entry for it */
    const char *annotated; /* the tool whose annotation is at the head of the file; or NULL */
    int64_t when;      /* of that entry, in milliseconds since 1970; 0: none */
    bool orphan;       /* a .sql file without an entry in the journal */
    char file_sum[MB_HASH_HEX];
} mb_migration;

mb_key mb_key_of(const mb_migration *m); /* borrows the name from `m` */

typedef struct mb_files {
    mb_migration *items; /* the auto stream in order, then the manual stream in order */
    size_t n;
    bool journal;        /* Drizzle's journal gave the order */
    const mb_file_format
        *format;         /* of the auto stream's folder; NULL: moonbird's own or Drizzle's */
    mb_names notes;      /* sentences about ignored files that may be meant as migrations */
    mb_names hidden;     /* migrations that the files have and that do not run here; */
    char *schema; /* in which the tool of the folder creates names without one; NULL: it says none */
    char *schema_place;  /* the file and line that say so */
    mb_names reasons;    /* for each, why: "for the context \"test\"" */
} mb_files;

/* A file that was read before: its path in the project, its bytes and their checksum; borrowed. */
typedef struct mb_known_file {
    const char *path, *text;
    size_t len;
    const char *file_sum;
    bool down_section;
} mb_known_file;

typedef struct mb_known_files {
    mb_known_file *items; /* sorted by path */
    size_t n;
} mb_known_files;

/* The folders of a project; borrowed. */
typedef struct mb_folders {
    const char *root;                /* the project's folder */
    const char *migrations, *manual; /* paths below it */
    const char *format; /* the name of the format of `migrations`; NULL: found from the files in the
                           folder */
    const struct mb_script_formats *scripts; /* the project's own formats; NULL: it has none */
} mb_folders;

/*
 * Reads both folders (a missing one counts as empty), with the file checksum of every file.  A file
 * with the same bytes as a `known` one (NULL: no file is known) gets the checksum of that file.
 * The caller frees *out with mb_files_free.  false (MB_ERR_FILE), with *out empty: a migration has
 * two files or two rollback files, a rollback file has no migration, the journal is malformed, a
 * file cannot be read, files of two formats are in the folder, a file is not in the folder's
 * format, format.h refuses a file or subfolder, or a name is not UTF-8.
 */
MB_MUST_CHECK bool mb_files_read(mb_files *out, const mb_folders *folders,
                                 const mb_known_files *known, mb_error *err);
void mb_files_free(mb_files *files);

/* The name of the auto stream's format, as mb_file_format_name; NULL: moonbird's own. */
const char *mb_files_format(const mb_files *files);

/* false (MB_ERR_FILE): neither folder exists, so `root` is not a project. */
MB_MUST_CHECK bool mb_files_present(const char *root, const char *migrations, const char *manual,
                                    mb_error *err);

#endif

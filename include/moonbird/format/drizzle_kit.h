/*
 * drizzle_kit.h -- a new migration among those of Drizzle, with its snapshot, made by drizzle-kit.
 *
 * Version 0 has a journal and a folder meta/ with snapshots; version 1 has a folder for each
 * migration, with its snapshot.  drizzle-kit compares the schema with the snapshots, so without a
 * new one it would repeat the change.  It works in a scratch folder, on a copy of the snapshots.
 * The folder of migrations changes only in mb_journal_entry_write and mb_kit_folder_write.
 */
#ifndef MOONBIRD_FORMAT_DRIZZLE_KIT_H
#define MOONBIRD_FORMAT_DRIZZLE_KIT_H

#include "moonbird/os/file.h"

/* How to run it.  All strings are borrowed; both lists end with NULL. */
typedef struct mb_drizzle_kit {
    const char *root;           /* the project's folder, which is the current one */
    const char *const *program; /* words that start it, such as npx, drizzle-kit */
    const char *const *options; /* which describe the schema when there is no `config` */
    const char *config;         /* its configuration file; NULL: none */
} mb_drizzle_kit;

typedef struct mb_journal_entry {
    char *tag;           /* the name of the migration */
    char *snapshot_name; /* of the file in meta/ */
    mb_buf snapshot;
    mb_buf old_journal, journal; /* meta/_journal.json before and after */
} mb_journal_entry;

/*
 * Makes an entry for a migration, whose name is the next number and `name`.
 *
 * `exported`: the output of drizzle-kit export, whose schema the snapshot gets; NULL: the migration
 * changes nothing that Drizzle knows, so its snapshot is equal to the one before.
 *
 * The caller frees *out with mb_journal_entry_free, also after false.  MB_ERR_FAILED: drizzle-kit
 * made no entry, with its output, or its two commands disagree about the schema.
 */
MB_MUST_CHECK bool mb_journal_entry_make(mb_journal_entry *out, const mb_drizzle_kit *kit,
                                         const char *migrations, const char *name,
                                         const char *exported, mb_error *err);

/* What is written with an entry.  `rollback`: NULL when there is none. */
typedef struct mb_entry_files {
    const char *up, *rollback;
} mb_entry_files;

/*
 * Writes the migration, its rollback, the snapshot and the journal, and adds their paths to *paths,
 * which must be empty.  After false, the folder is as before.  MB_ERR_FILE: a file exists, cannot
 * be written, or the journal has changed since the entry was made.
 */
MB_MUST_CHECK bool mb_journal_entry_write(mb_names *paths, const mb_journal_entry *entry,
                                          const char *migrations, const mb_entry_files *files,
                                          mb_error *err);

void mb_journal_entry_free(mb_journal_entry *entry);

/* What the folder of a migration of version 1 is made for. */
typedef struct mb_kit_wish {
    const char *name;     /* of the migration, after its time */
    const char *exported; /* as for mb_journal_entry_make */
    const char *renames;  /* renamed objects, as answers to drizzle-kit's questions: JSON objects
                             with commas between them, "" for none */
} mb_kit_wish;

typedef struct mb_kit_folder {
    char *name; /* of the folder, and of the migration */
    mb_buf snapshot;
    mb_names old; /* the folders of the other migrations */
} mb_kit_folder;

/*
 * Makes the name and the snapshot of a new migration of version 1.  The snapshot has the difference
 * to those before, in which an object that was not renamed is a new one.
 *
 * The caller frees *out with mb_kit_folder_free, also after false.  MB_ERR_FAILED: drizzle-kit made
 * no folder, with its output, or its two commands disagree about the schema.
 */
MB_MUST_CHECK bool mb_kit_folder_make(mb_kit_folder *out, const mb_drizzle_kit *kit,
                                      const char *migrations, const mb_kit_wish *wish,
                                      mb_error *err);

/*
 * Writes the folder with the migration, its rollback and the snapshot, and adds their paths to
 * *paths, which must be empty; that of the migration is first.  After false, the folder is gone.
 * MB_ERR_FILE: a file cannot be written, or the migrations have changed since mb_kit_folder_make.
 */
MB_MUST_CHECK bool mb_kit_folder_write(mb_names *paths, const mb_kit_folder *folder,
                                       const char *migrations, const mb_entry_files *files,
                                       mb_error *err);

void mb_kit_folder_free(mb_kit_folder *folder);

#endif

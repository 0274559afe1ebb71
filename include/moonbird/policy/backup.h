/* backup.h -- backups of a project's database with pg_dump. */
#ifndef MOONBIRD_POLICY_BACKUP_H
#define MOONBIRD_POLICY_BACKUP_H

#include "moonbird/policy/retention.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/* A backup that was made. */
typedef struct mb_backup {
    char *path; /* absolute; owned */
    int64_t bytes, duration_us;
    bool recorded; /* false if there is no history to record it in */
} mb_backup;

/*
 * Dump the database in pg_dump's custom format into the project's folder of backups, and record it.
 * Free *out with mb_backup_free; after an error there is nothing to free.
 */
MB_MUST_CHECK bool mb_project_backup(mb_backup *out, mb_project *project,
                                     const mb_reporter *reporter, mb_error *err);
void mb_backup_free(mb_backup *backup);

/* ---- the folder of backups ---- */

/* A file in the folder. */
typedef struct mb_backup_file {
    char *name, *path; /* owned */
    char *database;    /* from which moonbird made it, owned; NULL: moonbird did not */
    char *server;      /* the system identifier of its server, owned; NULL likewise */
    int64_t made;      /* when, in seconds since 1970; of a file of others when it was written */
    int64_t bytes;
    bool kept;         /* set by mb_backups_choose */
} mb_backup_file;

typedef struct mb_backup_files {
    char *folder; /* absolute; owned; NULL: it does not exist */
    mb_backup_file *items; /* the newest first */
    size_t n;
} mb_backup_files;

/* Free *out with mb_backup_files_free, also after an error. */
MB_MUST_CHECK bool mb_backups_list(mb_backup_files *out, const mb_settings *settings,
                                   mb_error *err);
void mb_backup_files_free(mb_backup_files *files);

/*
 * Set `kept` of each file: files that moonbird did not make are kept, and for each database
 * separately those that `keep` selects. A database of the same name on another server counts as
 * another database.
 */
void mb_backups_choose(mb_backup_files *files, const mb_retention *keep);

/*
 * Delete a backup that moonbird made. Fails with MB_ERR_FILE if the file was replaced or changed
 * since moonbird wrote it.
 */
MB_MUST_CHECK bool mb_backup_delete(const mb_backup_file *file, mb_error *err);

#endif

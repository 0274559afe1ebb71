/* backup.h -- backups of a project's database with pg_dump. */
#ifndef MOONBIRD_POLICY_BACKUP_H
#define MOONBIRD_POLICY_BACKUP_H

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

#endif

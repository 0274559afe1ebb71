/* backup.h -- pg_dump of a project's database into its folder of backups. */
#ifndef MOONBIRD_POLICY_BACKUP_H
#define MOONBIRD_POLICY_BACKUP_H

#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

typedef struct mb_backup {
    char *path; /* absolute */
    int64_t bytes, duration_us;
    bool recorded; /* false where there is no history to hold it */
} mb_backup;

/* pg_dump -Fc of the database into the project's folder of backups; *out is the caller's to free. */
MB_MUST_CHECK bool mb_project_backup(mb_backup *out, mb_project *project,
                                     const mb_reporter *reporter, mb_error *err);
void mb_backup_free(mb_backup *backup);

#endif

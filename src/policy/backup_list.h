/* backup_list.h -- the list of the files that moonbird has made in the folder of backups. */
#ifndef MOONBIRD_POLICY_BACKUP_LIST_H
#define MOONBIRD_POLICY_BACKUP_LIST_H

#include "moonbird/policy/backup.h"

/* Add a backup to the list. An error is a warning: without its entry it is never pruned. */
void mb_backups_note(const char *folder, const mb_backup *backup, mb_conn *conn);

#endif

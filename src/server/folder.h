/* folder.h -- folders that hold servers: private ones, locks in them, and their removal. */
#ifndef MOONBIRD_PG_FOLDER_H
#define MOONBIRD_PG_FOLDER_H

#include "process.h"

/*
 * A folder of `owner`'s with just this mode, made where it is absent.  One that
 * is there must be that already (a link, or another's folder, is refused): it
 * may lie where anyone can make folders.
 */
MB_MUST_CHECK bool mb_folder_own(const char *path, mode_t mode, const mb_account *owner,
                                 mb_error *err);

/*
 * "/tmp/moonbird-UID", ours: a socket's path must fit into 107 bytes, however
 * long a project's path, the cache's or $TMPDIR is.  The caller frees it.
 */
char *mb_short_folder(void);
MB_MUST_CHECK bool mb_short_folder_make(char **path, mb_error *err);

/*
 * For what is thrown away: "/dev/shm/moonbird-UID", in memory, where the system has that and
 * 1 GiB of room in it (a database is copied there in 20 ms, on a slow disk in 600); else the same.
 */
MB_MUST_CHECK bool mb_swift_folder_make(char **path, mb_error *err);

/* With all that is in it, never following a link; an absent one is fine. */
MB_MUST_CHECK bool mb_folder_remove(const char *path, mb_error *err);

/*
 * A lock (flock) on the file `path`, made where it is absent.  It ends when the
 * last copy of *fd is closed, also those of children, however they end.
 */
MB_MUST_CHECK bool mb_flock_try(int *fd, const char *path, bool *taken, mb_error *err);
MB_MUST_CHECK bool mb_flock_take(int *fd, const char *path, mb_error *err); /* waits */
void mb_flock_release(int fd);                                              /* -1 is fine */

/* Does someone hold it? */
bool mb_flock_held(const char *path);

#endif

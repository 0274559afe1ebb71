/* folder.h -- folders for servers: private ones, and lock files in them. */
#ifndef MOONBIRD_SERVER_FOLDER_H
#define MOONBIRD_SERVER_FOLDER_H

#include "process.h"

/*
 * Makes a folder with this owner and mode.  A folder that exists must have them already, since it
 * may be where anyone can make folders.  MB_ERR_FAILED: it is a link, or somebody else's.
 */
MB_MUST_CHECK bool mb_folder_own(const char *path, mode_t mode, const mb_account *owner,
                                 mb_error *err);

/*
 * "/tmp/moonbird-UID", for sockets: a socket's path must fit into 107 bytes, however long the path
 * of a project, the cache or $TMPDIR is.  The second function also makes it, for this user alone.
 * The caller frees the path.
 */
char *mb_short_folder(void);
MB_MUST_CHECK bool mb_short_folder_make(char **path, mb_error *err);

/*
 * For throw-away servers: "/dev/shm/moonbird-UID", in memory, when that has 1 GiB of free space
 * (copying a database takes 20 ms there, and 600 ms on a slow disk); otherwise the short folder.
 */
MB_MUST_CHECK bool mb_fast_folder_make(char **path, mb_error *err);

/*
 * Locks (flock) the file `path`, which is made if it is absent.  The lock ends when the last copy
 * of *fd is closed, also in child processes, however they end.  mb_flock_try does not wait: *taken
 * is false when another process holds the lock.  mb_flock_take waits; an interrupt ends it.
 */
MB_MUST_CHECK bool mb_flock_try(int *fd, const char *path, bool *taken, mb_error *err);
MB_MUST_CHECK bool mb_flock_take(int *fd, const char *path, mb_error *err);
void mb_flock_release(int fd); /* -1 is fine */

/* Does any process hold the lock? */
bool mb_flock_held(const char *path);

#endif

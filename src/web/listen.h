/* listen.h -- the socket on which the studio listens. */
#ifndef MOONBIRD_WEB_LISTEN_H
#define MOONBIRD_WEB_LISTEN_H

#include "moonbird/base/error.h"

#include <sys/types.h>

/* Listens on 127.0.0.1 and *port, which it sets if it is 0. The caller closes *fd. */
MB_MUST_CHECK bool mb_listen_port(int *fd, int *port, mb_error *err);

/* Which file a path named, whatever it names later. */
typedef struct mb_listen_file {
    dev_t device;
    ino_t inode;
} mb_listen_file;

/*
 * Listens on a Unix socket that only this user may open. A socket that nobody listens on any more is
 * replaced; another file is not.
 * *file says which file it is.
 */
MB_MUST_CHECK bool mb_listen_socket(int *fd, mb_listen_file *file, const char *path, mb_error *err);

/* Removes it, unless the path now names another file, such as the socket of a later studio. */
void mb_listen_remove(const mb_listen_file *file, const char *path);

#endif

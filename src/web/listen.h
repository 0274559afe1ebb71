/* listen.h -- the socket on which the studio listens. */
#ifndef MOONBIRD_WEB_LISTEN_H
#define MOONBIRD_WEB_LISTEN_H

#include "moonbird/base/error.h"

/* Listens on 127.0.0.1 and *port, which it sets if it is 0. The caller closes *fd. */
MB_MUST_CHECK bool mb_listen_port(int *fd, int *port, mb_error *err);

/*
 * Listens on a Unix socket that only this user may open. A socket that nobody listens on any more is
 * replaced; another file is not.
 */
MB_MUST_CHECK bool mb_listen_socket(int *fd, const char *path, mb_error *err);

#endif

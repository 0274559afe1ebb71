/*
 * server.h -- the PostgreSQL programs on this machine.
 *
 * Looked for in $MOONBIRD_PG_BIN (nowhere else, when it is set), where
 * `pg_config --bindir` points, in /usr/lib/postgresql/N/bin (newest first), and in PATH.
 */
#ifndef MOONBIRD_PG_SERVER_H
#define MOONBIRD_PG_SERVER_H

#include "moonbird/base/error.h"

/* The folder of initdb and postgres, of major version `major` (0: any).  The caller frees *bin. */
MB_MUST_CHECK bool mb_server_find(char **bin, int major, mb_error *err);

enum { MB_SERVER_VERSION = 32 };

/* "15.18", of the server in `bin`. */
MB_MUST_CHECK bool mb_server_version(char version[MB_SERVER_VERSION], const char *bin,
                                     mb_error *err);

#endif

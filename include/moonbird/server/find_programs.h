/*
 * find_programs.h -- finds PostgreSQL's programs on this machine.
 *
 * When $MOONBIRD_PG_BIN is set, only that folder counts.  Otherwise the order is: the folder that
 * `pg_config --bindir` prints, /usr/lib/postgresql/N/bin (newest first), PATH.
 */
#ifndef MOONBIRD_SERVER_FIND_PROGRAMS_H
#define MOONBIRD_SERVER_FIND_PROGRAMS_H

#include "moonbird/base/error.h"

/*
 * The path of one of PostgreSQL's programs.  The caller frees it.  MB_ERR_FILE: it was not found.
 */
MB_MUST_CHECK bool mb_server_program(char **path, const char *program, mb_error *err);

/* The major version of such a program, as it reports it. */
MB_MUST_CHECK bool mb_server_program_major(int *major, const char *path, mb_error *err);

/*
 * The folder of initdb and postgres of the major version `major` (0: any).  The caller frees *bin.
 * MB_ERR_FILE: there is none.
 */
MB_MUST_CHECK bool mb_server_find(char **bin, int major, mb_error *err);

enum { MB_SERVER_VERSION = 32 };

/* The version of the server in `bin`: "15.18". */
MB_MUST_CHECK bool mb_server_version(char version[MB_SERVER_VERSION], const char *bin,
                                     mb_error *err);

#endif

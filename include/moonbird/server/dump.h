/* dump.h -- pg_dump of a session's database, over a connection like the session's own. */
#ifndef MOONBIRD_SERVER_DUMP_H
#define MOONBIRD_SERVER_DUMP_H

#include "moonbird/pg/conn.h"

/* Called every few milliseconds with the size of the file so far. */
typedef void (*mb_dump_progress)(void *self, int64_t bytes);

/*
 * Runs `pg_dump -Fc` into the new file *path, of mode 0600; *bytes is its size.  The path is
 * absolute and ends in ".dump".  If a file of that name exists, *path becomes one with a number,
 * such as "...-2.dump", before `progress` is called.  The file is complete or absent.  Server and
 * login are the session's; no secret is in the arguments. `progress` may be NULL.  MB_ERR_FAILED:
 * pg_dump is older than the server, or it failed.  MB_ERR_FILE: there is no pg_dump.  An interrupt
 * ends it.
 */
MB_MUST_CHECK bool mb_dump(int64_t *bytes, mb_conn *conn, char **path, mb_dump_progress progress,
                           void *self, mb_error *err);

/*
 * Removes unfinished dumps from a folder, once their moonbird and pg_dump are gone: the file of a
 * dump is locked (flock) while one of them lives.  Errors are ignored.
 */
void mb_dump_clean(const char *folder);

#endif

/* dump.h -- pg_dump of a session's database, with the session's own way to it. */
#ifndef MOONBIRD_DUMP_H
#define MOONBIRD_DUMP_H

#include "moonbird/pg/conn.h"

/* Told all the time while it goes on. */
typedef void (*mb_dump_progress)(void *self, int64_t bytes);

/*
 * `pg_dump -Fc` into the new file `path`, an absolute one, of mode 0600: complete, or not there.
 * The same server and login as the session's; nothing secret is in its arguments.  A pg_dump
 * older than the server, or one that fails: MB_ERR_FAILED; none at all: MB_ERR_FILE.  An
 * interrupt ends it.
 */
MB_MUST_CHECK bool mb_dump(int64_t *bytes, mb_conn *conn, const char *path,
                           mb_dump_progress progress, void *self, mb_error *err);

/*
 * Removes from a folder what dumps left whose moonbird and pg_dump were killed: a file of a dump
 * is locked (flock) while one of them lives.
 */
void mb_dump_clean(const char *folder);

#endif

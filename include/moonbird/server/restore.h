/*
 * restore.h -- pg_restore: reading the contents of an archive of pg_dump, and restoring it into a
 * database.
 */
#ifndef MOONBIRD_SERVER_RESTORE_H
#define MOONBIRD_SERVER_RESTORE_H

#include "moonbird/pg/conn.h"

/* The facts that `pg_restore --list` prints about an archive; a text is "" if it prints none. */
typedef struct mb_archive {
    char database[256]; /* from which it was made */
    char made[64];      /* when, by pg_dump's clock and time zone */
    char server[64];    /* the server's version */
    size_t entries;
} mb_archive;

/*
 * Reads the table of contents of an archive; `path` is absolute.  MB_ERR_FAILED: pg_restore cannot
 * read it, for example because pg_restore is older than the archive.  MB_ERR_FILE: the file or
 * pg_restore does not exist.
 */
MB_MUST_CHECK bool mb_archive_read(mb_archive *out, const char *path, mb_error *err);

typedef struct mb_restore {
    const char *archive; /* an absolute path */
    const char *log;     /* the path of a file for pg_restore's messages, which is removed */
    bool no_owner;       /* without owners and privileges, whose roles the server may not have */
} mb_restore;

/*
 * Restores an archive into the session's database, in one transaction: all of it or nothing.
 * Server and login are the session's; no secret is in the arguments.  An interrupt ends it.
 */
MB_MUST_CHECK bool mb_restore_run(const mb_restore *what, const mb_conn *conn, mb_error *err);

#endif

/* verify_sql.h -- an SQL file that checks what a migration made, as sqitch has it. */
#ifndef MOONBIRD_REPORT_VERIFY_SQL_H
#define MOONBIRD_REPORT_VERIFY_SQL_H

#include "moonbird/pg/conn.h"

/*
 * Runs the statements of a file, a path below `root`, in the caller's transaction, which is read-only
 * and ends with a rollback.  The file's own BEGIN, COMMIT and ROLLBACK are left out.  An error of a
 * statement means that the check failed; its place is in the file.
 */
MB_MUST_CHECK bool mb_verify_sql(mb_conn *conn, const char *root, const char *path, mb_error *err);

#endif

/* exec.h -- scripts and statements of scripts on a session. */
#ifndef MOONBIRD_RUN_EXEC_H
#define MOONBIRD_RUN_EXEC_H

#include "moonbird/project/args.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/*
 * One script, unrecorded: SQL in a transaction unless its directives or its
 * statements say otherwise.  (A Lua script is the binding's: it has no core in it.)
 */
MB_MUST_CHECK bool mb_project_run_sql(mb_project *project, const char *path, mb_given given,
                                      const mb_reporter *reporter, size_t *statements,
                                      mb_error *err);

/*
 * A text, split as the session reads its literals now; NULL `conn`: as servers do by default.  The
 * caller closes it.
 */
mb_script *mb_exec_script(const mb_conn *conn, const char *sql, size_t len);

/* Run a text or a file inside the caller's transaction: what db:exec and db:file do. */
MB_MUST_CHECK bool mb_exec_text(mb_conn *conn, const char *sql, size_t len, const mb_sink *rows,
                                int64_t *affected, mb_error *err);
MB_MUST_CHECK bool mb_exec_file(mb_conn *conn, const char *path, const mb_sink *rows,
                                int64_t *affected, mb_error *err);

/* One statement with its COPY data; the error names its place. */
MB_MUST_CHECK bool mb_exec_statement(mb_conn *conn, mb_script *script, const mb_stmt *stmt,
                                     const mb_sink *rows, int64_t *affected, mb_error *err);

/*
 * Take away what was set or left in the session between two calls (settings, role, temporary
 * tables, advisory locks).  Behind a pooler nothing can be.
 */
MB_MUST_CHECK bool mb_project_clean_session(const mb_project *project, mb_error *err);

/* The history holds how it ended; `why` is NULL where it ended well. */
void mb_project_script_ended(mb_project *project, const char *command, const char *what,
                             const mb_error *why);

#endif

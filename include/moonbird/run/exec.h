/* exec.h -- run a script, or SQL on behalf of a script, in a session. */
#ifndef MOONBIRD_RUN_EXEC_H
#define MOONBIRD_RUN_EXEC_H

#include "moonbird/project/args.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/*
 * Run one SQL script that is not a migration. It is one transaction unless its directives or
 * statements require otherwise. The policies are checked, and events are recorded, but no
 * migration. *statements is the number of its statements. The settings that it makes may stay in
 * the session. (The binding runs Lua scripts.)
 */
MB_MUST_CHECK bool mb_project_run_sql(mb_project *project, const char *path, mb_given given,
                                      const mb_reporter *reporter, size_t *statements,
                                      mb_error *err);

/*
 * Warn if the file is in a folder of migrations: a migration that `moonbird run` applies is still
 * pending in the history, and `up` would apply it again. Fails with MB_ERR_POLICY where a policy is
 * for migrations, and `run` would evade it.
 */
MB_MUST_CHECK bool mb_project_check_unrecorded(mb_project *project, const char *path,
                                               mb_error *err);

/* The same for a file that such a script runs with db:file, without the warning. */
MB_MUST_CHECK bool mb_project_check_file(mb_project *project, const char *path, mb_error *err);

/*
 * Fail with MB_ERR_POLICY if a script that is not run as a migration requires a migration that is
 * not applied, conflicts with one that is, or is shelved and --yes is not given. `path` is for the
 * error.
 */
MB_MUST_CHECK bool mb_project_check_script(mb_project *project, const char *path,
                                           const mb_directives *directives, mb_error *err);

/*
 * Split SQL text by the session's current rules for string literals; if `conn` is NULL, by the
 * server's default. `sql` is borrowed. The caller closes the result with mb_script_close.
 */
mb_script *mb_exec_script(const mb_conn *conn, const char *sql, size_t len);

/* Hooks and settings for one statement. */
typedef struct mb_exec_with {
    const mb_sink *rows;   /* gets its rows; or NULL */
    const mb_watch *watch; /* is told of it, unless it controls transactions; or NULL */
    const mb_expectation *expected; /* it fails unless it returns this; or NULL */
} mb_exec_with;

/*
 * Run SQL text, or an SQL file, inside the caller's transaction: db:exec and db:file. Fails on
 * statements that control transactions, and on directives that would have no effect. *affected is
 * the number of rows that the last statement affected; it may be NULL.
 */
MB_MUST_CHECK bool mb_exec_text(mb_conn *conn, const char *sql, size_t len,
                                const mb_exec_with *with, int64_t *affected, mb_error *err);
MB_MUST_CHECK bool mb_exec_file(mb_conn *conn, const char *path, const mb_exec_with *with,
                                int64_t *affected, mb_error *err);

/*
 * Run one statement with its COPY data, which is read from `script`. The error names the place in
 * the script. `affected` may not be NULL.
 */
MB_MUST_CHECK bool mb_exec_statement(mb_conn *conn, mb_script *script, const mb_stmt *stmt,
                                     const mb_exec_with *with, int64_t *affected, mb_error *err);

/*
 * Undo all effects on the session between two calls: settings, role, temporary tables, advisory
 * locks. Does nothing in a transaction, or behind a pooler, where nothing can be left.
 */
MB_MUST_CHECK bool mb_project_clean_session(const mb_project *project, mb_error *err);

/*
 * COMMIT the transaction of a script whose beginning the history has, and record its success, in one
 * message. *ended: it is recorded; otherwise call mb_project_script_ended.
 */
MB_MUST_CHECK bool mb_project_script_commit(bool *ended, const mb_project *project,
                                            const char *command, const char *what, mb_error *err);

/*
 * Record in the history how a script ended; `why` is its error, or NULL if it succeeded. Call it
 * if the history has the beginning of the script. Does nothing in a transaction. Failures are only
 * logged.
 */
void mb_project_script_ended(mb_project *project, const char *command, const char *what,
                             const mb_error *why);

#endif

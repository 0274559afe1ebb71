/* exec.c -- run statements of a script in a session. */
#include "moonbird/run/exec.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/run/run.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/file.h"
#include "moonbird/format/format.h"
#include "moonbird/pg/check_expectation.h"

#include <stdlib.h>

/* The sink for mb_conn_run: the caller's, with COPY data from the script. */
typedef struct feed {
    mb_script *script;
    const mb_sink *rows;
    mb_expected_answer answer;
} feed;

static bool copy_in(void *self, const char **data, size_t *len, mb_error *err)
{
    feed *f = self;

    return mb_script_copy_data(f->script, data, len, err);
}

static void rows(void *self, const mb_result *part, bool first)
{
    feed *f = self;

    mb_expected_answer_add(&f->answer, part, first);
    if (f->rows && f->rows->rows)
        f->rows->rows(f->rows->self, part, first);
}

static void rows_end(void *self, const char *tag)
{
    feed *f = self;

    if (f->rows && f->rows->rows_end)
        f->rows->rows_end(f->rows->self, tag);
}

static void copy_out(void *self, const char *data, size_t len)
{
    feed *f = self;

    if (f->rows && f->rows->copy_out)
        f->rows->copy_out(f->rows->self, data, len);
}

/* Add a hint to an error that the server reports without one. */
static void add_hint(const mb_stmt *stmt, mb_error *err)
{
    char *modes;

    if (!mb_error_is(err, MB_SQLSTATE_ACTIVE_SQL_TRANSACTION) || err->hint[0])
        return;
    modes = mb_stmt_modes(stmt);
    if (modes)
        mb_fail_hint(err, "Write this statement before all other statements of the file.");
    else
        mb_fail_hint(err, "Write the command as a separate statement, not in a DO block or a "
                          "function. moonbird then runs it outside a transaction.");
    free(modes);
}

static bool send(mb_conn *conn, mb_script *script, const mb_stmt *stmt, const mb_exec_with *with,
                 int64_t *affected, mb_error *err)
{
    feed f = {.script = script, .rows = with->rows, .answer.wanted = with->expected};
    const mb_sink own = {
        .self = &f,
        .rows = rows,
        .rows_end = rows_end,
        .copy_in = stmt->kind == MB_STMT_COPY_IN ? copy_in : NULL,
        .copy_out = copy_out,
    };

    if (!mb_conn_run(conn, stmt->sql, &own, affected, err)) {
        mb_expected_answer_free(&f.answer);
        add_hint(stmt, err);
        return mb_stmt_fail(err, script, stmt);
    }
    if (mb_stmt_moves_names(stmt))
        mb_conn_forget(conn);
    mb_script_standard_strings(script, !mb_conn_backslashes(conn));
    return mb_expected_answer_check(&f.answer, *affected, err) || mb_stmt_fail(err, script, stmt);
}

/*
 * SET TRANSACTION is not reported, because it must come before the first query of its transaction.
 */
static bool is_told(const mb_stmt *stmt)
{
    char *modes = mb_stmt_modes(stmt);
    bool control = modes != NULL || stmt->kind == MB_STMT_COMMIT || stmt->kind == MB_STMT_ROLLBACK;

    free(modes);
    return !control;
}

/* The statement was read with the setting that the script knows; the server must read it alike. */
static bool check_strings(const mb_conn *conn, bool backslashes, const mb_script *script,
                          const mb_stmt *stmt, mb_error *err)
{
    if (mb_conn_backslashes(conn) == backslashes)
        return true;
    mb_fail(err, MB_ERR_FAILED, "a before_statement hook changed standard_conforming_strings");
    mb_fail_hint(err, "Restore it in the hook. Otherwise the statement could have another "
                      "meaning.");
    return mb_stmt_fail(err, script, stmt);
}

bool mb_exec_statement(mb_conn *conn, mb_script *script, const mb_stmt *stmt,
                       const mb_exec_with *with, int64_t *affected, mb_error *err)
{
    const mb_watch *watch = with->watch && is_told(stmt) ? with->watch : NULL;
    bool backslashes = mb_conn_backslashes(conn);
    mb_call_statement told = {stmt, NULL, stmt->line, MB_UNSET, MB_UNSET};
    int64_t since;

    if (!watch)
        return send(conn, script, stmt, with, affected, err);
    if (!watch->before(watch->self, &told, err) ||
        !check_strings(conn, backslashes, script, stmt, err))
        return false;
    since = mb_now_us();
    if (!send(conn, script, stmt, with, affected, err))
        return false;
    told.duration_us = mb_now_us() - since;
    told.rows = *affected;
    return watch->after(watch->self, &told, err);
}

/* A script's SQL must not end the caller's transaction. */
static bool refuse_control(const mb_stmt *stmt, const mb_script *script, mb_error *err)
{
    if (stmt->kind == MB_STMT_OTHER || stmt->kind == MB_STMT_COPY_IN ||
        stmt->kind == MB_STMT_ADD_VALUE || stmt->kind == MB_STMT_SAVEPOINT ||
        stmt->kind == MB_STMT_NO_TRANSACTION)
        return true;
    mb_fail(err, MB_ERR_USAGE, "a script cannot begin or end a transaction with SQL");
    mb_fail_hint(err, "Use db:try(fn) for a savepoint, or db:transaction(fn) if no transaction "
                      "is open.");
    return mb_stmt_fail(err, script, stmt);
}

static bool exec_all(mb_conn *conn, mb_script *script, const mb_exec_with *with,
                     int64_t *affected, mb_error *err)
{
    mb_stmt stmt;
    bool found;

    *affected = 0;
    while (mb_script_next(script, &stmt, &found, err)) {
        if (!found)
            return true;
        if (!refuse_control(&stmt, script, err) ||
            !mb_exec_statement(conn, script, &stmt, with, affected, err))
            return false;
    }
    return false;
}

mb_script *mb_exec_script(const mb_conn *conn, const char *sql, size_t len)
{
    mb_script *script = mb_script_of_text(sql, len, "");

    mb_script_standard_strings(script, !conn || !mb_conn_backslashes(conn));
    return script;
}

bool mb_exec_text(mb_conn *conn, const char *sql, size_t len, const mb_exec_with *with,
                  int64_t *affected, mb_error *err)
{
    mb_script *script = mb_exec_script(conn, sql, len);
    int64_t ignored;
    bool ok = exec_all(conn, script, with, affected ? affected : &ignored, err);

    mb_script_close(script);
    return ok;
}

/* Refuse directives that cannot apply, because the transaction and its limits are the caller's. */
static bool refuse_directive(const mb_directives *d, const char *path, mb_error *err)
{
    const char *name = d->no_transaction                       ? "transaction=off"
                       : d->lock_timeout_ms != MB_UNSET        ? "lock_timeout"
                       : d->statement_timeout_ms != MB_UNSET   ? "statement_timeout"
                       : d->transaction_timeout_ms != MB_UNSET ? "transaction_timeout"
                       : d->retries != MB_UNSET                ? "retries"
                       : d->n_requires                         ? "requires"
                       : d->n_conflicts                        ? "conflicts"
                       : d->shelved                            ? "shelved"
                                                               : NULL;

    if (!name)
        return true;
    mb_fail(err, MB_ERR_FILE, "the directive \"%s\" has no effect in a file that a script"
                              " runs", name);
    mb_fail_hint(err, "Set it in the migration that calls db:file.");
    return mb_fail_at(err, path, 0, 0);
}

static bool check_directives(const char *path, mb_error *err)
{
    mb_directives directives;
    mb_buf head = {0};
    bool ok = mb_file_read_head(&head, path, MB_SOURCE_HEAD, err) &&
              mb_directives_read(&directives, mb_buf_str(&head), head.len, path, err);

    mb_buf_free(&head);
    if (!ok)
        return false;
    ok = refuse_directive(&directives, path, err);
    mb_directives_free(&directives);
    return ok;
}

/*
 * An expectation can come after its statement, so the file is read once before any statement runs.
 */
static bool read_expectations(mb_expectations *out, const char *path, bool standard_strings,
                              mb_error *err)
{
    mb_script *script = NULL;
    mb_stmt stmt;
    bool found = true, ok = mb_script_open(&script, path, MB_SECTION_UP, err);

    if (ok) {
        mb_script_standard_strings(script, standard_strings);
        mb_script_expect(script, out);
        while (ok && found)
            ok = mb_script_next(script, &stmt, &found, err);
    }
    mb_script_close(script);
    return ok;
}

static bool refuse_expectations(const char *path, bool standard_strings, mb_error *err)
{
    mb_expectations found = {0};
    bool ok = read_expectations(&found, path, standard_strings, err);
    int line = found.n ? found.items[0].line : 0, column = found.n ? found.items[0].column : 0;

    mb_expectations_free(&found);
    if (!ok || !line)
        return ok;
    mb_fail(err, MB_ERR_FILE, "\"-- expect:\" has no effect in a file that a script runs");
    mb_fail_hint(err, "Check the rows in the script that calls db:file, or make the file a "
                      "migration.");
    return mb_fail_at(err, path, line, column);
}

bool mb_exec_file(mb_conn *conn, const char *path, const mb_exec_with *with, int64_t *affected,
                  mb_error *err)
{
    bool standard_strings = !mb_conn_backslashes(conn);
    mb_script *script = NULL;
    int64_t ignored;
    bool ok = check_directives(path, err) && refuse_expectations(path, standard_strings, err) &&
              mb_script_open(&script, path, MB_SECTION_UP, err);

    if (ok) {
        mb_script_standard_strings(script, standard_strings);
        mb_script_watch(script, mb_format_check_comment, NULL);
        ok = exec_all(conn, script, with, affected ? affected : &ignored, err);
    }
    mb_script_close(script);
    return ok;
}

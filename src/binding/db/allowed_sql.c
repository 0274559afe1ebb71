/*
 * allowed_sql.c -- the check of SQL that a script sends: it must not contain transaction control.
 */
#include "moonbird/run/exec.h"
#include "binding/binding.h"

#include "moonbird/project/project.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool controls_transaction(mb_stmt_kind kind)
{
    return kind == MB_STMT_BEGIN || kind == MB_STMT_COMMIT || kind == MB_STMT_ROLLBACK ||
           kind == MB_STMT_SAVEPOINT || kind == MB_STMT_TRANSACTION;
}

static bool refuse_control(mb_error *err, const mb_stmt *stmt)
{
    char shown[61];

    mb_format_into(shown, sizeof shown, "%s", stmt->sql);
    mb_fail(err, MB_ERR_USAGE, "a script cannot begin or end a transaction with SQL");
    mb_fail_detail(err, "The statement is: %s", shown);
    return mb_fail_hint(err, "Use db:try(fn) for a savepoint, or db:transaction(fn) if no "
                             "transaction is open.");
}

static bool allow_any(const mb_stmt *stmt, mb_error *err)
{
    (void)stmt;
    (void)err;
    return true;
}

static bool is_copy(const mb_stmt *stmt)
{
    return stmt->len > 4 && strncasecmp(stmt->sql, "copy", 4) == 0 &&
           !isalnum((unsigned char)stmt->sql[4]) && stmt->sql[4] != '_';
}

/* Refuses COPY to a file or program of the server, which a READ ONLY transaction allows. */
static bool allow_reading(const mb_stmt *stmt, mb_error *err)
{
    if (!is_copy(stmt))
        return true;
    mb_fail(err, MB_ERR_USAGE, "COPY is not possible here: the database is read-only");
    return mb_fail_hint(err, "Use db:query or db:rows.");
}

/* Refuses settings between steps: each step and batch begins with the settings of the database. */
static bool allow_between_steps(const mb_stmt *stmt, mb_error *err)
{
    if (!mb_stmt_sets_session(stmt))
        return true;
    mb_fail(err, MB_ERR_USAGE, "a setting made between steps has no effect in the steps");
    return mb_fail_hint(err, "Set it in each step that needs it. For search_path, call "
                             "db:with_schema in the step. SET LOCAL lasts until the next step.");
}

static bool (*rule_of(const mb_db *db))(const mb_stmt *stmt, mb_error *err)
{
    if (db && db->reads)
        return allow_reading;
    return db && db->durable && db->depth == 0 ? allow_between_steps : allow_any;
}

/* Checks the whole text before any part of it is sent. */
static bool check_text(const mb_conn *conn, const char *sql, size_t len,
                       bool (*allow)(const mb_stmt *stmt, mb_error *err), mb_error *err)
{
    mb_script *script = mb_exec_script(conn, sql, len);
    bool found = true, ok = true;
    mb_stmt stmt;

    while (ok && found) {
        ok = mb_script_next(script, &stmt, &found, err);
        if (ok && found)
            ok = controls_transaction(stmt.kind) ? refuse_control(err, &stmt) : allow(&stmt, err);
    }
    mb_script_close(script);
    return ok;
}

const char *mb_lua_check_sql(lua_State *L, int arg)
{
    size_t len;
    const char *sql = luaL_checklstring(L, arg, &len);
    const mb_db *db = luaL_testudata(L, 1, MB_META_DB);
    mb_error err;

    if (!check_text(db ? db->conn : NULL, sql, len, rule_of(db), &err))
        mb_lua_raise(L, &err);
    return sql;
}

mb_buf *mb_lua_push_query(lua_State *L, int arg)
{
    const char *sql = mb_lua_check_sql(L, arg);
    const mb_db *db = luaL_testudata(L, 1, MB_META_DB);
    mb_buf *query = mb_lua_new_buf(L); /* -- query */
    mb_script *script = mb_exec_script(db ? db->conn : NULL, sql, lua_rawlen(L, arg));
    bool found, more = false, ok;
    mb_stmt stmt;
    mb_error err;

    ok = mb_script_next(script, &stmt, &found, &err);
    if (ok && found) {
        mb_buf_add(query, stmt.sql, stmt.len);
        ok = mb_script_next(script, &stmt, &more, &err);
    }
    mb_script_close(script);
    if (!ok)
        mb_lua_raise(L, &err);
    if (!found || more)
        mb_lua_fail(L, MB_ERR_USAGE, "the SQL must be one query, not %s",
                    found ? "several statements" : "empty");
    return query;
}

void mb_lua_sent(mb_db *db, const char *sql, size_t len)
{
    const mb_stmt stmt = {.sql = sql, .len = len};

    if (!mb_stmt_may_set(&stmt))
        return;
    if (mb_stmt_moves_names(&stmt))
        mb_conn_forget(db->conn);
    if (mb_stmt_sets_session(&stmt))
        mb_lua_keep_setting(db);
    db->nulls_set = db->nulls_set || strcasestr(sql, "array_nulls");
}

/* Refuses COPY, which in a pipeline would wait for its data, or for its reader, for ever. */
static bool allow_batched(const mb_stmt *stmt, mb_error *err)
{
    if (stmt->number > 1)
        return mb_fail(err, MB_ERR_USAGE, "a batch takes one statement per call");
    if (stmt->kind == MB_STMT_NO_TRANSACTION) {
        mb_fail(err, MB_ERR_USAGE, "the statement cannot run in a transaction, but a batch is one");
        return mb_fail_hint(err, "Put the statement into an SQL migration, which runs it outside "
                                 "a transaction.");
    }
    if (!is_copy(stmt))
        return true;
    mb_fail(err, MB_ERR_USAGE, "COPY is not possible in a batch");
    return mb_fail_hint(err, "Use db:copy before or after the batch.");
}

const char *mb_lua_check_batched(lua_State *L, int arg, const mb_conn *conn)
{
    size_t len;
    const char *sql = luaL_checklstring(L, arg, &len);
    mb_error err;

    if (!check_text(conn, sql, len, allow_batched, &err))
        mb_lua_raise(L, &err);
    return sql;
}

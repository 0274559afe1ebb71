/*
 * outside_transaction.c -- statements of scripts outside of a transaction, behind a pooler.
 *
 * The pooler may give each such statement another session.  A setting would then stay in a session
 * that other clients use, and the next statement of the script would not see it.  So a statement
 * that sets something is refused.  A statement that calls a function, which may make a setting,
 * runs in a separate transaction, after which the session is restored.  A statement that cannot run
 * in a transaction, or commits inside, runs without one.
 */
#include "moonbird/run/exec.h"
#include "binding/binding.h"

#include "moonbird/base/sqlstate.h"
#include "moonbird/project/project.h"

static bool sets_or_creates(const mb_stmt *stmt)
{
    return mb_stmt_sets_session(stmt) || mb_stmt_makes_temporary(stmt);
}

static bool any(const mb_conn *conn, const char *sql, size_t len, bool (*test)(const mb_stmt *stmt))
{
    mb_script *script = mb_exec_script(conn, sql, len);
    mb_error unread; /* the caller that runs the statement reports the error */
    mb_stmt stmt;
    bool found = true, is = false;

    while (!is && mb_script_next(script, &stmt, &found, &unread) && found)
        is = test(&stmt);
    mb_script_close(script);
    return is;
}

static bool is_outside(const mb_conn *conn)
{
    return mb_conn_pooled(conn) && mb_conn_tx(conn) == MB_TX_IDLE;
}

static void refuse(lua_State *L, const mb_conn *conn, const char *what)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "behind a pooler, %s would stay in a session that other clients "
                                "use",
            what);
    mb_fail_hint(&err, "Do it in db:transaction(function() ... end), which restores the session "
                       "at its end, or connect directly to the server.");
    mb_conn_name_direct(&err, conn);
    mb_lua_raise(L, &err);
}

void mb_lua_check_outside(lua_State *L, const mb_db *db, const char *sql, size_t len)
{
    if (is_outside(db->conn) && any(db->conn, sql, len, sets_or_creates))
        refuse(L, db->conn, "the setting or object that this statement makes");
}

void mb_lua_check_schema_outside(lua_State *L, const mb_db *db)
{
    if (is_outside(db->conn))
        refuse(L, db->conn, "the search_path");
}

bool mb_lua_send(mb_conn *conn, const char *sql, size_t len,
                 bool (*send)(void *self, mb_conn *conn, mb_error *err), void *self, mb_error *err)
{
    if (!is_outside(conn) || (sql && !any(conn, sql, len, mb_stmt_touches_session)))
        return send(self, conn, err);
    if (!mb_lua_set_pins(conn, "BEGIN; ", err))
        return false;
    if (send(self, conn, err) && mb_lua_commit(conn, err))
        return true;
    if (mb_conn_tx(conn) == MB_TX_LOST)
        return false;
    mb_conn_rollback(conn);
    return mb_error_needs_no_transaction(err) && send(self, conn, err);
}

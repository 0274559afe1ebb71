/*
 * outside.c -- statements that a script sends outside of a transaction, behind a pooler.
 *
 * The session is lent for each of them alone.  What one sets or leaves would stay there for other
 * clients, and the next statement may be in another session.
 */
#include "binding.h"

#include "moonbird/project.h"

static bool leaves_something(mb_conn *conn, const char *sql, size_t len)
{
    mb_script *script = mb_exec_script(conn, sql, len, "");
    mb_error unread; /* who runs it says so */
    mb_stmt stmt;
    bool found = true, leaves = false;

    while (!leaves && mb_script_next(script, &stmt, &found, &unread) && found)
        leaves = mb_stmt_sets_session(&stmt) || mb_stmt_makes_temporary(&stmt);
    mb_script_close(script);
    return leaves;
}

static bool is_outside(const mb_db *db)
{
    return mb_conn_pooled(db->conn) && mb_conn_tx(db->conn) == MB_TX_IDLE;
}

static void refuse(lua_State *L, const char *what)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "behind a pooler %s would stay in a session that others get, too",
            what);
    mb_fail_hint(&err, "Do it in db:transaction(function() ... end): there the session is given back "
                       "as it came.");
    mb_lua_raise(L, &err);
}

void mb_lua_check_outside(lua_State *L, const mb_db *db, const char *sql, size_t len)
{
    if (is_outside(db) && leaves_something(db->conn, sql, len))
        refuse(L, "what this statement sets or leaves");
}

void mb_lua_check_schema_outside(lua_State *L, const mb_db *db)
{
    if (is_outside(db))
        refuse(L, "the search_path");
}
